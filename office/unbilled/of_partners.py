"""Units of managed companies: what settled them, else what the unit itself says, else what became of their month."""

from __future__ import annotations

from typing import Final

from office.unbilled.settled import BY_CLAIM, GIVEN_BACK, LIVE, PROOF

# A company's units are its own and those of whoever manages it, or did.
OF_COMPANY: Final = """
(%(client)s::bigint IS NULL OR {column} = %(client)s
    OR {column} IN (SELECT company_id FROM contracts_management WHERE partner_id = %(client)s))
"""
# The partner `p` that managed the company on the unit's day (in the partner's zone), and whether the month of that day
# was over; and the run `r` that had closed that month for it.
PARTNER: Final = """
LEFT JOIN LATERAL (
    SELECT m.partner_id, d.day, o.month, d.today >= (o.month + interval '1 month')::date AS over
    FROM contracts_management m JOIN contracts_client w ON w.id = m.partner_id
    CROSS JOIN LATERAL (SELECT coalesce(nullif(w.timezone, ''), %(zone)s) AS zone) z
    CROSS JOIN LATERAL (SELECT {day} AS day, (%(at)s AT TIME ZONE z.zone)::date AS today) d
    CROSS JOIN LATERAL (SELECT date_trunc('month', d.day::timestamp)::date AS month) o
    WHERE m.company_id = u.company_id
        AND d.day BETWEEN coalesce(m.first_day, '-infinity') AND coalesce(m.last_day, 'infinity')
    ORDER BY m.id LIMIT 1
) p ON true
LEFT JOIN gateway_billing_monthrun r ON r.partner_id = p.partner_id AND r.period_start = p.month
    AND r.closed_at <= %(at)s AND (r.reopened_at IS NULL OR r.reopened_at > %(at)s)
"""
OF_MOMENT: Final = "(u.moment AT TIME ZONE z.zone)::date"
# A month that is parked waits for a person.
PARKED: Final = """
EXISTS (SELECT FROM gateway_billing_monthattempt WHERE partner_id = p.partner_id AND period_start = p.month
    AND next_at IS NULL)
"""
# What is not settled though its month is closed came in late, or is lost. It came in late, too, where it was settled
# since, or its month was opened again: what was noted as late is forgotten then.
BY_MONTH: Final = f"""
    WHEN p.partner_id IS NULL THEN ARRAY['skipped', 'not_managed']
    WHEN NOT p.over THEN ARRAY['open', 'month_not_over']
    WHEN r.id IS NULL AND {PARKED} THEN ARRAY['held', 'month_parked']
    WHEN r.id IS NULL THEN ARRAY['pending', 'month_not_run']
    WHEN EXISTS (SELECT FROM gateway_billing_lateunit WHERE kind = 'held:{{kind}}' AND source_id = u.id)
        THEN ARRAY['held', 'held_by_person']
    WHEN r.reopened_at IS NOT NULL OR EXISTS (
            SELECT FROM gateway_billing_lateunit WHERE kind = '{{kind}}' AND source_id = u.id)
        OR (SELECT id FROM invoicing_claim WHERE kind = '{{kind}}' AND source_id = u.id AND part = ''
            AND released_at IS NULL) IS NOT NULL THEN ARRAY['pending', 'late']
"""
# FULL, so that it is hashed or merged whatever the statistics say of claims that were given back.
ROWS: Final = f"""
SELECT u.id AS key, '{{kind}}' AS type, u.reference, '' AS part, '' AS ticket, u.client, u.currency,
    v.verdict[1] AS bucket, coalesce(v.verdict[2], 'lost') AS reason, coalesce(p.day, u.dated) AS since, u.seconds,
    coalesce(c.amount_cents, u.price_cents) AS amount_cents,
    CASE WHEN l.kind = 'call_minutes' THEN l.id END AS line,
    CASE WHEN l.kind = 'call_minutes' THEN l.amount_cents END AS line_cents
FROM ({{units}}) u
FULL JOIN ({GIVEN_BACK.format(kinds="'{kind}'")}) b ON b.source_id = u.id AND b.part = ''
LEFT JOIN LATERAL ({LIVE.format(kind="{kind}", unit="u.id")}) live ON true
CROSS JOIN LATERAL (
    SELECT coalesce(live.outcome, b.outcome) AS outcome,
        CASE WHEN live.outcome IS NULL THEN b.line_id ELSE live.line_id END AS line_id, NULL::bigint AS allocation_id,
        CASE WHEN live.outcome IS NULL THEN b.amount_cents ELSE live.amount_cents END AS amount_cents
) c
{PROOF}
{PARTNER.format(day=OF_MOMENT)}
CROSS JOIN LATERAL (SELECT CASE {BY_CLAIM} WHEN u.own IS NOT NULL THEN u.own {BY_MONTH} END AS verdict) v
WHERE coalesce(u.id, 0) <> 0
"""


def rows_of(kind: str, units: str) -> str:
    """The rows of a kind whose `units` have the columns id, reference, company_id, client, currency, moment, dated (a
    day), seconds, price_cents, and `own` (bucket and reason): what the unit says of itself where nothing settled it.
    """
    return ROWS.format(kind=kind, units=units)
