"""Hope of a payment was given up at Stripe: here, too, as long as the document is open."""

from __future__ import annotations

from invoicing.lifecycle.payments import mark_uncollectible
from invoicing.models import Invoice
from invoicing.stripe.findings import given_up_there
from invoicing.stripe.handlers.case import BY, Case
from invoicing.stripe.handlers.seen import note_progress

GIVEN_UP = "marked uncollectible at Stripe"


def marked_uncollectible(case: Case) -> str:
    """Give the document up, unless money came or it was taken back."""
    note_progress(case)
    document = case.document
    if document.status == Invoice.Status.OPEN:
        mark_uncollectible(document.pk, reason=GIVEN_UP, by=BY, at=case.at)
        return "given up"
    if document.status == Invoice.Status.PAID:
        case.note(*given_up_there(document))
    return f"{document.status} here"
