"""Which of our documents an invoice of Stripe's is."""

from __future__ import annotations

from collections.abc import Mapping

from invoicing.models import StripeInvoice
from invoicing.stripe.shapes import InvoiceFacts

OURS = "billing_invoice"  # in the metadata of what we make: the id of our document


class Unmatched(Exception):  # noqa: N818 - a finding
    """It is, or may be, one of ours, and not known yet."""


class NotOurs(Exception):  # noqa: N818 - a finding
    """Somebody else made it."""


def is_ours(metadata: Mapping[str, str]) -> bool:
    """Whether we made the object."""
    return OURS in metadata


def document_of(told: InvoiceFacts) -> int:
    """The key of our document. Raises Unmatched and NotOurs with a sentence."""
    known = StripeInvoice.objects.filter(stripe_id=told.id).values_list("invoice_id", flat=True).first()
    if known is not None:
        return known
    if told.metadata and not is_ours(told.metadata):
        raise NotOurs(f"invoice {told.id} was not made by this system")
    raise Unmatched(f"invoice {told.id} is not known here")
