"""Flat outputs: each active flat configuration is one line a month, whatever the number of cases (G-12)."""

from __future__ import annotations

from gateway_billing.charge_sources.given_back import given_back
from gateway_billing.models import OutputConfiguration
from gateway_billing.month_charge import MonthCharge, claimed_parts
from gateway_billing.partner_month import PartnerMonth
from rating.gateway.cases import flat_charge
from rating.gateway.kinds import FLAT_FEE


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per flat configuration of each company that pays by the month, in three queries."""
    paying = {one.company.id for one in month.serviced}
    flat = OutputConfiguration.objects.filter(
        company__in=paying, active=True, billing_mode=OutputConfiguration.BillingMode.MONTHLY_FLAT
    )
    back = given_back(month, FLAT_FEE)
    wanted = [(row, month.label) for row in flat.order_by("company", "pk")]
    if back:
        rows = OutputConfiguration.objects.in_bulk([unit.id for unit in back])
        wanted += [(rows[unit.id], unit.month) for unit in back]
    claimed = claimed_parts(FLAT_FEE, [row.pk for row, _ in wanted])
    return [
        MonthCharge(
            flat_charge(
                month.companies[row.company_id].company,
                month=label, configuration=row.pk, reference=row.external_id, price_cents=row.monthly_flat_price_cents,
            )
        )
        for row, label in wanted
        if label not in claimed.get(row.pk, ()) and not month.is_held(FLAT_FEE, row.pk, label)
    ]  # fmt: skip
