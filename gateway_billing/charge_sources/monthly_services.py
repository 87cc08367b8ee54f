"""Services by the month or year, at the price that counts for the month (G-07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from gateway_billing.charge_sources.given_back import given_back
from gateway_billing.models import ServicePrice
from gateway_billing.month_charge import MonthCharge, claimed_parts
from gateway_billing.partner_month import PartnerMonth
from rating.gateway.kinds import SERVICE_PRICE
from rating.gateway.services import ServiceTerms, service_charges


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per service of each company that pays by the month, in three queries (four with credited months)."""
    back = given_back(month, SERVICE_PRICE)
    paying = {one.company.id for one in month.serviced}
    first, last = month.period.to_date_range()
    in_month = Q(company__in=paying, valid_from__lte=last) & (Q(valid_to__isnull=True) | Q(valid_to__gte=first))
    prices = _prices(in_month)
    planned = _planned(month, month.label, prices, paying)
    if back:
        # Which price counts for a month depends on all prices of the service.
        earlier = _prices(Q(company__in={unit.company for unit in back}))
        wanted = {(unit.id, unit.month) for unit in back}
        for label in sorted({unit.month for unit in back}):
            companies = {unit.company for unit in back if unit.month == label}
            for charge in _planned(month, label, earlier, companies):
                if any((source.id, source.part) in wanted for source in charge.charge.sources):
                    planned.append(charge)
    return _unclaimed(month, planned)


def _prices(which: Q) -> dict[int, list[ServiceTerms]]:
    found: dict[int, list[ServiceTerms]] = defaultdict(list)
    for row in ServicePrice.objects.filter(which).order_by("company", "service", "valid_from", "pk"):
        found[row.company_id].append(
            ServiceTerms(
                row.pk, row.external_id, row.service, row.price, row.quantity, row.discount_percent, row.valid_from,
                row.valid_to, row.interval, row.prorate,
            )
        )  # fmt: skip
    return found


def _planned(
    month: PartnerMonth, label: str, prices: dict[int, list[ServiceTerms]], companies: Collection[int]
) -> list[MonthCharge]:
    period = month.month(label)
    return [
        MonthCharge(charge)
        for key, company in month.companies.items()
        if key in companies and key in prices
        for charge in service_charges(company.company, prices[key], period)
    ]


def _unclaimed(month: PartnerMonth, planned: list[MonthCharge]) -> list[MonthCharge]:
    """What nothing settles yet and nobody holds."""
    claimed = claimed_parts(SERVICE_PRICE, [source.id for one in planned for source in one.charge.sources])
    return [
        one
        for one in planned
        for source in one.charge.sources
        if source.part not in claimed.get(source.id, ()) and not month.is_held(SERVICE_PRICE, source.id, source.part)
    ]
