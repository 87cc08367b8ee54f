"""One document of each kind as a reader would get it, with lines that the pricing core made and can explain."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicing.documents.content import ContentDiscount, ContentLine, ContentTax, DocumentContent
from invoicing.tax_notes import NOTES
from rating.correction import FirstLine, taken_back
from rating.gateway.calls import call_charge
from rating.gateway.services import service_charges
from rating.recurring import due_periods, recurring_charge
from rating.single_charge import Single, single_charge
from rating.tax import totals
from rating.terms import Rate
from rating.work import ExpenseItem
from tests.invoicing.paper import BUYER, SELLER
from tests.rating.gateway import ENGLISH, JANUARY, SUB, call_terms, service, usage
from tests.rating.make import DAY, entry, fee, rated, terms, work
from tests.rating.test_recurring import seats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rating.charge import Charge
    from rating.numerals import Language

GERMAN_BUYER = {**BUYER, "id": "K-10042", "name": "Weber & Söhne Maschinenbau GmbH", "line1": "Einkauf",
                "line2": "Am Alten Hafen 12", "postcode": "20457", "city": "Hamburg", "leitweg_id": "",
                "e_invoice": "none"}  # fmt: skip
IRISH = {**GERMAN_BUYER, "id": "K-20007", "name": "Harbour Logistics Ltd", "line1": "7 Custom House Quay", "line2": "",
         "postcode": "D01 X2F4", "city": "Dublin", "country": "IE", "vat_id": "IE6388047V",
         "language": "en"}  # fmt: skip
SELLER_HERE = {**SELLER, "bank": "Musterbank", "managing_director": "Erika Mustermann"}
S19, S7 = ("S", "19"), ("S", "7")


def support(language: Language = "de") -> list[Charge]:
    """A month of one client: tickets with time, a fee and an expense, what recurs, and a single charge."""
    ladder = (Rate("contract", Decimal("95.00"), "contract V-2026-07"),)
    agreed = terms(ladder=ladder, contract_reference="V-2026-07")
    described = {"de": ("Outlook startet nicht mehr", "Neue SSD eingebaut", "SSD 1 TB", "Managed Workplace"),
                 "en": ("Outlook does not start", "Replaced the disk", "SSD 1 TB", "Managed workplace")}  # fmt: skip
    mail, disk, ssd, seat = described[language]
    disk_work = replace(
        work(entry("1.5", 3)), number="1002", subject=disk,
        expenses=(ExpenseItem(1, "x1", DAY, ssd, Decimal(2), Decimal("79.90")),),
    )  # fmt: skip
    fee_work = replace(work(fee=fee("25.00")), number="1003", subject=mail)
    mail_work = replace(work(entry("0.5", 1), entry("0.33", 2)), subject=mail)
    seats_here = seats(description=seat, contract="V-2026-07", unit_price=Decimal("39.00"))
    onboarding = Single(3, "k3", date(2026, 1, 20), "Onboarding", Decimal(1), Decimal("450.00"), "EUR")
    return [
        *rated(mail_work, agreed).charges,
        *rated(disk_work, agreed).charges,
        *rated(fee_work, agreed).charges,
        recurring_charge(seats_here, next(iter(due_periods(seats_here, on=date(2026, 1, 16))))),
        single_charge(onboarding),
    ]


def sheet(
    lines: Sequence[tuple[Charge, tuple[str, str], str]], *, discount: str = "", discount_cents: int = 0, **facts: Any
) -> DocumentContent:
    """A document of these (charge, (category, rate), company)."""
    language = facts.get("buyer", GERMAN_BUYER)["language"]
    rows = [_line(place, *line) for place, line in enumerate(lines, start=1)]
    sign = -1 if facts.get("kind") in ("credit_note", "cancellation") else 1
    sums = totals([(r.tax_category, r.tax_rate, sign * r.amount_cents) for r in rows], discount_cents)
    return DocumentContent(**{
        "kind": "invoice", "number": "INV-2026-00042", "language": language, "currency": "EUR",
        "issue_on": date(2026, 1, 31), "due_on": date(2026, 3, 2), "period_start": date(2026, 1, 1),
        "period_end": date(2026, 2, 1), "seller": SELLER_HERE, "buyer": GERMAN_BUYER, "lines": rows,
        "taxes": [ContentTax(t.category, t.rate, sign * t.taxable_cents, sign * t.tax_cents,
                             NOTES[t.category][language] if t.category in NOTES else "") for t in sums.lines],
        "discounts": [ContentDiscount(discount, discount_cents)] if discount else [],
        "subtotal_cents": sign * sums.subtotal, "discount_cents": sign * sums.discount, "tax_cents": sign * sums.tax,
        "total_cents": sign * sums.total, **facts,
    })  # fmt: skip


def _line(place: int, charge: Charge, tax: tuple[str, str], company: str) -> ContentLine:
    return ContentLine(
        place, charge.kind, company, charge.description, charge.quantity, charge.unit, charge.unit_price,
        charge.price_per, charge.amount_cents, tax[0], Decimal(tax[1]),
        json.loads(json.dumps(charge.explanation.as_dict())),
    )  # fmt: skip


def taxed(charges: Sequence[Charge], tax: tuple[str, str] = S19) -> list[tuple[Charge, tuple[str, str], str]]:
    return [(charge, tax, "") for charge in charges]


def back(charges: Sequence[Charge]) -> list[Charge]:
    """The lines that take these back."""
    return [
        taken_back(
            FirstLine(place, c.kind, c.description, c.quantity, c.unit, c.unit_price, c.price_per, c.amount_cents,
                      "S", Decimal(19)), document="INV-2026-00042", currency="EUR",
        )
        for place, c in enumerate(charges, 1)
    ]  # fmt: skip


def aggregate(language: Language) -> list[tuple[Charge, tuple[str, str], str]]:
    """A partner's month: calls and services of three companies."""
    company = SUB if language == "de" else ENGLISH
    lines = []
    for place, name in enumerate(("Bäckerei Lorenz", "Kanzlei Dr. Petersen", "Zahnarztpraxis am Markt"), start=1):
        calls = usage(*(61 * place + 7 * n for n in range(40)))
        services = service_charges(company, [service(quantity=Decimal(place))], JANUARY)
        lines += [(charge, S19, name) for charge in (call_charge(company, calls, call_terms()), *services)]
    return lines


def examples() -> dict[str, DocumentContent]:
    """By name: an invoice in each language, and one of each other kind."""
    german, english = support(), support("en")
    mixed = [*taxed(german[:-1]), (german[-1], S7, "")]
    first: dict[str, Any] = {
        "cancels_number": "INV-2026-00042", "cancels_issue_on": date(2026, 1, 31), "issue_on": date(2026, 2, 4),
        "due_on": date(2026, 2, 4),
    }  # fmt: skip
    return {
        "invoice-de": sheet(mixed, discount="Treuerabatt für das zehnte Jahr", discount_cents=5000),
        "invoice-en": sheet(taxed(english), buyer={**GERMAN_BUYER, "language": "en"}),
        "reverse-charge": sheet(taxed(english, ("AE", "0")), buyer=IRISH),
        "aggregate": sheet(aggregate("de"), kind="aggregate", number="AGG-2026-00007"),
        "credit-note": sheet(
            taxed(back(german[2:4])), kind="credit_note", number="CN-2026-00003", **first,
            reason="Die SSD war bereits durch die Garantie gedeckt",
        ),
        "cancellation": sheet(
            taxed(back(german)), kind="cancellation", number="CAN-2026-00001", **first,
            reason="Falscher Rechnungsempfänger",
        ),
    }  # fmt: skip
