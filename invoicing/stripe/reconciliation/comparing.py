"""What differs between one document and its invoice at Stripe; reads nothing but what it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from invoicing.display import money
from invoicing.lifecycle.payments import ensure_payable
from invoicing.models import Invoice, StripeInvoice
from invoicing.stripe.findings import (
    Finding,
    currency_differs,
    draft_there,
    given_up_there,
    open_here,
    open_there,
    paid_there,
    payment_not_recorded,
    total_differs,
    void_there,
)
from invoicing.stripe.known import is_older
from invoicing.stripe.reconciliation.difference import Difference
from invoicing.stripe.shapes import OPEN, PAID, UNCOLLECTIBLE, VOID, InvoiceFacts, StripePayment
from invoicing.transitions import InvalidTransition

DRAFT = "draft"
ROW_MISSING, GIVEN_UP = "stripe_row_missing", "stripe_given_up_missed"
UNPAID = (Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE)


@dataclass(frozen=True, slots=True)
class Ours:
    """A document as it stands here, and its row for Stripe.

    `moving`: steps to Stripe are on their way, or parked; `coming`: it is just being made there.
    """

    document: Invoice
    known: StripeInvoice | None
    moving: bool
    coming: bool
    recorded: Collection[str]  # ids of Stripe's payments that are recorded


def compare(ours: Ours, told: InvoiceFacts) -> Iterator[Difference]:
    """All differences, the safe ones first. While steps are on their way, only money is looked at."""
    document = ours.document

    def found(finding: Finding, *, safe: bool = False) -> Difference:
        return Difference(finding, document, told.id, safe=safe)

    if (outdated := _outdated(ours, told)) is not None:
        yield found(outdated, safe=True)
    if told.currency != document.currency:
        yield found(currency_differs(document, told))
        return
    missed = [one for one in told.payments or () if one.id not in ours.recorded]
    for payment in missed:
        finding, safe = _missed(document, payment)
        yield found(finding, safe=safe)
    if ours.moving:
        return
    if told.total_cents != document.total_cents and told.status != DRAFT:
        yield found(total_differs(document, told))
    if document.status == Invoice.Status.OPEN and told.status == UNCOLLECTIBLE:
        text = f"{document} was given up at Stripe and is open here."
        yield found(Finding(GIVEN_UP, text), safe=True)
    elif (contrary := _contrary(document, told, money_comes=bool(missed))) is not None:
        yield found(contrary)


def _outdated(ours: Ours, told: InvoiceFacts) -> Finding | None:
    document, known = ours.document, ours.known
    if known is None and not ours.coming:
        return Finding(ROW_MISSING, f"{document} is at Stripe ({told.id}), and its id was not known here.")
    if known is None or ours.moving:
        return None
    noted = (known.status, known.total_cents, known.amount_paid_cents)
    if is_older(told.status, known.status) or noted == (told.status, told.total_cents, told.amount_paid_cents):
        return None
    if known.status != told.status:
        return Finding("stripe_row_outdated", f"{document} is {told.status} at Stripe, not {known.status} any more.")
    return Finding("stripe_row_outdated", f"What is known of {document} at Stripe is not up to date.")


def _missed(document: Invoice, payment: StripePayment) -> tuple[Finding, bool]:
    """The finding, and whether the payment can be recorded."""
    try:
        ensure_payable(document, payment.amount_cents)
    except (InvalidTransition, ValueError) as refusal:
        return payment_not_recorded(document, payment, refusal), False
    amount = money(payment.amount_cents, document.currency)
    text = f"Stripe took {amount} for {document} on {payment.paid_at:%Y-%m-%d}, which is not recorded."
    return Finding("stripe_payment_missed", text, payment.id), True


def _contrary(document: Invoice, told: InvoiceFacts, *, money_comes: bool) -> Finding | None:
    """Two states that do not go together, and that nothing here may bring together by itself."""
    here = document.status
    if told.status == PAID and here in UNPAID:
        return None if money_comes else open_here(document)
    fitting, contrary = {
        PAID: ((Invoice.Status.PAID,), paid_there),
        OPEN: ((Invoice.Status.OPEN,), open_there),
        VOID: ((Invoice.Status.VOID,), void_there),
        UNCOLLECTIBLE: ((Invoice.Status.UNCOLLECTIBLE,), given_up_there),
    }.get(told.status, ((), draft_there))
    return None if here in fitting else contrary(document)
