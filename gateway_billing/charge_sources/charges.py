"""Single charges to managed companies: they are on the invoice of the partner of their day."""

from __future__ import annotations

from dataclasses import replace

from contracts.models import ClientCharge
from gateway_billing.month_charge import MonthCharge
from gateway_billing.partner_month import PartnerMonth
from rating.single_charge import Single, single_charge


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per charge that is due by the end of the month, in one query."""
    due = ClientCharge.objects.filter(
        client__in=month.companies, settled=False, charged_on__lte=month.period.last_day
    ).order_by("client", "charged_on", "pk")
    planned = []
    for row in due:
        company = month.companies[row.client_id]
        if company.managed_on(row.charged_on):
            item = Single(
                row.pk, row.external_id, row.charged_on, row.description, row.quantity, row.unit_price,
                company.company.currency, row.tax_rate, row.goods,
            )  # fmt: skip
            planned.append(MonthCharge(replace(single_charge(item), company=row.client_id)))
    return planned
