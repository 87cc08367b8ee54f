"""The least that billing the tickets can cost: one transaction of set-based SQL that writes the same rows."""

from __future__ import annotations

from typing import Any

from benchmarks.data import AT
from benchmarks.measure import answers

# Work and terms of each ticket; the contract kinds of the data are all that is known here.
WORK = """
CREATE TEMP TABLE work ON COMMIT DROP AS
SELECT t.id, t.client_id, t.number, t.subject, t.created_at, t.finished_at, c.id AS contract_id,
    c.hourly_rate, c.per_ticket_rate AS fee, c.unlimited_tickets, c.included_seconds IS NOT NULL AS prepaid, e.worked,
    (greatest(e.worked, 900) + 899) / 900 * 900 AS billed, e.entries
FROM tickets_ticket t JOIN contracts_contract c ON c.client_id = t.client_id
JOIN (SELECT e.ticket_id, sum(e.seconds_worked)::bigint AS worked, jsonb_agg(jsonb_build_object(
        'time_entry', e.external_id, 'worked_on', e.worked_on, 'seconds', e.seconds_worked, 'covered_seconds', 0,
        'hourly_rate', c.hourly_rate::text, 'rate_source', 'contract ' || c.external_id)
        ORDER BY e.worked_on, e.started_at, e.id) AS entries
    FROM tickets_timeentry e JOIN tickets_ticket t ON t.id = e.ticket_id
    JOIN contracts_contract c ON c.client_id = t.client_id
    WHERE e.billable AND e.status = 'approved' AND NOT EXISTS (SELECT 1 FROM invoicing_claim x
        WHERE x.kind = 'time_entry' AND x.source_id = e.id AND x.released_at IS NULL)
    GROUP BY e.ticket_id) e ON e.ticket_id = t.id
WHERE t.status = 'closed' AND t.billing_status = 'unbilled';
"""
DRAFTS = """
INSERT INTO invoicing_invoice (client_id, collects, currency, period_start, period_end, external_id, created_at, kind,
    status, issued_by, subtotal_cents, paid_cents, line_count)
SELECT DISTINCT client_id, '2026-11', 'EUR', '2026-11-01'::date, '2026-12-01'::date, 'floor-' || client_id, %(at)s,
    'invoice', 'draft', '', 0, 0, 0
FROM work WHERE NOT unlimited_tickets AND NOT prepaid;
"""
LINES = """
INSERT INTO invoicing_invoiceline (invoice_id, position, kind, description, quantity, unit, unit_price, price_per,
    amount_cents, goods, tax_category, explanation)
SELECT i.id, row_number() OVER (PARTITION BY i.id ORDER BY w.finished_at, w.id, l.step), l.kind, l.description,
    l.quantity, l.unit, l.unit_price, 1, l.cents, false, '', l.explanation
FROM work w JOIN invoicing_invoice i ON i.client_id = w.client_id AND i.collects = '2026-11' AND i.status = 'draft'
CROSS JOIN LATERAL (
    SELECT 1 AS step, 'time' AS kind, 'Ticket ' || w.number || ': ' || w.subject AS description,
        round(w.billed / 3600.0, 2) AS quantity, 'h' AS unit, w.hourly_rate AS unit_price,
        round(w.billed * w.hourly_rate / 36)::bigint AS cents,
        jsonb_build_object('rule', 'time', 'version', 1, 'inputs', jsonb_build_object(
            'hourly_rate', w.hourly_rate::text, 'currency', 'EUR', 'time_entries', w.entries,
            'rounding', jsonb_build_object('level', 'ticket', 'increment_seconds', 900, 'direction', 'up',
                'minimum_seconds', 900, 'below_minimum', 'raise')),
            'steps', jsonb_build_array(
                jsonb_build_object('step', 'rounding', 'of', 'ticket', 'worked_seconds', w.worked,
                    'after_minimum_seconds', greatest(w.worked, 900), 'billed_seconds', w.billed,
                    'on_this_line_seconds', w.billed),
                jsonb_build_object('step', 'amount', 'quantity', round(w.billed / 3600.0, 2)::text,
                    'unit_price', w.hourly_rate::text, 'price_per', 1,
                    'amount_cents', round(w.billed * w.hourly_rate / 36)::bigint))) AS explanation
    UNION ALL
    SELECT 2, 'ticket_fee', 'Ticket ' || w.number || ': Pauschale je Ticket', 1, '', w.fee, round(w.fee * 100)::bigint,
        jsonb_build_object('rule', 'ticket_fee', 'version', 1, 'inputs', jsonb_build_object(
            'fee', w.fee::text, 'fee_source', 'contract', 'currency', 'EUR', 'time_entries', '[]'::jsonb),
            'steps', jsonb_build_array(jsonb_build_object('step', 'amount', 'quantity', '1', 'unit_price', w.fee::text,
                'price_per', 1, 'amount_cents', round(w.fee * 100)::bigint)))
    WHERE w.fee IS NOT NULL) l
WHERE NOT w.unlimited_tickets AND NOT w.prepaid;
"""
ALLOCATIONS = """
INSERT INTO contracts_allocation (contract_id, month, kind, source_id, tickets, seconds, created_at)
SELECT contract_id, date_trunc('month', finished_at AT TIME ZONE 'Europe/Berlin')::date, 'ticket', id, 1, 0, %(at)s
FROM work WHERE unlimited_tickets
UNION ALL
SELECT w.contract_id, date_trunc('month', e.worked_on)::date, 'time_entry', e.id, 0, e.seconds_worked, %(at)s
FROM work w JOIN tickets_timeentry e ON e.ticket_id = w.id WHERE w.prepaid;
"""
CLAIMS = """
INSERT INTO invoicing_claim (kind, source_id, part, outcome, line_id, allocation_id, reference, quantity, amount_cents,
    claimed_at, released_by, release_reason)
SELECT 'time_entry', e.id, '', 'billed', l.id, NULL::bigint, '', e.seconds_worked, NULL::bigint, %(at)s, '', ''
FROM lines l JOIN tickets_timeentry e ON e.ticket_id = l.ticket_id WHERE l.kind = 'time'
UNION ALL
SELECT 'time_entry', e.id, '', 'covered', NULL, a.id, '', e.seconds_worked, NULL, %(at)s, '', ''
FROM contracts_allocation a JOIN tickets_timeentry e ON e.id = a.source_id WHERE a.kind = 'time_entry'
UNION ALL
SELECT 'time_entry', e.id, '', 'covered', NULL, a.id, '', e.seconds_worked, NULL, %(at)s, '', ''
FROM contracts_allocation a JOIN tickets_timeentry e ON e.ticket_id = a.source_id WHERE a.kind = 'ticket'
UNION ALL
SELECT 'ticket_fee', w.id, '', 'billed', l.id, NULL, '', 1, round(w.fee * 100)::bigint, %(at)s, '', ''
FROM work w JOIN lines l ON l.ticket_id = w.id AND l.kind = 'ticket_fee';
"""
# A line does not name its ticket; the description does.
LINES_OF_TICKETS = """
CREATE TEMP TABLE lines ON COMMIT DROP AS
SELECT w.id AS ticket_id, l.id, l.kind FROM invoicing_invoiceline l
JOIN work w ON w.number = split_part(substr(l.description, 8), ':', 1);
"""
USAGE = """
INSERT INTO tickets_ticketusage (ticket_id, contract_id, month, recorded_at)
SELECT id, contract_id, date_trunc('month', created_at AT TIME ZONE 'Europe/Berlin')::date, %(at)s FROM work;
"""
TICKETS = """
UPDATE tickets_ticket t SET
    billing_status = CASE WHEN w.unlimited_tickets OR w.prepaid THEN 'covered' ELSE 'billed' END,
    billing_reason = CASE WHEN w.unlimited_tickets THEN 'unlimited_plan' WHEN w.prepaid THEN 'included_hours'
        ELSE '' END,
    billing_detail = '', billing_decided_at = %(at)s, billing_attempts = 0, lost_workers = 0
FROM work w WHERE t.id = w.id;
"""
TOTALS = """
UPDATE invoicing_invoice i SET subtotal_cents = s.cents, line_count = s.lines
FROM (SELECT invoice_id, sum(amount_cents) AS cents, count(*) AS lines FROM invoicing_invoiceline GROUP BY 1) s
WHERE i.id = s.invoice_id;
"""
AUDIT = """
INSERT INTO invoicing_auditentry (at, by, action, subject_kind, subject_id, reason, data)
SELECT %(at)s, 'system', CASE WHEN l.draft IS NULL THEN 'ticket.covered' ELSE 'ticket.billed' END, 'ticket', w.id, '',
    CASE WHEN l.draft IS NULL
        THEN jsonb_build_object('reason', CASE WHEN w.prepaid THEN 'included_hours' ELSE 'unlimited_plan' END)
        ELSE jsonb_build_object('draft', l.draft, 'amount_cents', l.cents,
            'strategy', CASE WHEN w.fee IS NULL THEN 'time_based' ELSE 'mixed' END) END
FROM work w LEFT JOIN (SELECT t.ticket_id, min(l.invoice_id) AS draft, sum(l.amount_cents) AS cents
    FROM lines t JOIN invoicing_invoiceline l ON l.id = t.id GROUP BY 1) l ON l.ticket_id = w.id;
"""
STATEMENTS = (
    WORK, "ANALYZE work", DRAFTS, LINES, LINES_OF_TICKETS, "ANALYZE lines", ALLOCATIONS, CLAIMS, USAGE, TICKETS, TOTALS,
    AUDIT,
)  # fmt: skip


def run() -> None:
    """Bill everything that waits, as the application's role, with all constraints and triggers."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, {"at": AT})


# Fingerprints of what was written, without keys and ids, so that the floor and the product can be compared.
WRITTEN = {
    "lines": """SELECT count(*), sum(l.amount_cents), md5(string_agg(concat_ws('|', i.client_id, l.kind, l.description,
        l.quantity, l.unit, l.unit_price, l.price_per, l.amount_cents, l.explanation), '|' ORDER BY l.description,
        i.client_id, l.unit_price, l.quantity))
        FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id""",
    "drafts": """SELECT count(*), sum(subtotal_cents), md5(string_agg(concat_ws('|', client_id, collects, line_count,
        subtotal_cents), '|' ORDER BY client_id)) FROM invoicing_invoice""",
    "claims": """SELECT count(*), sum(amount_cents), md5(string_agg(concat_ws('|', kind, source_id, outcome, quantity,
        amount_cents, line_id IS NULL, allocation_id IS NULL), '|' ORDER BY kind, source_id)) FROM invoicing_claim""",
    "allocations": """SELECT count(*), sum(seconds), md5(string_agg(concat_ws('|', contract_id, month, kind, source_id,
        tickets, seconds), '|' ORDER BY kind, source_id)) FROM contracts_allocation""",
    "uses of contracts": """SELECT count(*), count(DISTINCT contract_id), md5(string_agg(concat_ws('|', ticket_id,
        contract_id, month), '|' ORDER BY ticket_id)) FROM tickets_ticketusage""",
    "audit": """SELECT count(*), count(DISTINCT subject_id), md5(string_agg(concat_ws('|', action, subject_id,
        data - 'draft'), '|' ORDER BY subject_id, at)) FROM invoicing_auditentry""",
    "shadow bills": """SELECT count(*), sum(b.amount_cents), md5(string_agg(concat_ws('|', b.ticket_id, b.outcome,
        b.reason, b.strategy, b.amount_cents, b.currency, b.lines, u.used), '|' ORDER BY b.ticket_id))
        FROM tickets_shadowbill b LEFT JOIN LATERAL (SELECT string_agg(concat_ws('|', contract_id, month, tickets,
            seconds), '|' ORDER BY id) AS used FROM tickets_shadowuse WHERE bill_id = b.id) u ON true""",
    "flagged months": """SELECT count(*), count(DISTINCT contract_id), md5(string_agg(concat_ws('|', contract_id, month,
        finding, decision), '|' ORDER BY contract_id, month)) FROM contracts_fairusereview""",
    "tickets": """SELECT count(*), count(*) FILTER (WHERE billing_status = 'covered'), md5(string_agg(concat_ws('|', id,
        billing_status, billing_reason, billing_detail), '|' ORDER BY id)) FROM tickets_ticket
        WHERE billing_status <> 'unbilled'""",
}


def written() -> dict[str, tuple[Any, ...]]:
    """Count, sum and fingerprint of what stands in each table."""
    return answers(WRITTEN)
