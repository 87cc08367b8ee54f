"""Services and flat fees of managed companies by the month: what was settled, and what is due of months to be run.

What is due depends on the company as it is now; of a month that was closed nothing is due any more, but for what was
given back of it.
"""

from __future__ import annotations

from office.unbilled.of_partners import OF_COMPANY, PARKED
from office.unbilled.settled import BY_CLAIM, GIVEN_BACK, PROOF
from office.unbilled.units import Units
from rating.gateway.cases import FLAT_CENTS
from rating.gateway.kinds import FLAT_FEE, SERVICE_PRICE

KINDS = f"'{SERVICE_PRICE}', '{FLAT_FEE}'"
COMPANY = OF_COMPANY.format(column="k.id")
# Months that were over and not closed then, from the first one that was ever run; the latest where none was.
MONTHS = """
    SELECT w.id AS partner_id, d.month, d.last_day FROM contracts_client w
    CROSS JOIN LATERAL (SELECT (date_trunc('month', %(at)s AT TIME ZONE coalesce(nullif(w.timezone, ''), %(zone)s))
        - interval '1 month')::date AS latest) t
    CROSS JOIN LATERAL (SELECT least(t.latest, min(period_start)) AS first FROM gateway_billing_monthrun
        WHERE partner_id = w.id AND closed_at <= %(at)s) s
    CROSS JOIN LATERAL (SELECT g::date AS month, (g + interval '1 month' - interval '1 day')::date AS last_day
        FROM generate_series(s.first::timestamp, t.latest::timestamp, interval '1 month') g) d
    WHERE w.id IN (SELECT partner_id FROM contracts_management) AND NOT EXISTS (
        SELECT FROM gateway_billing_monthrun r WHERE r.partner_id = w.id AND r.period_start = d.month
            AND r.closed_at <= %(at)s AND (r.reopened_at IS NULL OR r.reopened_at > %(at)s))
"""
PAYING = f"""
    ({MONTHS}) p JOIN contracts_management m ON m.partner_id = p.partner_id
        AND p.last_day BETWEEN coalesce(m.first_day, '-infinity') AND coalesce(m.last_day, 'infinity')
    JOIN contracts_client k ON k.id = m.company_id AND k.active
"""
ON_LAST_DAY = "p.last_day BETWEEN {s}.valid_from AND coalesce({s}.valid_to, 'infinity')"
# A price by the day gives way to one that takes the whole month; a year is due in the month in which it begins.
IN_MONTH = f"""
CASE WHEN s.interval = 'yearly' THEN y.start BETWEEN greatest(p.month, s.valid_from) AND p.last_day
        AND CASE WHEN s.prorate THEN coalesce(s.valid_to, 'infinity') >= y.start ELSE {ON_LAST_DAY.format(s="s")} END
    WHEN NOT s.prorate THEN {ON_LAST_DAY.format(s="s")}
    ELSE s.valid_from <= p.last_day AND coalesce(s.valid_to, 'infinity') >= p.month AND NOT EXISTS (
        SELECT FROM gateway_billing_serviceprice o WHERE o.company_id = s.company_id AND o.service = s.service
            AND o.interval = 'monthly' AND NOT o.prorate AND {ON_LAST_DAY.format(s="o")}) END
"""
WAITS = f"CASE WHEN {PARKED} THEN ARRAY['held', 'month_parked'] ELSE ARRAY['pending', 'month_not_run'] END"
DUE = f"""
    SELECT '{SERVICE_PRICE}' AS kind, s.id, to_char(p.month, 'YYYY-MM') AS part, p.last_day AS day, {WAITS} AS verdict,
        CASE WHEN NOT s.prorate THEN round(s.quantity * s.price * (100 - s.discount_percent) / 100
            * (%(scales)s::jsonb ->> k.currency)::numeric)::bigint END AS price_cents
    FROM {PAYING} JOIN gateway_billing_serviceprice s ON s.company_id = k.id
    CROSS JOIN LATERAL (SELECT (s.valid_from + (extract(year FROM p.month) - extract(year FROM s.valid_from))::int
        * interval '1 year')::date AS start) y
    WHERE {COMPANY} AND {IN_MONTH}
    UNION ALL
    SELECT '{FLAT_FEE}', o.id, to_char(p.month, 'YYYY-MM'), p.last_day, {WAITS},
        coalesce(o.monthly_flat_price_cents, {FLAT_CENTS})
    FROM {PAYING} JOIN gateway_billing_outputconfiguration o ON o.company_id = k.id
    WHERE {COMPANY} AND o.active AND o.billing_mode = 'monthly_flat'
    UNION ALL
    SELECT g.kind, g.source_id, g.part, (l.month + interval '1 month' - interval '1 day')::date,
        CASE l.kind WHEN 'claim' THEN ARRAY['pending', 'given_back'] ELSE ARRAY['held', 'held_by_person'] END,
        g.amount_cents
    FROM gateway_billing_lateunit l JOIN invoicing_claim g ON g.id = l.source_id
    JOIN contracts_client k ON k.id = l.company_id
    WHERE l.kind IN ('claim', 'held:claim') AND l.recorded_at <= %(at)s AND g.kind IN ({KINDS}) AND {COMPANY}
"""
PRICED = f"""
    SELECT '{SERVICE_PRICE}' AS kind, id, external_id, company_id FROM gateway_billing_serviceprice
    UNION ALL SELECT '{FLAT_FEE}', id, external_id, company_id FROM gateway_billing_outputconfiguration
"""
SETTLED = f"""
    SELECT DISTINCT ON (kind, source_id, part) * FROM (
        SELECT kind, source_id, part, outcome, line_id, allocation_id, amount_cents FROM invoicing_claim
        WHERE kind IN ({KINDS}) AND released_at IS NULL AND claimed_at <= %(at)s
        UNION ALL SELECT * FROM ({GIVEN_BACK.format(kinds=KINDS)}) b) c
"""
UNITS = f"""
    SELECT coalesce(d.kind, c.kind) AS kind, coalesce(d.id, c.source_id) AS id, coalesce(d.part, c.part) AS part,
        d.day, d.verdict, d.price_cents, c.outcome, c.line_id, c.allocation_id, c.amount_cents
    FROM (SELECT DISTINCT ON (kind, id, part) * FROM ({DUE}) d ORDER BY kind, id, part, verdict) d
    FULL JOIN ({SETTLED}) c ON c.kind = d.kind AND c.source_id = d.id AND c.part = d.part
"""
COUNT = f"""
    SELECT kind, count(*) FROM (
        SELECT kind, id, part FROM ({DUE}) d UNION SELECT c.kind, c.source_id, c.part FROM ({SETTLED}) c
        JOIN ({PRICED}) s ON s.kind = c.kind AND s.id = c.source_id JOIN contracts_client k ON k.id = s.company_id
        WHERE {COMPANY}) u GROUP BY kind
"""
ROWS = f"""
SELECT u.id AS key, u.kind AS type, s.external_id AS reference, u.part, '' AS ticket, k.external_id AS client,
    k.currency, v.verdict[1] AS bucket, v.verdict[2] AS reason, u.day AS since, NULL::bigint AS seconds,
    coalesce(u.amount_cents, u.price_cents) AS amount_cents, NULL::bigint AS line, NULL::bigint AS line_cents
FROM ({UNITS}) u JOIN ({PRICED}) s ON s.kind = u.kind AND s.id = u.id JOIN contracts_client k ON k.id = s.company_id
CROSS JOIN LATERAL (SELECT u.outcome, u.line_id, u.allocation_id, u.amount_cents) c
{PROOF}
CROSS JOIN LATERAL (SELECT CASE {BY_CLAIM} ELSE u.verdict END AS verdict) v
WHERE {COMPANY}
"""

MONTHLY = Units(COUNT, ROWS)
