"""Drafts with lines of given amounts, without tickets: each line bills one single charge."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from contracts.models import ClientCharge
from invoicing.claims import NewClaim, claim
from invoicing.lifecycle.drafts import Collector, PlacedLine, add_to_drafts
from invoicing.lifecycle.issue import IssuePlan, issue_invoices
from invoicing.models import Invoice
from rating.single_charge import Single, single_charge
from tests.factories import DAY, NOW, ClientFactory

if TYPE_CHECKING:
    from contracts.models import Client


class Item(NamedTuple):
    """One line of one at so many cents."""

    cents: int
    tax_rate: Decimal | None = None
    goods: bool = False


def put(*placements: tuple[Collector, Item]) -> list[PlacedLine]:
    """Bill each item as a single charge on the draft of its collector, with its claim."""
    charges = []
    for collector, item in placements:
        price, text = Decimal(item.cents) / 100, f"Rack at {item.cents}"
        row = ClientCharge.objects.create(
            client_id=collector.client, charged_on=DAY, description=text, quantity=1, unit_price=price,
            tax_rate=item.tax_rate, goods=item.goods,
        )  # fmt: skip
        facts = Single(row.pk, row.external_id, DAY, text, Decimal(1), price, "EUR", item.tax_rate, item.goods)
        charges.append((collector, single_charge(facts)))
    placed = add_to_drafts(charges, at=NOW)
    sources = [charge.sources[0] for _, charge in charges]
    claim((NewClaim(source, "billed", one.line) for source, one in zip(sources, placed, strict=True)), at=NOW)
    return placed


def draft(*items: Item | int, client: Client | None = None, collects: str = "2026-01") -> Invoice:
    """A draft of these items; a number stands for an item of so many cents."""
    client = client or ClientFactory.create()
    collector = Collector(client.pk, collects, client.currency)
    placed = put(*((collector, item if isinstance(item, Item) else Item(item)) for item in items))
    return Invoice.objects.get(pk=placed[0].draft.id)


def issue(*drafts: Invoice, at: datetime = NOW, by: str = "petra") -> list[IssuePlan]:
    """Issue the drafts and read them again."""
    plans = issue_invoices([one.pk for one in drafts], at=at, by=by)
    for one in drafts:
        one.refresh_from_db()
    return plans
