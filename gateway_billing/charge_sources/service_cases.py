"""Service cases whose output was sent: one line per company, month and price (G-10, G-11)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway_billing.charge_sources.selection import CLAIM_HEAD, CLAIMED, LATE, NOT_HELD, arguments, claim_mass, rows
from gateway_billing.models import CaseCategory, OutputConfiguration
from gateway_billing.month_charge import Mass, MonthCharge, Placed, Settling
from gateway_billing.partner_month import PartnerMonth
from rating.gateway.cases import OutputPrices, case_charge, case_price
from rating.gateway.kinds import CASE

# Cases without a category; no category has this key.
NONE = 0

# What has a time of sending is sent, by a constraint. All of this is in the index.
BILLABLE = "output_sent_at IS NOT NULL AND is_billable AND waived_at IS NULL"
# OFFSET keeps it one scan of the index per company, bounded by the month. The prices of a company by category, and its
# lines by month and price, are carried along with it and looked up in each case: joined to lists of configurations or
# categories, cases would cost as many times as there are of these.
PRICE = "(m.prices ->> coalesce(s.category_id, 0)::text)::bigint"
CASES = f"""
(SELECT m.company_id, %(month)s AS month, s.id, {PRICE} AS price_cents, m.lines
 FROM unnest(%(companies)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(prices)s::jsonb[],
        %(lines)s::jsonb[]) m(company_id, since, until, prices, lines)
    CROSS JOIN LATERAL (SELECT id, category_id FROM gateway_billing_servicecase
        WHERE company_id = m.company_id AND output_sent_at >= m.since AND output_sent_at < m.until AND {BILLABLE}
        OFFSET 0) s
 UNION ALL
 SELECT s.company_id, to_char(l.month, 'YYYY-MM'), s.id, {PRICE}, m.lines
 FROM {LATE} l CROSS JOIN LATERAL (SELECT id, company_id, category_id FROM gateway_billing_servicecase
        WHERE id = l.source_id AND {BILLABLE} OFFSET 0) s
    JOIN unnest(%(late_companies)s::bigint[], %(late_prices)s::jsonb[], %(late_lines)s::jsonb[])
        m(company_id, prices, lines) ON m.company_id = s.company_id) u
"""
LINE = "(u.month || ' ' || u.price_cents)"
SELECTED = f"""
(SELECT u.company_id, u.month, u.id, u.price_cents, (u.lines ->> {LINE})::bigint AS line_id, {{claimed}} AS claimed
 FROM {CASES} WHERE u.price_cents IS NOT NULL AND {NOT_HELD} {{planned}} OFFSET 0) u
"""
SENT = f"""
SELECT u.company_id, u.month, u.price_cents, u.claimed, count(*), sum(hashint8extended(u.id, u.price_cents))::text
FROM {SELECTED.format(planned="", claimed=CLAIMED)} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
"""
CLAIM = f"""{CLAIM_HEAD} 1, u.price_cents
FROM {SELECTED.format(planned=f"AND u.lines ? {LINE}", claimed="{claimed}")} WHERE NOT u.claimed
"""


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per company, month and price, in three queries; what costs nothing has none."""
    found = rows(SENT, planning_arguments(month))
    unclaimed = [(company, label, price, *sums) for company, label, price, claimed, *sums in found if not claimed]
    planned = []
    for company, label, price, cases, annex in unclaimed:
        charge = case_charge(
            month.companies[company].company,
            month=label, price_cents=price, cases=cases, annex=annex, late=label != month.label,
        )  # fmt: skip
        mass = Mass(CASE, cases, cases, label, price, alone=len(unclaimed) == len(found))
        planned.append(MonthCharge(charge, mass))
    return planned


def claim(month: PartnerMonth, placed: Sequence[Placed], settling: Settling) -> None:
    """Claim the cases of these lines, each with its own price."""
    lines: dict[int, dict[str, int | None]] = {company: {} for company in month.companies}
    for one in placed:
        if one.planned.mass:
            lines[one.planned.company][f"{one.planned.month} {one.planned.mass.price_cents}"] = one.line
    claim_mass(CLAIM, _given(month, lines), placed, settling)


def planning_arguments(month: PartnerMonth) -> dict[str, Any]:
    """The arguments of `SENT`."""
    return _given(month, {company: {} for company in month.companies})


def _given(month: PartnerMonth, lines: Mapping[int, Mapping[str, int | None]]) -> dict[str, Any]:
    given = arguments(month, CASE)
    prices = _prices(month)
    return given | {
        "prices": _texts(prices, given["companies"]),
        "lines": _texts(lines, given["companies"]),
        "late_companies": list(month.companies),
        "late_prices": _texts(prices, month.companies),
        "late_lines": _texts(lines, month.companies),
    }


def _texts(by_company: Mapping[int, Mapping[Any, int | None]], companies: Iterable[int]) -> list[str]:
    return [json.dumps(by_company[company]) for company in companies]


def _prices(month: PartnerMonth) -> dict[int, dict[int, int]]:
    """What a case of each company costs by the key of its category, in minor units; what is not billed is left out."""
    configurations = list(OutputConfiguration.objects.filter(company__in=month.companies).order_by("pk"))
    cents = {
        one.pk: case_price(OutputPrices(one.output_type, *_parts(one)))
        for one in configurations
        if one.active and one.billing_mode == one.BillingMode.PER_CASE
    }
    defaults = {one.company_id: one.pk for one in configurations if one.default}
    prices: dict[int, dict[int, int]] = {company: {} for company in month.companies}
    categories = CaseCategory.objects.filter(company__in=month.companies).order_by("pk")
    named = categories.values_list("company_id", "pk", "output_configuration_id")
    for company, category, own in [*named, *((company, NONE, None) for company in month.companies)]:
        if (price := cents.get(own or defaults.get(company, NONE))) is not None:
            prices[company][category] = price
    return prices


def _parts(one: OutputConfiguration) -> tuple[int | None, int | None, int | None]:
    return one.base_price_cents, one.email_price_cents, one.webhook_price_cents
