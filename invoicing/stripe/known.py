"""What Stripe last said of a document, as a row; an older word never undoes a newer state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from invoicing.models import StripeInvoice
from invoicing.stripe.shapes import PAID, PROGRESS, InvoiceFacts, invoice_facts


def record_invoice(invoice_id: int, answer: dict[str, Any], at: datetime) -> StripeInvoice:
    """Write down what Stripe answered about a document, in the caller's transaction."""
    return record_facts(invoice_id, invoice_facts(answer), at)


def record_facts(invoice_id: int, told: InvoiceFacts, at: datetime) -> StripeInvoice:
    """Write Stripe's id and state of a document down, in the caller's transaction; amounts in minor units."""
    first = {"stripe_id": told.id, "status": told.status, "seen_at": at}
    known, new = StripeInvoice.objects.select_for_update().get_or_create(invoice_id=invoice_id, defaults=first)
    if not new and is_older(told.status, known.status):
        return known
    known.stripe_id, known.status, known.seen_at = told.id, told.status, at
    known.total_cents = told.total_cents
    known.amount_paid_cents = max(known.amount_paid_cents or 0, told.amount_paid_cents)
    known.hosted_url = told.hosted_url or known.hosted_url
    if told.status == PAID:
        known.last_failure = ""
    known.save()
    return known


def is_older(told: str, known: str) -> bool:
    """Whether a state comes before the one that is known; one that nobody knows comes before all."""
    return _place(told) < _place(known)


def _place(status: str) -> int:
    return PROGRESS.index(status) if status in PROGRESS else -1
