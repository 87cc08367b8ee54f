"""A month of work to bill: clients with every kind of agreement, tickets and their time, written by SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.stage import owner

if TYPE_CHECKING:
    import psycopg

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICKETS_A_CLIENT = 50
ENTRIES_A_TICKET = 3

# Of ten clients six pay by the hour, two a fee besides, one has hours included, one an unlimited plan.
CLIENTS = """
INSERT INTO contracts_client (external_id, name, currency, country, region, vat_id, email, address_line1, address_line2,
    postcode, city, language, timezone, automation, delivery, is_partner, active, tax_category, tax_reason)
SELECT 'client-' || n, 'Client ' || n || ' GmbH', 'EUR', 'DE', '', 'DE123456788', '', 'Hauptstr. ' || n, '', '10115',
    'Berlin', 'de', '', 'draft', 'none', false, true, '', ''
FROM generate_series(0, %(clients)s - 1) n;
"""
CONTRACTS = """
INSERT INTO contracts_contract (external_id, client_id, status, start_on, strategy, hourly_rate, per_ticket_rate,
    included_seconds, unlimited_tickets, unlimited_hours, rollover_months, unlimited_rollover, rounding_level,
    rounding_direction, below_minimum, late_work, grouping)
SELECT 'contract-' || n, c.id, 'active', '2025-01-01', '', 90 + n %% 7, CASE WHEN n %% 10 IN (6, 7) THEN 25.00 END,
    CASE WHEN n %% 10 = 8 THEN 1000000000 END, n %% 10 = 9, false, 0, false, '', '', '', 'supplement', ''
FROM generate_series(0, %(clients)s - 1) n JOIN contracts_client c ON c.external_id = 'client-' || n;
"""
TICKETS = """
INSERT INTO tickets_ticket (external_id, client_id, number, subject, status, ticket_type, priority, billable, internal,
    created_at, closed_at, resolved_by, closed_by, billed_elsewhere, strategy_override, approved_by, billing_status,
    billing_reason, billing_detail, billing_attempts, lost_workers)
SELECT 'ticket-' || n, c.id, 'T' || n, 'Mail does not arrive any more at workplace ' || n, %(status)s::text, 'incident', 'medium',
    true, false, '2026-10-01T06:00Z'::timestamptz + n * interval '1 second',
    CASE WHEN %(status)s::text = 'closed' THEN '2026-10-05T06:00Z'::timestamptz + n * interval '1 second' END,
    '', '', '', '', '', 'unbilled', '', '', 0, 0
FROM generate_series(1, %(tickets)s) n JOIN contracts_client c ON c.external_id = 'client-' || n %% %(clients)s;
"""
ENTRIES = """
INSERT INTO tickets_timeentry (external_id, ticket_id, technician, worked_on, seconds_worked, started_at, ended_at,
    paused_seconds, billable, status, work_type, emergency, description, billed_elsewhere, decided_by, decision_reason)
SELECT 'entry-' || t.id || '-' || e, t.id, 'kim', started.at::date, worked.seconds, started.at,
    started.at + worked.seconds * interval '1 second', 0, true, 'approved', 'support', false,
    'Looked at the mail server and at the workplace', '', '', ''
FROM tickets_ticket t CROSS JOIN generate_series(1, %(entries)s) e
    CROSS JOIN LATERAL (SELECT 300 + ((t.id * 7 + e * 13) %% 90) * 60 AS seconds) worked
    CROSS JOIN LATERAL (
        SELECT '2026-10-01T08:00Z'::timestamptz + (e + t.id %% 20) * interval '1 day' + (t.id %% 480) * interval '1 minute'
        AS at) started;
"""
# Tickets of years ago, settled: what no run should have to look at.
HISTORY = """
INSERT INTO tickets_ticket (external_id, client_id, number, subject, status, ticket_type, priority, billable, internal,
    created_at, closed_at, resolved_by, closed_by, billed_elsewhere, strategy_override, approved_by, billing_status,
    billing_reason, billing_detail, billing_decided_at, billing_attempts, lost_workers)
SELECT 'old-' || n, c.id, 'O' || n, 'Old ticket ' || n, 'closed', 'incident', 'medium', true, false,
    '2020-01-01T06:00Z'::timestamptz + n * interval '3 minutes', '2020-01-02T06:00Z'::timestamptz + n * interval '3 minutes',
    '', '', '', '', '', CASE WHEN n %% 20 = 0 THEN 'skipped' ELSE 'billed' END,
    CASE WHEN n %% 20 = 0 THEN 'nothing_to_bill' ELSE '' END, '', '2020-02-01T06:00Z'::timestamptz, 0, 0
FROM generate_series(1, %(old)s) n JOIN contracts_client c ON c.external_id = 'client-' || n %% %(clients)s;
"""


def build(tickets: int, *, status: str = "closed", old: int = 0) -> None:
    """Fill the database in use: `tickets` with three entries each, before them `old` ones that are settled."""
    numbers = {
        "tickets": tickets, "clients": max(10, tickets // TICKETS_A_CLIENT), "entries": ENTRIES_A_TICKET,
        "status": status, "old": old,
    }  # fmt: skip
    with owner() as connection:
        for statement in (CLIENTS, CONTRACTS, *((HISTORY,) if old else ()), TICKETS):
            connection.execute(statement, numbers)
        _entries(connection, numbers)
        connection.execute("VACUUM (ANALYZE)")


def _entries(connection: psycopg.Connection[Any], numbers: dict[str, Any]) -> None:
    # Old tickets have had their entries; they are not written, because nothing would read them.
    connection.execute(ENTRIES.replace("FROM tickets_ticket t", "FROM (SELECT id FROM tickets_ticket WHERE billing_status = 'unbilled') t"), numbers)
