"""A month of work to bill: clients with every kind of agreement, tickets and their time, written by SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from psycopg import sql

from benchmarks.stage import owner

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg
    from django.db.models import Model

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICKETS_A_CLIENT = 50
ENTRIES_A_TICKET = 3

CLIENT = {
    "external_id": "'client-' || n", "name": "'Client ' || n || ' GmbH'", "currency": "'EUR'", "country": "'DE'",
    "vat_id": "'DE123456788'", "address_line1": "'Hauptstr. ' || n", "postcode": "'10115'", "city": "'Berlin'",
    "automation": "'draft'", "delivery": "'none'",
}  # fmt: skip
CLIENTS = "generate_series(0, {clients} - 1) n"

# Of ten clients six pay by the hour, two a fee besides, one has hours included, one an unlimited plan.
CONTRACT = {
    "external_id": "'contract-' || n", "client_id": "c.id", "status": "'active'", "start_on": "'2019-01-01'",
    "hourly_rate": "90 + n % 7", "per_ticket_rate": "CASE WHEN n % 10 IN (6, 7) THEN 25.00 END",
    "included_seconds": "CASE WHEN n % 10 = 8 THEN 1000000000 END", "unlimited_tickets": "n % 10 = 9",
}  # fmt: skip
CONTRACTS = "generate_series(0, {clients} - 1) n JOIN contracts_client c ON c.external_id = 'client-' || n"

TICKET = {
    "external_id": "'ticket-' || n", "client_id": "c.id", "number": "'T' || n",
    "subject": "'Mail does not arrive any more at workplace ' || n", "status": "'closed'", "ticket_type": "'incident'",
    "created_at": "'2026-10-01T06:00Z'::timestamptz + n * interval '1 second'",
    "closed_at": "'2026-10-05T06:00Z'::timestamptz + n * interval '1 second'",
}  # fmt: skip
OPEN = TICKET | {"status": "'open'", "closed_at": "NULL"}
TICKETS = "generate_series(1, {tickets}) n JOIN contracts_client c ON c.external_id = 'client-' || n % {clients}"

# Tickets of years ago, settled: what no run should have to look at. Nothing would read their entries.
OLD_TICKET = TICKET | {
    "external_id": "'old-' || n", "number": "'O' || n", "subject": "'Old ticket ' || n",
    "created_at": "'2020-01-01T06:00Z'::timestamptz + n * interval '3 minutes'",
    "closed_at": "'2020-01-02T06:00Z'::timestamptz + n * interval '3 minutes'",
    "billing_status": "CASE WHEN n % 20 = 0 THEN 'skipped' ELSE 'billed' END",
    "billing_reason": "CASE WHEN n % 20 = 0 THEN 'nothing_to_bill' ELSE '' END",
    "billing_decided_at": "'2025-01-01T06:00Z'::timestamptz",
}  # fmt: skip
OLD_TICKETS = "generate_series(1, {old}) n JOIN contracts_client c ON c.external_id = 'client-' || n % {clients}"
OLD_CLAIM = {
    "kind": "'ticket_fee'", "source_id": "t.id", "outcome": "'covered'", "claimed_at": "t.billing_decided_at",
}  # fmt: skip
OLD_CLAIMS = "tickets_ticket t WHERE t.billing_status = 'billed'"

ENTRY = {
    "external_id": "'entry-' || t.id || '-' || e", "ticket_id": "t.id", "technician": "'kim'",
    "worked_on": "s.started::date", "seconds_worked": "w.seconds", "started_at": "s.started",
    "ended_at": "s.started + w.seconds * interval '1 second'", "status": "'approved'", "work_type": "'support'",
    "description": "'Looked at the mail server and at the workplace'",
}  # fmt: skip
ENTRIES = """(SELECT id FROM tickets_ticket WHERE billing_status = 'unbilled') t
    CROSS JOIN generate_series(1, {entries}) e
    CROSS JOIN LATERAL (SELECT 300 + ((t.id * 7 + e * 13) % 90) * 60 AS seconds) w
    CROSS JOIN LATERAL (SELECT '2026-10-01T08:00Z'::timestamptz + (e + t.id % 20) * interval '1 day'
        + (t.id % 480) * interval '1 minute' AS started) s"""


def build(tickets: int, *, clients: int = 0, still_open: bool = False, old: int = 0) -> None:
    """Fill the database in use: `tickets` with three entries each, before them `old` ones that are settled.

    There are as many `clients`, or one for each fifty tickets.
    """
    from contracts.models import Client, Contract
    from invoicing.models import Claim
    from tickets.models import Ticket, TimeEntry

    numbers = {
        "tickets": tickets, "clients": clients or max(10, tickets // TICKETS_A_CLIENT), "entries": ENTRIES_A_TICKET,
        "old": old,
    }  # fmt: skip
    with owner() as connection:
        for model, values, source in (
            (Client, CLIENT, CLIENTS),
            (Contract, CONTRACT, CONTRACTS),
            (Ticket, OLD_TICKET, OLD_TICKETS),
            (Claim, OLD_CLAIM, OLD_CLAIMS),
            (Ticket, OPEN if still_open else TICKET, TICKETS),
            (TimeEntry, ENTRY, ENTRIES),
        ):
            insert(connection, model, values, source.format(**numbers))
        connection.execute("VACUUM (ANALYZE)")


def insert(connection: psycopg.Connection[Any], model: type[Model], values: Mapping[str, str], source: str) -> None:
    """INSERT ... SELECT the expressions by column; what is not named gets the model's default."""
    expressions: dict[str, sql.Composable] = {column: sql.SQL(text) for column, text in values.items()}
    for field in model._meta.concrete_fields:
        left_out = field.primary_key or field.generated or field.null or field.has_db_default()
        if not left_out:
            expressions.setdefault(str(field.column), sql.Literal(field.get_default()))
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(map(sql.Identifier, expressions)),
            sql.SQL(", ").join(expressions.values()),
            sql.SQL(source),
        )
    )
