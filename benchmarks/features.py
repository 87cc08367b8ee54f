"""A month in which every feature of ticket billing is in use; the rarest of them as often as the most common ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.data import CLIENT, ENTRIES_A_TICKET, TICKETS_A_CLIENT, insert
from benchmarks.stage import owner

if TYPE_CHECKING:
    import psycopg

# When the tickets with late work were billed for the first time.
BEFORE = datetime(2026, 10, 20, 12, tzinfo=UTC)

# Each client has one of these; its name says which.
KINDS = (
    "plain", "rate card", "holidays abroad", "two contracts", "included tickets", "included hours", "rollover",
    "unlimited tickets", "unlimited hours", "fee and time", "per ticket", "contact", "entry rounding", "day rounding",
    "exact", "no contract", "late", "absorbed", "approval", "shadow", "own document",
)  # fmt: skip
WITH_CARD = "('rate card', 'holidays abroad', 'two contracts')"
LATE = "('late', 'absorbed')"

CLIENTS = CLIENT | {
    "name": "k.kind", "automation": "CASE k.kind WHEN 'shadow' THEN 'shadow' ELSE 'draft' END",
    "country": "CASE k.kind WHEN 'holidays abroad' THEN 'AT' ELSE 'DE' END",
    "region": "CASE k.kind WHEN 'rate card' THEN 'BY' ELSE '' END",
    "hourly_rate": "CASE k.kind WHEN 'no contract' THEN 75 END",
    "require_entry_approval": "CASE k.kind WHEN 'approval' THEN true END",
}  # fmt: skip
FROM_CLIENTS = """generate_series(0, {clients} - 1) n
    CROSS JOIN LATERAL (SELECT ('{{{kinds}}}'::text[])[n % {number_of_kinds} + 1] AS kind) k"""

CONTACTS = {"external_id": "'contact-' || c.id", "client_id": "c.id", "name": "'Kim'"}
FROM_CONTACTS = "contracts_client c WHERE c.name = 'contact'"

CONTRACTS = {
    "external_id": "'contract-' || c.id || '-' || half", "client_id": "c.id", "status": "'active'",
    "start_on": "CASE half WHEN 1 THEN '2025-01-01'::date ELSE '2026-10-16' END",
    "end_on": "CASE WHEN half = 1 AND c.name = 'two contracts' THEN '2026-10-15'::date END",
    "strategy": "CASE c.name WHEN 'per ticket' THEN 'per_ticket' ELSE '' END",
    "hourly_rate": "90 + c.id % 7",
    "per_ticket_rate": "CASE WHEN c.name IN ('fee and time', 'per ticket', 'contact', 'included tickets') THEN 25 END",
    "included_tickets": "CASE c.name WHEN 'included tickets' THEN {share} / 3 END",
    "included_seconds": "CASE c.name WHEN 'included hours' THEN {share} * 4000 WHEN 'rollover' THEN {share} * 1500 END",
    "rollover_months": "CASE c.name WHEN 'rollover' THEN 3 ELSE 0 END",
    "unlimited_tickets": "c.name = 'unlimited tickets'", "unlimited_hours": "c.name = 'unlimited hours'",
    "fair_use": """CASE c.name
        WHEN 'unlimited tickets' THEN jsonb_build_object('soft_tickets', {share} / 5, 'hard_tickets', {share} * 3 / 4)
        WHEN 'unlimited hours' THEN jsonb_build_object('soft_hours', '1', 'hard_hours', '5000') END""",
    "rounding_level": "CASE c.name WHEN 'entry rounding' THEN 'entry' WHEN 'day rounding' THEN 'day' ELSE '' END",
    "rounding_increment_minutes": "CASE c.name WHEN 'entry rounding' THEN 6 WHEN 'day rounding' THEN 30 END",
    "rounding_direction": "CASE c.name WHEN 'day rounding' THEN 'nearest' WHEN 'exact' THEN 'none' ELSE '' END",
    "minimum_seconds": "CASE c.name WHEN 'entry rounding' THEN 600 WHEN 'exact' THEN 0 END",
    "below_minimum": "CASE c.name WHEN 'entry rounding' THEN 'skip' ELSE '' END",
    "business_hours":
        """CASE c.name WHEN 'rate card' THEN '{{"mon-fri": "07:00-17:00", "sat": "09:00-12:00"}}'::jsonb END""",
    "late_work": "CASE c.name WHEN 'absorbed' THEN 'absorb' ELSE 'supplement' END",
    "grouping": "CASE c.name WHEN 'own document' THEN 'per_ticket' ELSE '' END",
}  # fmt: skip
FROM_CONTRACTS = """contracts_client c CROSS JOIN generate_series(1, 2) half
    WHERE c.name <> 'no contract' AND (half = 1 OR c.name = 'two contracts') ORDER BY c.id"""

ASSIGNMENTS = {
    "external_id": "'assignment-' || k.id", "contract_id": "k.id", "contact_id": "p.id", "status": "'active'",
    "start_on": "'2025-01-01'", "per_ticket_rate": "39", "hourly_rate": "101",
}  # fmt: skip
FROM_ASSIGNMENTS = "contracts_contact p JOIN contracts_contract k ON k.client_id = p.client_id"

# Prices and multipliers by work type and time of day; the price of on-site work went up in the middle of the month.
RATES = {
    "external_id": "'rate-' || k.id || '-' || r.place", "contract_id": "k.id", "valid_from": "r.since",
    "valid_to": "r.until", "work_type": "r.work", "time_of_day": "r.at", "hourly_rate": "r.price",
    "multiplier": "r.factor",
}  # fmt: skip
FROM_RATES = f"""contracts_contract k JOIN contracts_client c ON c.id = k.client_id CROSS JOIN (VALUES
        (1, date '2025-01-01', date '2026-10-12', 'onsite', '', 120, NULL),
        (2, '2026-10-13', NULL, 'onsite', '', 130, NULL),
        (3, '2025-01-01', NULL, 'onsite', 'weekend', 210, NULL),
        (4, '2025-01-01', NULL, 'remote', '', NULL, 0.9),
        (5, '2025-01-01', NULL, '', 'after_hours', NULL, 1.5),
        (6, '2025-01-01', NULL, '', 'weekend', NULL, 1.75),
        (7, '2025-01-01', NULL, '', 'holiday', NULL, 2.5),
        (8, '2025-01-01', NULL, '', 'emergency', NULL, 3)
    ) r(place, since, until, work, at, price, factor) WHERE c.name IN {WITH_CARD}"""

# Hours of the months before, so that there is a usual use to compare with.
OPENING = {
    "contract_id": "k.id", "month": "'2026-07-01'::date + back * interval '1 month'", "kind": "'opening'",
    "source_id": "k.id * 10 + back", "seconds": "{share} * 2400", "created_at": "'2026-10-01T00:00Z'",
}  # fmt: skip
FROM_OPENING = "contracts_contract k CROSS JOIN generate_series(0, 2) back WHERE k.unlimited_hours"

# The how manieth of its client a ticket is decides what is unusual about it.
TICKETS = {
    "external_id": "'ticket-' || n", "client_id": "c.id", "number": "'T' || n",
    "subject": "'Mail does not arrive any more at workplace ' || n", "status": "'closed'",
    "ticket_type": "CASE WHEN c.name = 'plain' AND nth % 10 = 2 THEN 'warranty' ELSE 'incident' END",
    "contact_id": "CASE WHEN nth % 4 <> 3 THEN p.id END",
    "billed_elsewhere": "CASE WHEN c.name = 'no contract' AND nth % 4 = 1 THEN 'OLD-' || n ELSE '' END",
    "strategy_override": "CASE WHEN c.name = 'fee and time' AND nth % 10 = 1 THEN 'time_based' ELSE '' END",
    "hourly_rate_override": "CASE WHEN c.name = 'day rounding' AND nth % 10 = 1 THEN 66 END",
    "created_at": "'2026-10-01T06:00Z'::timestamptz + n * interval '1 second'",
    "closed_at": f"CASE WHEN c.name IN {LATE} THEN '2026-10-18T06:00Z'::timestamptz ELSE '2026-10-28T06:00Z' END"
    " + n * interval '1 second'",
}  # fmt: skip
FROM_TICKETS = """generate_series(1, {tickets}) n JOIN contracts_client c ON c.external_id = 'client-' || n % {clients}
    CROSS JOIN LATERAL (SELECT n / {clients} AS nth) l LEFT JOIN contracts_contact p ON p.client_id = c.id
    WHERE c.name {which} IN """ + LATE + " ORDER BY n"  # fmt: skip

# Timers: the second entry of each ticket had a pause.
ENTRIES = {
    "external_id": "'entry-' || t.n || '-' || e", "ticket_id": "t.id", "technician": "'kim'",
    "worked_on": "(s.started AT TIME ZONE 'Europe/Berlin')::date", "seconds_worked": "w.seconds",
    "started_at": "s.started", "ended_at": "s.started + (w.seconds + w.pause) * interval '1 second'",
    "paused_seconds": "w.pause", "work_type": "(ARRAY['support', 'onsite', 'remote'])[(t.n + e) % 3 + 1]",
    "description": "'Looked at the mail server and at the workplace'",
    "status": """CASE WHEN t.kind = 'approval' AND t.nth % 10 = 1 AND e = 3 THEN 'submitted'
        WHEN t.kind = 'plain' AND t.nth % 5 = 2 AND e = 3 THEN 'rejected' ELSE 'approved' END""",
    "billable": "NOT (t.kind = 'fee and time' AND t.nth % 5 = 1 AND e = 1)",
    "emergency": f"t.kind IN {WITH_CARD} AND t.nth % 10 = 1 AND e = 1",
    "hourly_rate": "CASE WHEN t.kind = 'exact' AND e = 2 THEN 111.11 END",
    "billed_elsewhere": """CASE WHEN t.kind = 'no contract' AND (t.nth % 4 = 1 OR t.nth % 4 = 2 AND e = 1)
        THEN 'OLD-' || t.n ELSE '' END""",
}  # fmt: skip
FROM_ENTRIES = f"""(
        SELECT t.id, c.name AS kind, substr(t.number, 2)::int AS n, substr(t.number, 2)::int / {{clients}} AS nth
        FROM tickets_ticket t JOIN contracts_client c ON c.id = t.client_id ORDER BY t.id
    ) t CROSS JOIN generate_series(1, {{entries}}) e
    CROSS JOIN LATERAL (SELECT CASE WHEN t.kind = 'plain' AND t.nth % 10 = 1 THEN 10800
            ELSE 300 + ((t.n * 7 + e * 13) % 90) * 60 + CASE t.kind WHEN 'exact' THEN t.n % 60 ELSE 0 END END
            AS seconds,
        CASE e WHEN 2 THEN 900 ELSE 0 END AS pause) w
    CROSS JOIN LATERAL (SELECT '2026-10-01T00:00Z'::timestamptz + ((t.n * 5 + e * 7) % 26) * interval '1 day'
        + CASE WHEN t.kind IN {WITH_CARD} THEN (t.n * 7 + e * 5) % 24 ELSE 7 + (t.n + e) % 7 END * interval '1 hour'
        AS started) s
    WHERE (e = 1 AND t.kind IN {LATE}) = {{first}}"""

EXPENSES = {
    "external_id": "'expense-' || t.id", "ticket_id": "t.id", "incurred_on": "'2026-10-15'",
    "description": "'Cable'", "quantity": "1 + t.id % 3", "unit_price": "12.5000",
    "tax_rate": "CASE WHEN t.id % 2 = 0 THEN 7 END", "goods": "true",
}  # fmt: skip
FROM_EXPENSES = "tickets_ticket t WHERE t.id % 5 = 0 AND t.billed_elsewhere = ''"

ELSEWHERE = {
    "kind": "'time_entry'", "source_id": "e.id", "outcome": "'elsewhere'", "reference": "'OLD'",
    "claimed_at": "'2026-10-10T00:00Z'",
}  # fmt: skip
FROM_ELSEWHERE = """tickets_timeentry e JOIN tickets_ticket t ON t.id = e.ticket_id
    JOIN contracts_client c ON c.id = t.client_id
    WHERE c.name = 'no contract' AND substr(t.number, 2)::int / {clients} % 4 = 2 AND e.external_id LIKE '%-3'"""


def build(tickets: int) -> None:
    """Fill the database in use: `tickets` of clients of every kind, those with late work billed before.

    With less than 210 not every feature is in use.
    """
    from contracts.models import Allocation, Assignment, Client, Contact, Contract, Rate
    from invoicing.models import Claim
    from tickets import automation
    from tickets.models import Expense, Ticket, TimeEntry

    clients = max(1, round(tickets / TICKETS_A_CLIENT / len(KINDS))) * len(KINDS)
    numbers = {
        "tickets": tickets, "clients": clients, "share": tickets // clients, "entries": ENTRIES_A_TICKET,
        "kinds": ",".join(f'"{kind}"' for kind in KINDS), "number_of_kinds": len(KINDS),
    }  # fmt: skip

    def fill(connection: psycopg.Connection[Any], *tables: Any, **more: object) -> None:
        for model, values, source in tables:
            filled = {column: text.format(**numbers) for column, text in values.items()}
            insert(connection, model, filled, source.format(**numbers, **more))
        connection.execute("VACUUM (ANALYZE)")

    with owner() as connection:
        fill(
            connection, (Client, CLIENTS, FROM_CLIENTS), (Contact, CONTACTS, FROM_CONTACTS),
            (Contract, CONTRACTS, FROM_CONTRACTS), (Assignment, ASSIGNMENTS, FROM_ASSIGNMENTS),
            (Rate, RATES, FROM_RATES), (Allocation, OPENING, FROM_OPENING), (Ticket, TICKETS, FROM_TICKETS),
            (TimeEntry, ENTRIES, FROM_ENTRIES), which="", first="true",
        )  # fmt: skip
        for _ in automation.catch_up(at=BEFORE):
            pass
        fill(
            connection, (Ticket, TICKETS, FROM_TICKETS), (TimeEntry, ENTRIES, FROM_ENTRIES),
            (Expense, EXPENSES, FROM_EXPENSES), (Claim, ELSEWHERE, FROM_ELSEWHERE), which="NOT", first="false",
        )  # fmt: skip
