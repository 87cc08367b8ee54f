"""Discounts that people give on one draft, or for a month, and take back before anything used them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from invoicing import audit
from invoicing.lifecycle.withdraw import ensure_draft
from invoicing.models import Discount, Invoice
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition

MOST_PERCENT = 100


def ensure_discount(percent: Decimal | None, amount_cents: int | None) -> None:
    """Raise ValueError unless it is either a percentage up to 100, or an amount in minor units above zero."""
    if (percent is None) == (amount_cents is None):
        raise ValueError("give either a percentage or an amount")
    if percent is not None and not 0 < percent <= MOST_PERCENT:
        raise ValueError("the percentage must be above 0 and at most 100")
    if amount_cents is not None and amount_cents <= 0:
        raise ValueError("the amount must be above zero")


@transaction.atomic
def give_discount(
    invoice_id: int,
    *,
    percent: Decimal | None = None,
    amount_cents: int | None = None,
    key: str,
    reason: str,
    by: str,
    at: datetime,
) -> Discount:
    """Give a draft a discount; its reason is printed on the document. The same `key` answers the same discount.

    Raises InvalidTransition for a document that is no draft, ValueError without a reason or a sensible figure.
    """
    why = stated(reason)
    ensure_discount(percent, amount_cents)
    draft = Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
    if given := Discount.objects.filter(external_id=key, invoice=draft).first():
        return given
    ensure_draft(draft)
    discount = Discount.objects.create(
        external_id=key, client_id=draft.client_id, invoice=draft, percent=percent, amount_cents=amount_cents,
        reason=why,
    )  # fmt: skip
    audit.record("invoice.discount_given", draft, by=by, at=at, reason=why, data=told(discount))
    return discount


@transaction.atomic
def take_discount_back(discount_id: int, *, reason: str, by: str, at: datetime) -> None:
    """Take a discount away that nothing used yet. Raises InvalidTransition if it was, ValueError without a reason."""
    why = stated(reason)
    discount = Discount.objects.select_for_update(of=("self",)).get(pk=discount_id)
    if used := discount.uses.select_related("invoice").first():
        raise InvalidTransition(f"the discount was used on {used.invoice} and stays")
    subject: Any = discount.invoice or discount
    audit.record("invoice.discount_taken_back", subject, by=by, at=at, reason=why, data=told(discount))
    discount.delete()


def told(discount: Discount) -> dict[str, Any]:
    """The discount as the audit trail keeps it."""
    return {
        "discount": discount.external_id,
        "month": discount.month.isoformat() if discount.month else None,
        "percent": None if discount.percent is None else format(discount.percent, "f"),
        "amount_cents": discount.amount_cents,
        "reason": discount.reason,
    }
