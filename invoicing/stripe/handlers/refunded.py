"""Money went back by Stripe: each refund is recorded once, beside the document, which stays paid.

One that failed after it was recorded is recorded back: a row above zero for the one below. In whatever order and number
its events come, it comes to the same, because each asks how the refund stands now, and a failed one stays failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from invoicing.display import money
from invoicing.lifecycle.payments import ensure_payable, record_payment
from invoicing.lifecycle.totals import issue_day
from invoicing.models import Invoice, Payment
from invoicing.stripe.findings import refund_failed
from invoicing.stripe.handlers.case import BY, Case
from invoicing.stripe.handlers.paid import counted, record_payments
from invoicing.stripe.handlers.seen import note_progress, same_currency
from invoicing.stripe.shapes import RefundFacts
from invoicing.transitions import InvalidTransition

UNDERWAY: Final = ("succeeded", "pending")
BACK: Final = ":failed"  # behind the id of a refund: that of the row that takes it back


def refunded(case: Case) -> str:
    """Record the refunds that are not recorded yet; first the payment, which may be told of later."""
    note_progress(case)
    if not same_currency(case):
        return "the currency differs"
    record_payments(case)
    failed = [one for one in case.found.refunds if one.failed]
    refunds = [one for one in case.found.refunds if one.status in UNDERWAY]
    known = _known(one.id for one in refunds)
    recorded = sum(_recorded(case, one) for one in refunds if one.id not in known)
    back_at = (case.event.created_at if case.event else None) or case.at
    for one in failed:
        case.note(*refund_failed(case.document, one))
    back = sum(recorded_back(case.document, one, back_at=back_at, at=case.at) for one in failed)
    return counted(back, "failed refund") if back and not recorded else counted(recorded, "refund")


def recorded_back(document: Invoice, refund: RefundFacts, *, back_at: datetime, at: datetime) -> bool:
    """Take a failed refund back, in the caller's transaction, which has locked the document; True where it was.

    Only what was recorded is taken back, and only once. `back_at`: when the money came back to us, as far as known.
    """
    if _known([refund.id, refund.id + BACK]) != {refund.id}:
        return False
    amount_cents = -Payment.objects.get(external_id=refund.id).amount_cents
    try:
        ensure_payable(Invoice.objects.get(pk=document.pk), amount_cents)
    except InvalidTransition:  # cancelled since: the finding says where the money is
        return False
    record_payment(
        document.pk, amount_cents, received_on=issue_day(back_at), received_at=back_at,
        reference=f"{refund.id} failed", key=refund.id + BACK, again=True, method=Payment.Method.STRIPE, by=BY, at=at,
    )  # fmt: skip
    return True


def _known(ids: Iterable[str]) -> set[str]:
    return set(Payment.objects.filter(external_id__in=list(ids)).values_list("external_id", flat=True))


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
