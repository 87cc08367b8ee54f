"""The least that a month of partners can cost: one transaction of set-based SQL that writes the same rows.

It knows the month, its bounds and that all partners live in one zone, and takes each line's description and explanation
as the product worded them. It finds what nothing has settled, meters, counts, prices and rounds by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import AT
from benchmarks.gateway_stage import MONTH
from benchmarks.stage import Stage, owner

if TYPE_CHECKING:
    from collections.abc import Callable

SINCE, UNTIL = "2026-10-01T00:00+02:00", "2026-11-01T00:00+01:00"
BY = "benchmark"

# What tells a line from others of its company and kind.
WORDED = """
SELECT l.company_id, l.kind, coalesce(explanation->'inputs'->>CASE l.kind WHEN 'service_cases' THEN 'price_cents'
    WHEN 'monthly_service' THEN 'service_price' WHEN 'monthly_flat' THEN 'output_configuration' ELSE l.kind END, '')
    AS item, description, explanation::text AS explanation
FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id WHERE i.period_start = '2026-10-01'
"""
UNSETTLED = """
NOT EXISTS (SELECT FROM invoicing_claim x
    WHERE x.kind = '{kind}' AND x.source_id = u.id AND x.part = '' AND x.released_at IS NULL)
"""
CALLS = f"""
SELECT u.id, u.company_id, u.duration_seconds, CASE WHEN u.duration_seconds = 0 THEN 0 ELSE f.first_seconds
    + (greatest(u.duration_seconds - f.first_seconds, 0) + f.next_seconds - 1) / f.next_seconds * f.next_seconds
    END AS seconds
FROM gateway_billing_call u JOIN gateway_billing_feeschedule f ON f.company_id = u.company_id
WHERE u.started_at >= %(since)s AND u.started_at < %(until)s AND u.status IN ('completed', 'ended')
    AND {UNSETTLED.format(kind="call")}
"""
PRICES = """
CREATE TEMP TABLE priced ON COMMIT DROP AS
SELECT id AS configuration_id, company_id, "default", coalesce(base_price_cents, 0)
    + CASE WHEN output_type IN ('email', 'hybrid') THEN coalesce(email_price_cents, 50) ELSE 0 END
    + CASE WHEN output_type IN ('webhook', 'hybrid') THEN coalesce(webhook_price_cents, 50) ELSE 0 END AS price_cents
FROM gateway_billing_outputconfiguration WHERE active AND billing_mode = 'per_case'
"""
CASES = f"""
SELECT u.id, u.company_id, p.price_cents FROM gateway_billing_servicecase u
LEFT JOIN gateway_billing_casecategory g ON g.id = u.category_id
JOIN priced p ON p.company_id = u.company_id
    AND CASE WHEN g.output_configuration_id IS NULL THEN p."default"
        ELSE p.configuration_id = g.output_configuration_id END
WHERE u.output_sent_at >= %(since)s AND u.output_sent_at < %(until)s AND u.output_status = 'sent' AND u.is_billable
    AND u.waived_at IS NULL AND {UNSETTLED.format(kind="service_case")}
"""
# Of every line: its company, place, what it is called by, what it claims, quantity and price. What costs nothing, but
# for calls, has no line; it is claimed nevertheless.
LINES = f"""
CREATE TEMP TABLE items ON COMMIT DROP AS
SELECT i.*, CASE WHEN has_line THEN nextval('invoicing_invoiceline_id_seq') END AS line_id,
    row_number() OVER (PARTITION BY partner_id, has_line ORDER BY name, external_id, place, sorted, item) AS position
FROM (
    SELECT m.partner_id, c.name, c.external_id, i.*, i.place = 1 OR i.unit_price > 0 AS has_line,
        round(i.quantity * i.unit_price * 100 / i.price_per)::bigint AS amount_cents
    FROM contracts_management m JOIN contracts_client c ON c.id = m.company_id JOIN (
        SELECT company_id, 1 AS place, 0 AS sorted, 'call_minutes' AS kind, '' AS item, '' AS claims,
            NULL::bigint AS source_id, CASE WHEN d.off > 0 THEN 1 ELSE billable END AS quantity,
            CASE WHEN d.off > 0 THEN '' ELSE 's' END AS unit,
            CASE WHEN d.off > 0 THEN (d.cents - round(d.cents * d.off / 100)) / 100 ELSE rate END AS unit_price,
            CASE WHEN d.off > 0 THEN 1 ELSE 60 END AS price_per, u.units, u.talked, u.annex
        FROM (SELECT company_id, count(*) AS units, sum(seconds) AS seconds, sum(duration_seconds) AS talked,
                sum(hashint8extended(id, seconds)) AS annex FROM ({CALLS}) k GROUP BY 1) u
        JOIN gateway_billing_feeschedule f USING (company_id)
        CROSS JOIN LATERAL (SELECT coalesce(f.per_minute_rate, 0.12) AS rate, CASE WHEN f.unlimited_minutes THEN 0
            ELSE greatest(0, u.seconds - coalesce(f.included_minutes, 0) * 60) END AS billable) b
        CROSS JOIN LATERAL (SELECT f.usage_discount_percent AS off, round(billable * rate * 100 / 60) AS cents) d
        UNION ALL
        SELECT company_id, 2, 0, 'monthly_service', external_id, 'service_price', id, quantity, '',
            price * (100 - discount_percent) / 100, 1, 1, 0, 0
        FROM gateway_billing_serviceprice WHERE valid_from <= '2026-10-31'
        UNION ALL
        SELECT company_id, 3, 0, 'service_change', external_id, 'service_change', id, hours, 'h', hourly_rate,
            1, 1, 0, 0
        FROM gateway_billing_servicechange WHERE status = 'approved' AND NOT settled AND service_date <= '2026-10-31'
        UNION ALL
        SELECT company_id, 4, 0, 'setup_fee', '', 'setup_fee', id, 1, '', setup_fee, 1, 1, 0, 0
        FROM gateway_billing_feeschedule u WHERE setup_fee IS NOT NULL AND {UNSETTLED.format(kind="setup_fee")}
        UNION ALL
        SELECT company_id, 5, price_cents, 'service_cases', price_cents::text, '', NULL, count(*), '',
            price_cents / 100.0, 1, count(*), 0, sum(hashint8extended(id, price_cents))
        FROM ({CASES}) s GROUP BY company_id, price_cents
        UNION ALL
        SELECT company_id, 6, 0, 'monthly_flat', external_id, 'flat_fee', id, 1, '', 29.00, 1, 1, 0, 0
        FROM gateway_billing_outputconfiguration WHERE active AND billing_mode = 'monthly_flat'
    ) i ON i.company_id = m.company_id
) i
"""
DOCUMENTS = """
INSERT INTO invoicing_invoice (external_id, kind, status, client_id, currency, period_start, period_end, collects,
    created_at, issued_by, subtotal_cents, paid_cents, line_count)
SELECT DISTINCT 'floor-' || partner_id, 'aggregate', 'draft', partner_id, 'EUR', '2026-10-01'::date,
    '2026-11-01'::date, '', %(at)s::timestamptz, '', 0, 0, 0 FROM items
"""
INSERT_LINES = """
INSERT INTO invoicing_invoiceline (id, invoice_id, position, kind, company_id, description, quantity, unit, unit_price,
    price_per, amount_cents, goods, tax_category, explanation)
SELECT i.line_id, d.id, i.position, i.kind, i.company_id, t.description, i.quantity, i.unit, i.unit_price, i.price_per,
    i.amount_cents, false, '', t.explanation::jsonb
FROM items i JOIN invoicing_invoice d ON d.client_id = i.partner_id AND d.period_start = '2026-10-01'
LEFT JOIN told.line t ON (t.company_id, t.kind, t.item) = (i.company_id, i.kind, i.item)
WHERE i.has_line
"""
SUMS = """
UPDATE invoicing_invoice d SET subtotal_cents = s.cents, line_count = s.lines FROM (
    SELECT partner_id, sum(amount_cents) AS cents, count(*) FILTER (WHERE has_line) AS lines FROM items GROUP BY 1) s
WHERE d.client_id = s.partner_id AND d.period_start = '2026-10-01'
"""
RUNS = """
INSERT INTO gateway_billing_monthrun (partner_id, period_start, period_end, timezone, closed_at, closed_by, outcome,
    invoice_id)
SELECT client_id, period_start, period_end, 'Europe/Berlin', clock_timestamp(), %(by)s, 'invoice', id
FROM invoicing_invoice WHERE period_start = '2026-10-01'
"""
CLAIM = """
INSERT INTO invoicing_claim (kind, source_id, part, outcome, line_id, reference, quantity, amount_cents, claimed_at,
    released_by, release_reason)
"""
CLAIM_CALLS = f"""{CLAIM}
SELECT 'call', u.id, '', 'billed', i.line_id, '', u.seconds, NULL, %(at)s, '', ''
FROM ({CALLS}) u JOIN items i ON i.company_id = u.company_id AND i.place = 1
"""
CLAIM_CASES = f"""{CLAIM}
SELECT 'service_case', u.id, '', CASE WHEN i.line_id IS NULL THEN 'free' ELSE 'billed' END, i.line_id,
    CASE WHEN i.line_id IS NULL THEN 'month-run:' || r.id ELSE '' END, 1, u.price_cents, %(at)s, '', ''
FROM ({CASES}) u JOIN items i
    ON i.company_id = u.company_id AND i.place = 5 AND i.item = u.price_cents::text
JOIN contracts_management m ON m.company_id = u.company_id
JOIN gateway_billing_monthrun r ON r.partner_id = m.partner_id AND r.period_start = '2026-10-01'
"""
CLAIM_OTHERS = f"""{CLAIM}
SELECT claims, source_id, CASE WHEN place IN (2, 6) THEN %(month)s ELSE '' END, 'billed', line_id, '', quantity,
    amount_cents, %(at)s, '', '' FROM items WHERE claims <> ''
"""
AUDIT = """
INSERT INTO invoicing_auditentry (at, by, action, subject_kind, subject_id, reason, data)
SELECT %(at)s, %(by)s, 'month.run', 'monthrun', r.id, '', jsonb_build_object('month', %(month)s::text, 'outcome',
    'invoice', 'units', s.units, 'subtotal_cents', s.cents, 'invoice', d.external_id)
FROM gateway_billing_monthrun r JOIN invoicing_invoice d ON d.id = r.invoice_id JOIN (
    SELECT partner_id, sum(units) AS units, sum(amount_cents) AS cents FROM items GROUP BY 1) s USING (partner_id)
WHERE r.period_start = '2026-10-01'
"""
# The claims are read once, however few of them the statistics know: each statement here is about everything.
IN_SETS = "SET LOCAL enable_nestloop = off"
STATEMENTS = (
    IN_SETS, PRICES, "ANALYZE priced", LINES, "ANALYZE items", DOCUMENTS, INSERT_LINES, SUMS, RUNS, CLAIM_CALLS,
    CLAIM_CASES, CLAIM_OTHERS, AUDIT,
)  # fmt: skip


def keep(stage: Stage, data: str, bill: Callable[[], None]) -> str:
    """Keep `data` under another name with what lines say beside it, as `bill` words them; answers the name."""
    with stage.trial(data):
        bill()
        with owner() as connection:
            rows = connection.execute(WORDED).fetchall()
    with stage.trial(data):
        with owner() as connection:
            connection.execute("CREATE SCHEMA told")
            connection.execute(f"CREATE TABLE told.line AS {WORDED} LIMIT 0")
            with connection.cursor().copy("COPY told.line FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.execute("GRANT USAGE ON SCHEMA told TO PUBLIC; GRANT SELECT ON told.line TO PUBLIC")
            connection.execute("VACUUM (ANALYZE) told.line")
        return stage.keep("floor")


def run() -> None:
    """Bill the month of all partners, as the application's role, with all constraints and triggers."""
    from django.db import connection, transaction

    values: dict[str, Any] = {"at": AT, "by": BY, "month": MONTH, "since": SINCE, "until": UNTIL}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
