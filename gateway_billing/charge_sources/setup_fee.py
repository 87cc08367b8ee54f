"""Setup fees: once, on the first invoice after the company has started (G-09)."""

from __future__ import annotations

from gateway_billing.models import FeeSchedule
from gateway_billing.month_charge import MonthCharge, claimed_parts
from gateway_billing.partner_month import PartnerMonth
from rating.gateway.kinds import SETUP_FEE
from rating.gateway.setup import setup_charge


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per company that has started and has not paid its fee yet, in two queries."""
    started = {one.company for one in month.intervals() if _has_started(month, one.company)}
    schedules = list(
        FeeSchedule.objects.filter(
            company__in=started, setup_fee__isnull=False, setup_fee_billed_elsewhere=""
        ).order_by("company", "pk")
    )
    claimed = claimed_parts(SETUP_FEE, [row.pk for row in schedules])
    planned = []
    for row in schedules:
        if row.setup_fee is not None and row.pk not in claimed and not month.is_held(SETUP_FEE, row.pk):
            company = month.companies[row.company_id].company
            planned.append(
                MonthCharge(setup_charge(company, schedule=row.pk, reference=row.external_id, fee=row.setup_fee))
            )
    return planned


def _has_started(month: PartnerMonth, company: int) -> bool:
    started_on = month.companies[company].started_on
    return started_on is None or started_on <= month.period.last_day
