"""Drafts with lines of given amounts, without tickets."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicing.lifecycle.drafts import Collector, add_to_drafts
from invoicing.lifecycle.issue import IssuePlan, issue_invoices
from invoicing.models import Invoice
from rating.charge import Charge
from rating.explanation import Explanation
from tests.factories import NOW, ClientFactory

if TYPE_CHECKING:
    from contracts.models import Client


def charge(cents: int, **facts: Any) -> Charge:
    """A line of one at so many cents."""
    return Charge.of(
        "charge", f"Rack at {cents}", quantity=Decimal(1), unit_price=Decimal(cents) / 100, currency="EUR",
        explanation=Explanation("charge", 1, {}), **facts,
    )  # fmt: skip


def draft(*charges: Charge | int, client: Client | None = None, collects: str = "2026-01") -> Invoice:
    """A draft of these lines; a number stands for a line of so many cents."""
    client = client or ClientFactory.create()
    collector = Collector(client.pk, collects, client.currency)
    lines = [one if isinstance(one, Charge) else charge(one) for one in charges]
    placed = add_to_drafts([(collector, line) for line in lines], at=NOW)
    return Invoice.objects.get(pk=placed[0].draft.id)


def issue(*drafts: Invoice, at: datetime = NOW, by: str = "petra") -> list[IssuePlan]:
    """Issue the drafts and read them again."""
    plans = issue_invoices([one.pk for one in drafts], at=at, by=by)
    for one in drafts:
        one.refresh_from_db()
    return plans
