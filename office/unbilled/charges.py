"""Recurring charges by the period and single charges, known from the day on which they are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from django.db.models import Q

from invoicing.charges.plan import CHARGE, FAILED, FREE, SKIP, ChargePlan
from invoicing.models import Claim
from invoicing.recurring import unbilled_charges
from office.unbilled.asked import Asked
from office.unbilled.settled import BY_CLAIM, GIVEN_BACK, OF_CLIENT, PROOF
from office.unbilled.units import HELD, PENDING, SKIPPED, Unit, Units
from rating import recurring, single_charge

RECURRING: Final = recurring.KIND
SINGLE: Final = single_charge.KIND

# Charges of both types with their clients.
CHARGES = f"""
    SELECT '{RECURRING}' AS kind, r.id, r.external_id, o.client_id FROM contracts_recurringcharge r
        JOIN contracts_contract o ON o.id = r.contract_id
    UNION ALL SELECT '{SINGLE}', s.id, s.external_id, s.client_id FROM contracts_clientcharge s
"""
LIVE = f"""
    SELECT kind, source_id, part, outcome, line_id, allocation_id, amount_cents FROM invoicing_claim
    WHERE kind IN ('{RECURRING}', '{SINGLE}') AND released_at IS NULL AND claimed_at <= %(at)s
"""
SETTLED = f"""
    SELECT DISTINCT ON (kind, source_id, part) * FROM (
        {LIVE} UNION ALL SELECT * FROM ({GIVEN_BACK.format(kinds=f"'{RECURRING}', '{SINGLE}'")}) b) c
"""

# Which units there are is worked out here apart from planning, so that what planning loses is missed.
TODAY = "(SELECT (%(at)s AT TIME ZONE coalesce(nullif(k.timezone, ''), %(zone)s))::date AS today) z"
DUE = f"""
    SELECT '{RECURRING}' AS kind, r.id, to_char(p.start, 'YYYY-MM-DD') AS part, due.day AS due_on
    FROM contracts_recurringcharge r JOIN contracts_contract o ON o.id = r.contract_id
    JOIN contracts_client k ON k.id = o.client_id CROSS JOIN LATERAL {TODAY}
    CROSS JOIN LATERAL (
        SELECT CASE r.interval WHEN 'monthly' THEN 1 WHEN 'quarterly' THEN 3 ELSE 12 END AS months,
            CASE r.interval WHEN 'monthly' THEN 'month' WHEN 'quarterly' THEN 'quarter' ELSE 'year' END AS span,
            greatest(r.valid_from, o.start_on) AS begins, least(r.valid_to, o.end_on) AS ends
    ) m
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.prorate THEN date_trunc(m.span, r.valid_from::timestamp)::date ELSE r.valid_from END AS day
    ) anchor
    CROSS JOIN LATERAL generate_series(0, (12 * (extract(year FROM z.today) - extract(year FROM anchor.day))
        + extract(month FROM z.today) - extract(month FROM anchor.day))::int / m.months) n
    CROSS JOIN LATERAL (
        SELECT (anchor.day + n * m.months * interval '1 month')::date AS start,
            (anchor.day + (n + 1) * m.months * interval '1 month')::date - 1 AS finish
    ) p
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.prorate THEN greatest(p.start, m.begins) ELSE p.start END AS first,
            CASE WHEN r.prorate THEN least(p.finish, m.ends) ELSE p.finish END AS last
    ) c
    CROSS JOIN LATERAL (
        SELECT CASE r.timing WHEN 'advance' THEN date_trunc('month', c.first::timestamp)::date
            ELSE c.last + 1 END AS day
    ) due
    WHERE {OF_CLIENT.format(column="k.id")} AND c.first BETWEEN m.begins AND c.last
        AND p.start <= coalesce(m.ends, 'infinity') AND due.day <= z.today
    UNION ALL
    SELECT '{SINGLE}', s.id, '', s.charged_on FROM contracts_clientcharge s
    JOIN contracts_client k ON k.id = s.client_id CROSS JOIN LATERAL {TODAY}
    WHERE {OF_CLIENT.format(column="k.id")} AND s.charged_on <= z.today
"""
COUNT = f"""
    SELECT kind, count(*) FROM (
        SELECT kind, id, part FROM ({DUE}) d UNION SELECT c.kind, c.source_id, c.part FROM ({SETTLED}) c
        JOIN ({CHARGES}) r ON r.kind = c.kind AND r.id = c.source_id WHERE {OF_CLIENT.format(column="r.client_id")}
    ) u GROUP BY kind
"""
# What was due then and settled only later waited then. OFFSET keeps it one probe of the unique index per unit.
LATER = f"""
    SELECT d.kind, d.id AS source_id, d.part, NULL AS outcome, NULL::bigint AS line_id, NULL::bigint AS allocation_id,
        claim.amount_cents, d.due_on
    FROM ({DUE}) d CROSS JOIN LATERAL (
        SELECT amount_cents FROM invoicing_claim WHERE kind = d.kind AND source_id = d.id AND part = d.part
            AND released_at IS NULL AND claimed_at > %(at)s OFFSET 0
    ) claim
    WHERE (d.kind, d.id, d.part) NOT IN (SELECT kind, source_id, part FROM ({SETTLED}) s)
"""
ROWS = f"""
SELECT r.id AS key, c.kind AS type, r.external_id AS reference, c.part, '' AS ticket, k.external_id AS client,
    k.currency, v.verdict[1] AS bucket, coalesce(v.verdict[2], 'lost') AS reason, c.due_on AS since,
    NULL::bigint AS seconds, c.amount_cents, NULL::bigint AS line, NULL::bigint AS line_cents
FROM (SELECT s.*, NULL::date AS due_on FROM ({SETTLED}) s UNION ALL {LATER}) c
JOIN ({CHARGES}) r ON r.kind = c.kind AND r.id = c.source_id JOIN contracts_client k ON k.id = r.client_id
{PROOF}
CROSS JOIN LATERAL (SELECT CASE {BY_CLAIM} ELSE ARRAY['pending', 'not_decided'] END AS verdict) v
WHERE {OF_CLIENT.format(column="k.id")}
"""

OUTCOMES: Final = {CHARGE: PENDING, FREE: PENDING, SKIP: SKIPPED, FAILED: HELD}


def _foreseen(asked: Asked) -> Iterator[Unit]:
    """What nothing settles now and nothing had settled then, with what planning says of it."""
    for page in unbilled_charges(at=asked.at, client=asked.client):
        settled_then = _given_back(asked, page) if asked.past else set()
        yield from (_unit(plan) for plan in page if (plan.kind, plan.id, plan.period) not in settled_then)


def _given_back(asked: Asked, page: Iterable[ChargePlan]) -> set[tuple[str, int, str]]:
    claims = Claim.objects.filter(
        Q(kind__in=(RECURRING, SINGLE)),
        source_id__in={plan.id for plan in page},
        claimed_at__lte=asked.at,
        released_at__gt=asked.at,
    )
    return set(claims.values_list("kind", "source_id", "part"))


def _unit(plan: ChargePlan) -> Unit:
    return Unit(
        plan.kind,
        plan.reference,
        plan.period,
        "",
        plan.client,
        plan.currency,
        OUTCOMES[plan.outcome],
        {CHARGE: "not_decided", FAILED: "failed"}.get(plan.outcome, plan.reason),
        plan.due_on,
        plan.line.amount_cents if plan.line else None,
    )


CHARGES_OF_CLIENTS = Units(COUNT, ROWS, _foreseen)
