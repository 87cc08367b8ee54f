"""Service changes of managed companies, known from their day; of recurring ones each month is a unit of its own."""

from __future__ import annotations

from office.unbilled.of_partners import OF_COMPANY, PARKED, PARTNER
from office.unbilled.settled import BY_CLAIM, GIVEN_BACK, PROOF
from office.unbilled.units import Units
from rating.gateway.kinds import SERVICE_CHANGE

COMPANY = OF_COMPANY.format(column="s.company_id")
SETTLED = f"""
    SELECT DISTINCT ON (source_id, part) source_id, part, outcome, line_id, allocation_id, amount_cents FROM (
        SELECT kind, source_id, part, outcome, line_id, allocation_id, amount_cents FROM invoicing_claim
        WHERE kind = '{SERVICE_CHANGE}' AND released_at IS NULL AND claimed_at <= %(at)s
        UNION ALL SELECT * FROM ({GIVEN_BACK.format(kinds=f"'{SERVICE_CHANGE}'")}) b) c
"""
# One that is not approved is one unit; so is one that was settled as a whole elsewhere.
DUE = f"""
    SELECT s.id, d.part, d.day FROM gateway_billing_servicechange s CROSS JOIN LATERAL (
        SELECT '' AS part, s.service_date AS day WHERE NOT s.recurring OR s.status <> 'approved'
        UNION ALL SELECT to_char(x.day, 'YYYY-MM'), x.day
        FROM generate_series(0, 12 * (extract(year FROM %(day)s::date) - extract(year FROM s.service_date))::int
            + (extract(month FROM %(day)s::date) - extract(month FROM s.service_date))::int) n
        CROSS JOIN LATERAL (SELECT (s.service_date + n * interval '1 month')::date AS day) x
        WHERE s.recurring AND s.status = 'approved' AND x.day <= least(s.recurring_until, %(day)s::date)
    ) d
    WHERE s.service_date <= %(day)s AND {COMPANY}
        AND (s.id, '') NOT IN (SELECT source_id, part FROM ({SETTLED}) c WHERE part = '')
"""
COUNT = f"""
    SELECT '{SERVICE_CHANGE}', count(*) FROM (
        SELECT id, part FROM ({DUE}) d UNION SELECT c.source_id, c.part FROM ({SETTLED}) c
        JOIN gateway_billing_servicechange s ON s.id = c.source_id WHERE {COMPANY}) u HAVING count(*) > 0
"""
# Whichever run comes next bills it, so that none is lost.
OWN = f"""
    WHEN u.status = 'cancelled' THEN ARRAY['not_counted', 'change_cancelled']
    WHEN u.status <> 'approved' OR u.approved_at > %(at)s THEN ARRAY['held', 'change_not_approved']
    WHEN p.partner_id IS NULL THEN ARRAY['skipped', 'not_managed']
    WHEN NOT p.over THEN ARRAY['open', 'month_not_over']
    WHEN r.id IS NOT NULL THEN ARRAY['pending', 'next_invoice']
    WHEN {PARKED} THEN ARRAY['held', 'month_parked']
    ELSE ARRAY['pending', 'month_not_run']
"""
ROWS = f"""
SELECT u.id AS key, '{SERVICE_CHANGE}' AS type, u.external_id AS reference, u.part, '' AS ticket,
    k.external_id AS client, k.currency, v.verdict[1] AS bucket, v.verdict[2] AS reason, u.day AS since,
    NULL::bigint AS seconds, coalesce(c.amount_cents, round(coalesce(u.amount, u.hours * u.hourly_rate)
        * (%(scales)s::jsonb ->> k.currency)::numeric)::bigint) AS amount_cents,
    NULL::bigint AS line, NULL::bigint AS line_cents
FROM (SELECT s.*, coalesce(d.part, c.part) AS part, coalesce(d.day, s.service_date) AS day, c.outcome, c.line_id,
        c.allocation_id, c.amount_cents
    FROM ({DUE}) d FULL JOIN ({SETTLED}) c ON c.source_id = d.id AND c.part = d.part
    JOIN gateway_billing_servicechange s ON s.id = coalesce(d.id, c.source_id) WHERE {COMPANY}) u
JOIN contracts_client k ON k.id = u.company_id
CROSS JOIN LATERAL (SELECT u.outcome, u.line_id, u.allocation_id, u.amount_cents) c
{PROOF}
{PARTNER.format(day="u.day")}
CROSS JOIN LATERAL (SELECT CASE {BY_CLAIM} {OWN} END AS verdict) v
"""

SERVICE_CHANGES = Units(COUNT, ROWS)
