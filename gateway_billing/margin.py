"""What call minutes cost us and what they were sold for, per partner and company of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.models import Client
from gateway_billing.models import FeeSchedule
from invoicing.display import decimal_text
from invoicing.models import Invoice, InvoiceLine
from rating.gateway.calls import KIND
from rating.money import amount
from rating.numerals import MINUTE

GONE = (Invoice.Status.VOID, Invoice.Status.DISCARDED)


@dataclass(slots=True)
class CompanyMargin:
    """Calls of a company on the partner's invoice of a month. Amounts are in minor units, before tax.

    They were bought by the second that was talked, at the rate that stands in the fee schedule now; without one neither
    cost nor margin is known.
    """

    company: str
    name: str
    currency: str
    buy_rate: Decimal | None
    calls: int = 0
    talked_seconds: int = 0
    sell_cents: int = 0

    @property
    def buy_cents(self) -> int | None:
        """What the calls cost us, rounded once."""
        if self.buy_rate is None:
            return None
        return amount(Decimal(self.talked_seconds), self.buy_rate, currency=self.currency, price_per=MINUTE)

    @property
    def margin_cents(self) -> int | None:
        """What is left of what they were sold for."""
        return None if self.buy_cents is None else self.sell_cents - self.buy_cents

    def as_dict(self) -> dict[str, Any]:
        """The company as scripts read it."""
        return {
            "company": self.company,
            "calls": self.calls,
            "talked_seconds": self.talked_seconds,
            "sell_cents": self.sell_cents,
            "buy_rate": None if self.buy_rate is None else decimal_text(self.buy_rate),
            "buy_cents": self.buy_cents,
            "margin_cents": self.margin_cents,
        }


@dataclass(slots=True)
class PartnerMargin:
    """The companies of a partner whose calls are on its invoice of the month."""

    partner: str
    currency: str
    companies: list[CompanyMargin] = field(default_factory=list)
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The partner as scripts read it; sums are over companies whose buy rate is known."""
        known = [one for one in self.companies if one.margin_cents is not None]
        return {
            "partner": self.partner,
            "currency": self.currency,
            "companies": [one.as_dict() for one in self.companies],
            "sell_cents": sum(one.sell_cents for one in known),
            "buy_cents": sum(one.buy_cents or 0 for one in known),
            "margin_cents": sum(one.margin_cents or 0 for one in known),
            "without_buy_rate": [one.company for one in self.companies if one.margin_cents is None],
        }


def margins(month: date, partner: Client | None = None) -> Iterator[PartnerMargin]:
    """The margins of a month (its first day), by partner, in two queries. Cancelled documents do not count."""
    lines = InvoiceLine.objects.filter(
        kind=KIND, invoice__kind=Invoice.Kind.AGGREGATE, invoice__period_start=month, company__isnull=False
    ).exclude(invoice__status__in=GONE)
    if partner is not None:
        lines = lines.filter(invoice__client=partner)
    found = list(
        lines.select_related("invoice__client", "company").order_by("invoice__client__name", "invoice", "position")
    )
    rates = dict(
        FeeSchedule.objects.filter(company__in={line.company_id for line in found}).values_list(
            "company_id", "buy_per_minute_rate"
        )
    )
    of_partner: dict[Client, list[InvoiceLine]] = defaultdict(list)
    for line in found:
        of_partner[line.invoice.client].append(line)
    for client, own in of_partner.items():
        yield PartnerMargin(client.external_id, client.currency, list(_companies(client, own, rates)), client.name)


def _companies(client: Client, lines: list[InvoiceLine], rates: dict[int, Decimal | None]) -> Iterator[CompanyMargin]:
    companies: dict[int, CompanyMargin] = {}
    for line in lines:
        if line.company is None:
            continue
        known = companies.setdefault(
            line.company.pk,
            CompanyMargin(line.company.external_id, line.company.name, client.currency, rates.get(line.company.pk)),
        )
        inputs = line.explanation["inputs"]
        known.calls += inputs["calls"]
        known.talked_seconds += inputs["talked_seconds"]
        known.sell_cents += line.amount_cents
    yield from companies.values()
