"""Money went back by Stripe: each refund is recorded once, beside the document, which stays paid."""

from __future__ import annotations

from invoicing.display import money
from invoicing.lifecycle.payments import ensure_payable, record_payment
from invoicing.lifecycle.totals import issue_day
from invoicing.models import Invoice, Payment
from invoicing.stripe.handlers.case import BY, Case
from invoicing.stripe.handlers.paid import counted, record_payments
from invoicing.stripe.handlers.seen import note_progress, same_currency
from invoicing.stripe.shapes import RefundFacts
from invoicing.transitions import InvalidTransition

# Of one that failed or was cancelled the money stayed.
UNDERWAY = ("succeeded", "pending")


def refunded(case: Case) -> str:
    """Record the refunds that are not recorded yet; first the payment, which may be told of later."""
    note_progress(case)
    if not same_currency(case):
        return "the currency differs"
    record_payments(case)
    refunds = [one for one in case.found.refunds if one.status in UNDERWAY]
    ids = [one.id for one in refunds]
    known = set(Payment.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
    recorded = sum(_recorded(case, one) for one in refunds if one.id not in known)
    return counted(recorded, "refund")


def _recorded(case: Case, refund: RefundFacts) -> bool:
    document = Invoice.objects.get(pk=case.document.pk)
    try:
        ensure_payable(document, -refund.amount_cents)
    except (InvalidTransition, ValueError) as refusal:
        amount = money(refund.amount_cents, refund.currency)
        text = f"Stripe gave {amount} back ({refund.id}) for {document}, which cannot be recorded: {refusal}."
        case.note("stripe_refund_not_recorded", text, key=refund.id)
        return False
    record_payment(
        document.pk, -refund.amount_cents, received_on=issue_day(refund.made_at), received_at=refund.made_at,
        reference=refund.id, key=refund.id, again=True, method=Payment.Method.STRIPE, by=BY, at=case.at,
    )  # fmt: skip
    return True
