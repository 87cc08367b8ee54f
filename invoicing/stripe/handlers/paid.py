"""A document was paid at Stripe: each payment is recorded once, however many events tell of it."""

from __future__ import annotations

from invoicing.display import money
from invoicing.lifecycle.payments import ensure_payable, record_payment
from invoicing.lifecycle.totals import issue_day
from invoicing.models import Invoice, Payment
from invoicing.stripe.findings import open_here, payment_not_recorded
from invoicing.stripe.handlers.case import BY, Case
from invoicing.stripe.handlers.seen import note_progress, same_currency
from invoicing.stripe.shapes import PAID, StripePayment
from invoicing.transitions import InvalidTransition


def paid(case: Case) -> str:
    """Record what Stripe took for the document, and compare it with what was to be paid."""
    note_progress(case)
    if not same_currency(case):
        return "the currency differs"
    recorded = record_payments(case)
    case.document.refresh_from_db()
    _compare(case)
    return counted(recorded, "payment")


def counted(recorded: int, what: str) -> str:
    """How many were recorded, in words."""
    return f"{recorded} {what}{'s' if recorded > 1 else ''} recorded" if recorded else "recorded before"


def record_payments(case: Case) -> int:
    """Record the payments that are not recorded yet; answer how many. What cannot be recorded is written down."""
    payments = case.invoice.payments or ()
    known = set(
        Payment.objects.filter(external_id__in=[one.id for one in payments]).values_list("external_id", flat=True)
    )
    return sum(_recorded(case, one) for one in payments if one.id not in known)


def _recorded(case: Case, payment: StripePayment) -> bool:
    document = Invoice.objects.get(pk=case.document.pk)
    try:
        ensure_payable(document, payment.amount_cents)
    except (InvalidTransition, ValueError) as refusal:
        case.note(*payment_not_recorded(document, payment, refusal))
        return False
    record_payment(
        document.pk, payment.amount_cents, received_on=issue_day(payment.paid_at), received_at=payment.paid_at,
        reference=payment.id, key=payment.id, again=True, method=Payment.Method.STRIPE, by=BY, at=case.at,
    )  # fmt: skip
    return True


def _compare(case: Case) -> None:
    """Paid there is paid here, to the cent; what is not is written down."""
    document, told = case.document, case.invoice
    if told.status != PAID or document.status not in (Invoice.Status.OPEN, Invoice.Status.PAID):
        return
    if document.open_cents < 0:
        over = money(-document.open_cents, document.currency)
        case.note("overpaid", f"{over} more than was due were paid for {document}.", key=str(document.paid_cents))
    elif document.status == Invoice.Status.OPEN:
        case.note(*open_here(document))
