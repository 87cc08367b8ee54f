"""Issued documents of a month, as bookkeeping needs them: read in pages, in the order of their dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from contracts.models import Client
from invoicing.models import Invoice, InvoiceLine, TaxLine
from rating.period import BillingPeriod

PAGE = 200
DAY = timedelta(days=1)
ISSUED = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.VOID, Invoice.Status.UNCOLLECTIBLE)


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A line, amounts in minor units, the price in major units per `price_per` units."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    price_per: int
    amount_cents: int
    tax: str


@dataclass(frozen=True, slots=True)
class BookedTax:
    """What is booked at one tax, in minor units; `tax` is its name in the settings, as S19 or AE."""

    category: str
    rate: Decimal
    tax: str
    taxable_cents: int
    tax_cents: int


@dataclass(frozen=True, slots=True)
class Booked:
    """One document; sums of corrections are below zero. `last_day` is that of the service."""

    client: Client
    number: str
    corrects: str
    issue_on: date
    due_on: date
    last_day: date
    currency: str
    country: str
    vat_id: str
    name: str
    taxes: Sequence[BookedTax]
    lines: Sequence[BookedLine]


def tax_name(category: str, rate: Decimal) -> str:
    """How the settings name a tax: the category, and the rate where it is not the category's only one."""
    return f"{category}{rate.normalize():f}" if category in ("S", "Z") else category


def booked(month: BillingPeriod, client: Client | None = None) -> Iterator[Booked]:
    """The documents issued in the month, by date and key; three queries a page."""
    found = Invoice.objects.filter(status__in=ISSUED, issue_on__range=month.to_date_range())
    if client is not None:
        found = found.filter(client=client)
    found = found.select_related("client", "cancels").order_by("issue_on", "pk")
    after = Q()
    while page := list(found.filter(after)[:PAGE]):
        last = page[-1]
        after = Q(issue_on__gt=last.issue_on) | Q(issue_on=last.issue_on, pk__gt=last.pk)
        yield from _page(page)


def _page(page: Sequence[Invoice]) -> Iterator[Booked]:
    keys = [one.pk for one in page]
    taxes: dict[int, list[BookedTax]] = defaultdict(list)
    for tax in TaxLine.objects.filter(invoice__in=keys).order_by("category", "-rate"):
        name = tax_name(tax.category, tax.rate)
        taxes[tax.invoice_id].append(BookedTax(tax.category, tax.rate, name, tax.taxable_cents, tax.tax_cents))
    lines: dict[int, list[BookedLine]] = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__in=keys).order_by("position").defer("explanation"):
        name = tax_name(line.tax_category, line.tax_rate or Decimal(0))
        lines[line.invoice_id].append(
            BookedLine(line.description, line.quantity, line.unit_price, line.price_per, line.amount_cents, name)
        )
    for one in page:
        yield _booked(one, taxes[one.pk], lines[one.pk])


def _booked(one: Invoice, taxes: Sequence[BookedTax], lines: Sequence[BookedLine]) -> Booked:
    if one.issue_on is None or one.due_on is None or one.number is None:
        raise ValueError(f"document {one.external_id} is issued and lacks its number or its dates")
    buyer = one.buyer or {}
    return Booked(
        one.client,
        one.number,
        (one.cancels.number or "") if one.cancels else "",
        one.issue_on,
        one.due_on,
        one.period_end - DAY if one.period_end else one.issue_on,
        one.currency,
        str(buyer.get("country", "")),
        str(buyer.get("vat_id", "")),
        str(buyer.get("name", "")),
        taxes,
        lines,
    )
