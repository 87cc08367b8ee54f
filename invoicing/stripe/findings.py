"""What can differ between a document here and at Stripe, each as a sentence that says what to do.

Events and the reconciliation use the same kinds and keys, so that one difference is one row.
"""

from __future__ import annotations

from typing import NamedTuple

from invoicing.display import money
from invoicing.models import Invoice
from invoicing.stripe.shapes import InvoiceFacts, RefundFacts, StripePayment


class Finding(NamedTuple):
    """For `anomalies.note`: `key` tells findings of one kind about one document apart."""

    kind: str
    text: str
    key: str = ""


def currency_differs(document: Invoice, told: InvoiceFacts) -> Finding:
    text = f"{document} is in {document.currency}, at Stripe in {told.currency}. Nothing of it was recorded."
    return Finding("stripe_currency_differs", text, told.currency)


def total_differs(document: Invoice, told: InvoiceFacts) -> Finding:
    ours, theirs = money(document.total_cents or 0, document.currency), money(told.total_cents, told.currency)
    return Finding("stripe_total_differs", f"{document} comes to {ours}, at Stripe to {theirs}.", str(told.total_cents))


def payment_not_recorded(document: Invoice, payment: StripePayment, refusal: object) -> Finding:
    amount = money(payment.amount_cents, document.currency)
    text = f"Stripe took {amount} ({payment.id}) for {document}, which cannot be recorded: {refusal}."
    return Finding("stripe_payment_not_recorded", text, payment.id)


def refund_failed(document: Invoice, refund: RefundFacts) -> Finding:
    amount = money(refund.amount_cents, refund.currency)
    text = (
        f"The refund of {amount} for {document} ({refund.id}) failed: the money is back here, give it back otherwise."
    )
    return Finding("stripe_refund_failed", text, refund.id)


def open_here(document: Invoice) -> Finding:
    """Paid at Stripe, and the money that came does not settle it here."""
    left = money(abs(document.open_cents), document.currency)
    text = f"{document} is paid at Stripe, here {left} are open: were they paid by other means?"
    return Finding("paid_at_stripe_open_here", text, str(document.open_cents))


def void_there(document: Invoice) -> Finding:
    text = f"{document} was voided at Stripe and is {document.status} here: cancel it here, or have it paid otherwise."
    return Finding("void_at_stripe", text)


def paid_there(document: Invoice) -> Finding:
    text = f"{document} is paid at Stripe and {document.status} here: give the money back there, or bill it anew."
    return Finding("paid_at_stripe", text)


def open_there(document: Invoice) -> Finding:
    text = f"{document} is {document.status} here and can still be paid at Stripe: end it there."
    return Finding("open_at_stripe", text)


def draft_there(document: Invoice) -> Finding:
    text = f"{document} is {document.status} here and only a draft at Stripe: send it again, or delete the draft."
    return Finding("draft_at_stripe", text)


def gone_there(document: Invoice, stripe_id: str) -> Finding:
    text = f"{document} is {document.status} here, and Stripe has no invoice {stripe_id}: is it the same account?"
    return Finding("gone_at_stripe", text)


def given_up_there(document: Invoice) -> Finding:
    return Finding("uncollectible_at_stripe", f"{document} is {document.status} here and was given up at Stripe.")
