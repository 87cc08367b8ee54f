"""A partner's month: the companies that the partner manages or managed, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from contracts.models import Client, Management
from gateway_billing.holding import Held, held_of
from rating.gateway.company import Company
from rating.period import BillingPeriod

NOTHING_HELD = Held()


@dataclass(frozen=True, slots=True)
class ManagedCompany:
    """A company with the days on which the partner managed it, both inclusive; None is open."""

    company: Company
    name: str
    active: bool
    started_on: date | None
    spans: tuple[tuple[date, date], ...]
    # Whether another partner managed it on some day of the month.
    shared: bool = False

    def managed_on(self, day: date) -> bool:
        """Whether the partner managed the company on that day."""
        return any(first <= day <= last for first, last in self.spans)


@dataclass(frozen=True, slots=True)
class Interval:
    """Instants [since, until) of the month in which the partner managed a company."""

    company: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PartnerMonth:
    """What the charge sources plan: one month of one partner. `companies` are all that it ever managed, by key."""

    partner: Client
    period: BillingPeriod
    companies: Mapping[int, ManagedCompany]
    held: Held = NOTHING_HELD

    @property
    def label(self) -> str:
        """The month as "2026-01"."""
        return self.period.label()

    @property
    def serviced(self) -> list[ManagedCompany]:
        """The companies that pay by the month: active, and managed by the partner on its last day (G-01)."""
        last = self.period.last_day
        return [company for company in self.companies.values() if company.active and company.managed_on(last)]

    def intervals(self) -> Iterator[Interval]:
        """When in the month which company was managed, in the partner's zone."""
        first, last = self.period.to_date_range()
        for key, company in self.companies.items():
            for start, end in company.spans:
                if start <= last and end >= first:
                    within = BillingPeriod.from_dates(max(start, first), min(end, last), self.period.zone)
                    yield Interval(key, within.start, within.end)

    def is_held(self, kind: str, unit: int, part: str = "") -> bool:
        """Whether a person holds this unit (of masses, see `held.masses`)."""
        return (kind, unit, part) in self.held.units

    def month(self, label: str) -> BillingPeriod:
        """Another month of the partner, such as one that late usage belongs to."""
        return BillingPeriod.from_label(label, self.period.zone)


def read_month(partner: Client, period: BillingPeriod) -> PartnerMonth:
    """The partner's companies and what is held of them, in four queries.

    Raises ValueError where a company does not pay in the partner's currency.
    """
    rows = list(Management.objects.filter(partner=partner).select_related("company"))
    shared = _shared({row.company_id for row in rows}, partner, period)
    spans: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for row in rows:
        spans[row.company_id].append((row.first_day or date.min, row.last_day or date.max))
    companies = {
        row.company_id: ManagedCompany(
            Company(row.company_id, row.company.external_id, partner.currency, partner.document_language),
            row.company.name,
            row.company.active,
            row.company.started_on,
            tuple(sorted(spans[row.company_id])),
            row.company_id in shared,
        )
        for row in sorted(rows, key=lambda row: (row.company.name, row.company.external_id))
    }
    for row in rows:
        if row.company.currency != partner.currency:
            raise ValueError(
                f"company {row.company.external_id} pays in {row.company.currency}, "
                f"its partner {partner.external_id} in {partner.currency}"
            )
    return PartnerMonth(partner, period, companies, held_of(partner.pk))


def _shared(companies: set[int], partner: Client, period: BillingPeriod) -> set[int]:
    """The companies that another partner managed on some day of the month."""
    first, last = period.to_date_range()
    others = Management.objects.filter(company__in=companies).exclude(partner=partner)
    return {
        company
        for company, start, end in others.values_list("company_id", "first_day", "last_day")
        if (start or date.min) <= last and (end or date.max) >= first
    }
