"""Changes that were made for companies: approved, due by the end of the month, and not billed yet (G-08)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway_billing.models import ServiceChange
from gateway_billing.month_charge import MonthCharge, claimed_parts
from gateway_billing.partner_month import PartnerMonth
from rating.charge import Charge
from rating.gateway.changes import ChangeTerms, change_charges
from rating.gateway.kinds import SERVICE_CHANGE
from rating.proration import months_after


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per change, and per month of a recurring one, in two queries."""
    open_ = ServiceChange.objects.filter(
        company__in=month.companies, status=ServiceChange.Status.APPROVED, settled=False,
        service_date__lte=month.period.last_day,
    ).order_by("company", "service_date", "pk")  # fmt: skip
    changes = list(open_)
    claimed = claimed_parts(SERVICE_CHANGE, [change.pk for change in changes])
    return [
        MonthCharge(charge)
        for change in changes
        for charge in _of(month, _terms(change), change.company_id, claimed.get(change.pk, frozenset()))
    ]


def _of(month: PartnerMonth, terms: ChangeTerms, key: int, billed: frozenset[str]) -> Iterator[Charge]:
    """What of a change is billed to the partner that managed the company on its day, whoever does so now."""
    company = month.companies[key]
    for charge in change_charges(company.company, terms, month.period, billed):
        if company.managed_on(_day(terms, charge)):
            yield charge


def _terms(change: ServiceChange) -> ChangeTerms:
    return ChangeTerms(
        change.pk, change.external_id, change.service_date, change.category, change.description, change.amount,
        change.hours, change.hourly_rate, change.recurring, change.recurring_until,
    )  # fmt: skip


def _day(terms: ChangeTerms, charge: Charge) -> date:
    """The day of a change, or of the recurrence in the month that the charge bills."""
    part = charge.sources[0].part
    if not part:
        return terms.service_date
    year, number = (int(text) for text in part.split("-"))
    months = (year - terms.service_date.year) * 12 + number - terms.service_date.month
    return months_after(terms.service_date, months) or date(year, number, 1)
