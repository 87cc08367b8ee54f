"""Money that came in or went back, recorded by a person (D-07) or for Stripe, and documents that are paid by it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction

from contracts.models.base import new_external_id
from invoicing import audit
from invoicing.follow_ups import GIVEN_UP, SETTLED, tell_change
from invoicing.models import Invoice, Payment
from invoicing.transitions import InvalidTransition

PAYABLE: Final = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.UNCOLLECTIBLE)
UNPAID: Final = (Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE)


class SeenBefore(ValueError):  # noqa: N818 - a finding that a person may overrule
    """A payment of the same day, amount and reference is recorded already."""


def ensure_payable(document: Invoice, amount_cents: int) -> None:
    """Raise InvalidTransition for a document that takes no money, ValueError for an amount of nothing."""
    if not amount_cents:
        raise ValueError("the amount must not be zero")
    if document.cancels_id is not None:
        raise InvalidTransition(f"{document} takes back another document: record the refund on that one")
    if document.status not in PAYABLE:
        raise InvalidTransition(f"document {document} is {document.status} and takes no payment")
    if amount_cents < 0 and document.paid_cents + amount_cents < 0:
        raise ValueError(f"more would be refunded than the {document.paid_cents} that were paid")


@transaction.atomic
def record_payment(
    invoice_id: int,
    amount_cents: int,
    *,
    received_on: date,
    received_at: datetime | None = None,
    reference: str,
    method: str = Payment.Method.TRANSFER,
    again: bool = False,
    reason: str = "",
    key: str = "",
    by: str,
    at: datetime,
) -> Payment:
    """Record a payment (above zero) or a refund (below) in minor units; parts add up, and the last one settles.

    The same `key`, as from a form that was sent twice, answers the same payment; it becomes the payment's id.
    `received_at`, where the moment itself is known, is kept by the audit trail.
    Raises InvalidTransition and ValueError as `ensure_payable` does, SeenBefore for what looks entered twice unless
    it is said to be another one (`again`).
    """
    document = Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
    if key and (recorded := Payment.objects.filter(invoice=document, external_id=key).first()):
        return recorded
    ensure_payable(document, amount_cents)
    payment = Payment(
        invoice=document, amount_cents=amount_cents, received_on=received_on, method=method,
        reference=reference.strip(), recorded_at=at, recorded_by=by, external_id=key or new_external_id(),
    )  # fmt: skip
    _ensure_new(payment, again=again)
    payment.save(force_insert=True)
    _tell_recorded(payment, received_at, reason)
    settle_where_due(document.pk, by=by, at=at)
    return payment


def _ensure_new(payment: Payment, *, again: bool) -> None:
    if not payment.reference:
        raise ValueError("say the reference, as on the bank statement")
    same = Payment.objects.filter(
        invoice=payment.invoice, amount_cents=payment.amount_cents, received_on=payment.received_on,
        reference=payment.reference,
    )  # fmt: skip
    if not again and same.exists():
        raise SeenBefore(f"a payment of that day, amount and reference is recorded on {payment.invoice} already")


def _tell_recorded(payment: Payment, received_at: datetime | None, reason: str) -> None:
    data = {
        "amount_cents": payment.amount_cents, "received_on": payment.received_on.isoformat(),
        "reference": payment.reference, "method": payment.method,
    }  # fmt: skip
    if received_at is not None:
        data["received_at"] = received_at.isoformat()
    action = "invoice.payment" if payment.amount_cents > 0 else "invoice.refund"
    audit.record(
        action, payment.invoice, by=payment.recorded_by, at=payment.recorded_at, reason=reason, data=data
    )  # fmt: skip


def settle_where_due(invoice_id: int, *, by: str, at: datetime) -> bool:
    """Mark the document paid when nothing is left to pay; answer whether it was. Its row is locked by the caller."""
    document = Invoice.objects.get(pk=invoice_id)
    if document.status not in UNPAID or document.open_cents > 0:
        return False
    document.move_to(Invoice.Status.PAID)
    data = {"paid_cents": document.paid_cents, "credited_cents": document.credited_cents}
    audit.record("invoice.paid", document, by=by, at=at, data=data)
    tell_change(SETTLED, document, by=by, at=at)
    return True


def ensure_uncollectible(document: Invoice) -> None:
    """Raise InvalidTransition for a document from which no money is awaited."""
    if document.cancels_id is not None:
        raise InvalidTransition(f"{document} takes back another document")
    if document.status != Invoice.Status.OPEN:
        raise InvalidTransition(f"document {document} is {document.status} and cannot become uncollectible")


@transaction.atomic
def mark_uncollectible(invoice_id: int, *, reason: str, by: str, at: datetime) -> Invoice:
    """Give up hope of a payment; one that comes all the same is recorded as usual. Raises InvalidTransition."""
    document = Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
    ensure_uncollectible(document)
    document.move_to(Invoice.Status.UNCOLLECTIBLE)
    audit.record("invoice.uncollectible", document, by=by, at=at, reason=reason)
    tell_change(GIVEN_UP, document, by=by, at=at)
    return document
