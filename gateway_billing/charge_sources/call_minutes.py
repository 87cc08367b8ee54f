"""Call minutes: one line per company and month of the calls (G-04, G-05, G-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import config
from gateway_billing.charge_sources.selection import CLAIM_HEAD, CLAIMED, LATE, NOT_HELD, arguments, claim_mass, rows
from gateway_billing.models import FeeSchedule
from gateway_billing.month_charge import Mass, MonthCharge, Placed, Settling
from gateway_billing.partner_month import PartnerMonth
from rating.gateway.calls import CallTerms, CallUsage, call_charge
from rating.gateway.kinds import CALL
from rating.gateway.metering import Metering

DONE = "status IN ('completed', 'ended')"
# `rating.gateway.metering` in one expression of whole numbers.
METERED = """
CASE WHEN u.duration_seconds = 0 THEN 0
    ELSE u.first_seconds
        + (greatest(u.duration_seconds - u.first_seconds, 0) + u.next_seconds - 1) / u.next_seconds * u.next_seconds
END
"""
# OFFSET keeps it one scan of the index per company, bounded by the month. What holds for a company is carried along
# with it: a join of each call to a list of companies would cost calls times companies.
CALLS = """
(SELECT m.company_id, %(month)s AS month, k.id, k.duration_seconds, m.first_seconds, m.next_seconds, m.line_id
 FROM unnest(%(companies)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[], %(first)s::int[],
        %(next)s::int[], %(lines)s::bigint[]) m(company_id, since, until, first_seconds, next_seconds, line_id)
    CROSS JOIN LATERAL (SELECT id, duration_seconds FROM gateway_billing_call
        WHERE company_id = m.company_id AND started_at >= m.since AND started_at < m.until AND {done} OFFSET 0) k
 UNION ALL
 SELECT k.company_id, to_char(l.month, 'YYYY-MM'), k.id, k.duration_seconds, t.first_seconds, t.next_seconds, t.line_id
 FROM {late} l CROSS JOIN LATERAL (SELECT id, company_id, duration_seconds FROM gateway_billing_call
        WHERE id = l.source_id AND {done} OFFSET 0) k
    JOIN {terms}) u
"""
# Of late calls it is known only when they are claimed which months there are.
TERMS = """
(SELECT *, NULL::bigint AS line_id
 FROM unnest(%(termed)s::bigint[], %(late_first)s::int[], %(late_next)s::int[])
    t(company_id, first_seconds, next_seconds)) t ON t.company_id = k.company_id
"""
LINES = """
unnest(%(late_companies)s::bigint[], %(late_months)s::text[], %(late_first)s::int[], %(late_next)s::int[],
    %(late_lines)s::bigint[]) t(company_id, month, first_seconds, next_seconds, line_id)
    ON t.company_id = k.company_id AND t.month = to_char(l.month, 'YYYY-MM')
"""
SELECTED = f"""
(SELECT u.company_id, u.month, u.id, u.duration_seconds, u.line_id, {METERED} AS seconds, {{claimed}} AS claimed
 FROM {CALLS} WHERE {NOT_HELD} OFFSET 0) u
"""
USAGE = f"""
SELECT u.company_id, u.month, u.claimed, count(*), sum(u.duration_seconds), sum(u.seconds),
    sum(hashint8extended(u.id, u.seconds))::text
FROM {SELECTED.format(done=DONE, late=LATE, terms=TERMS, claimed=CLAIMED)} GROUP BY 1, 2, 3 ORDER BY 1, 2
"""
CLAIM = f"""{CLAIM_HEAD} u.seconds, NULL
FROM {SELECTED.format(done=DONE, late=LATE, terms=LINES, claimed="{claimed}")} WHERE NOT u.claimed
"""
# What of these months has been billed before: it used the included minutes first.
BEFORE = """
SELECT w.company_id, w.month, sum(c.quantity)
FROM unnest(%(companies)s::bigint[], %(months)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[])
    w(company_id, month, since, until)
CROSS JOIN LATERAL (
    SELECT id FROM gateway_billing_call
    WHERE company_id = w.company_id AND started_at >= w.since AND started_at < w.until OFFSET 0) k
CROSS JOIN LATERAL (
    SELECT quantity FROM invoicing_claim WHERE kind = %(kind)s AND source_id = k.id AND part = ''
        AND released_at IS NULL AND outcome IN ('billed', 'free') OFFSET 0) c
GROUP BY 1, 2
"""


def plan(month: PartnerMonth) -> list[MonthCharge]:
    """A line per company and month of its calls, in three queries."""
    terms = terms_of(month)
    found = rows(USAGE, planning_arguments(month, terms))
    unclaimed = [(company, label, *sums) for company, label, claimed, *sums in found if not claimed]
    before = _before(month, terms, [(company, label) for company, label, *_ in unclaimed])
    planned = []
    for company, label, calls, talked, metered, annex in unclaimed:
        earlier = before.get((company, label), 0)
        usage = CallUsage(label, calls, int(talked), int(metered), earlier, annex, late=label != month.label)
        charge = call_charge(month.companies[company].company, usage, terms[company])
        mass = Mass(CALL, calls, int(metered), label, alone=len(unclaimed) == len(found))
        planned.append(MonthCharge(charge, mass, always=True))
    return planned


def claim(month: PartnerMonth, placed: Sequence[Placed], settling: Settling) -> None:
    """Claim the calls of these lines, each with its metered seconds."""
    terms, given = terms_of(month), arguments(month, CALL)
    of_month = {one.planned.company: one.line for one in placed if one.planned.month == month.label}
    late = [one for one in placed if one.planned.month != month.label]
    late_companies = [one.planned.company for one in late]
    given |= (
        _metering(terms, given["companies"])
        | _metering(terms, late_companies, "late_")
        | {
            "lines": [of_month.get(company) for company in given["companies"]],
            "late_companies": late_companies,
            "late_months": [one.planned.month for one in late],
            "late_lines": [one.line for one in late],
        }
    )
    claim_mass(CLAIM, given, placed, settling)


def planning_arguments(month: PartnerMonth, terms: Mapping[int, CallTerms]) -> dict[str, Any]:
    """The arguments of `USAGE`."""
    given = arguments(month, CALL)
    companies = given["companies"]
    lines = {"lines": [None] * len(companies), "termed": list(terms)}
    return given | lines | _metering(terms, companies) | _metering(terms, list(terms), "late_")


def terms_of(month: PartnerMonth) -> dict[int, CallTerms]:
    """What each company pays for calls, in one query."""
    schedules = {row.company_id: row for row in FeeSchedule.objects.filter(company__in=month.companies)}
    setting = config.billing().gateway_rate
    return {company: _of(schedules.get(company) or FeeSchedule(), setting) for company in month.companies}


def _of(schedule: FeeSchedule, setting: Decimal) -> CallTerms:
    return CallTerms.of(
        company=schedule.per_minute_rate,
        tenant=schedule.tenant_per_minute_rate,
        plan=schedule.plan_per_minute_rate,
        setting=setting,
        metering=Metering(schedule.first_seconds, schedule.next_seconds),
        included_minutes=schedule.included_minutes,
        unlimited=schedule.unlimited_minutes,
        discount_percent=Decimal(schedule.usage_discount_percent),
    )


def _metering(terms: Mapping[int, CallTerms], companies: Sequence[int], prefix: str = "") -> dict[str, list[int]]:
    """The two steps of each of these companies, in their order."""
    return {
        f"{prefix}first": [terms[company].metering.first_seconds for company in companies],
        f"{prefix}next": [terms[company].metering.next_seconds for company in companies],
    }


def _before(
    month: PartnerMonth, terms: Mapping[int, CallTerms], groups: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """Metered seconds billed earlier: of late calls, and of companies that changed the partner within the month."""
    wanted = [
        (company, label)
        for company, label in groups
        if terms[company].included_seconds and (label != month.label or month.companies[company].shared)
    ]
    if not wanted:
        return {}
    periods = [month.month(label) for _, label in wanted]
    given = {
        "kind": CALL,
        "companies": [company for company, _ in wanted],
        "months": [label for _, label in wanted],
        "since": [period.start for period in periods],
        "until": [period.end for period in periods],
    }
    return {(company, label): int(seconds) for company, label, seconds in rows(BEFORE, given)}
