"""Contents of documents without a database: what an issue would store, worked out by the pricing core."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from config.plan import BillingSettings
from invoicing.documents.content import ContentDiscount, ContentLine, ContentTax, DocumentContent
from invoicing.tax_notes import NOTES
from rating.discount import Offer, taken
from rating.money import amount, exponent
from rating.tax import totals

SELLER = {
    **asdict(BillingSettings().seller), "name": "Example Systems GmbH", "line1": "Musterstraße 1", "postcode": "10115",
    "city": "Berlin", "country": "DE", "vat_id": "DE123456788", "tax_number": "30/123/45678", "phone": "+49 30 1234567",
    "email": "billing@seller.example", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX",
    "register": "Amtsgericht Berlin HRB 00000",
}  # fmt: skip
BUYER = {
    "id": "acme", "name": "Acme GmbH", "line1": "Hauptstraße 1", "line2": "", "postcode": "10115", "city": "Berlin",
    "country": "DE", "vat_id": "DE136695976", "email": "office@acme.example", "language": "de", "e_invoice": "zugferd",
    "leitweg_id": "04011000-12345-03",
}  # fmt: skip
AUSTRIAN = {**BUYER, "country": "AT", "vat_id": "ATU12345675"}
SWISS = {**BUYER, "country": "CH", "vat_id": "CHE-123.456.788 MWST", "language": "en"}
REASONS = {**{category: note["de"] for category, note in NOTES.items()}, "E": "Kleinunternehmer (§ 19 UStG)"}


class Row(NamedTuple):
    """One line as people would type it."""

    quantity: str = "1.5"
    price: str = "80"
    category: str = "S"
    rate: str = "19"
    unit: str = "h"
    per: int = 1
    text: str = "Ticket 1001: Mail down"
    company: str = ""


def paper(*rows: Row, offers: tuple[Offer, ...] = (), **facts: Any) -> DocumentContent:
    """A document of these lines; a credit note or a cancellation has the amounts of its first one below zero."""
    currency = facts.get("currency", "EUR")
    sign = -1 if facts.get("kind") in ("credit_note", "cancellation") else 1
    lines = [_line(place, row, currency, sign) for place, row in enumerate(rows or (Row(),), start=1)]
    groups = [(line.tax_category, line.tax_rate, sign * line.amount_cents) for line in lines]
    took = taken(sum(cents for *_, cents in groups), offers)
    sums = totals(groups, sum(one.cents for one in took))
    usual = DocumentContent(
        kind="invoice", number="INV-2026-00001", language="de", currency=currency, issue_on=date(2026, 1, 31),
        due_on=date(2026, 3, 2), period_start=date(2026, 1, 1), period_end=date(2026, 2, 1), seller=SELLER, buyer=BUYER,
        lines=lines, taxes=[
            ContentTax(t.category, t.rate, sign * t.taxable_cents, sign * t.tax_cents, REASONS.get(t.category, ""))
            for t in sums.lines
        ],
        discounts=[ContentDiscount(one.offer.reason, sign * one.cents) for one in took],
        subtotal_cents=sign * sums.subtotal, discount_cents=sign * sums.discount, tax_cents=sign * sums.tax,
        total_cents=sign * sums.total,
    )  # fmt: skip
    if sign < 0:
        facts = {
            "cancels_number": "INV-2026-00000",
            "cancels_issue_on": date(2026, 1, 15),
            "reason": "Doppelt",
            **facts,
        }
    return replace(usual, **facts)


def _line(place: int, row: Row, currency: str, sign: int) -> ContentLine:
    quantity, price = Decimal(row.quantity), Decimal(row.price)
    cents = amount(quantity, price, currency=currency, price_per=row.per)
    assert exponent(currency) >= 0
    return ContentLine(
        place, "time", row.company, row.text, sign * quantity, row.unit, price, row.per, sign * cents, row.category,
        Decimal(row.rate), {},
    )  # fmt: skip
