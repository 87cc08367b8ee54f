"""The least that billing can cost where every feature is in use: SQL that is told what comes out of it.

No price is found here, nothing is rounded and no allowance counted: what the product wrote for the same data was kept
in tables beside. Two things are left that nobody who bills can leave out: to find and lock what waits, with the work
that nothing has settled yet, and to write every row. JSON is kept as text, as it comes from any program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.stage import Stage, owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg
    from django.db.models import Field

# In the order of their foreign keys.
ADDED = (
    "invoicing_invoice", "invoicing_invoiceline", "contracts_allocation", "invoicing_claim", "tickets_shadowbill",
    "tickets_shadowuse", "tickets_ticketusage", "contracts_fairusereview", "invoicing_auditentry",
)  # fmt: skip
TICKETS = "tickets_ticket"
DECIDED = (
    "billing_status", "billing_reason", "billing_detail", "billing_decided_at", "billing_attempts", "lost_workers",
    "first_billed_at",
)  # fmt: skip

FIND = """
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT id, client_id, contact_id, contract_id, number, subject, finished_at, first_billed_at FROM tickets_ticket
WHERE billing_status = 'unbilled' AND status = 'closed' ORDER BY id FOR NO KEY UPDATE
"""
UNSETTLED = """
CREATE TEMP TABLE {table}_due ON COMMIT DROP AS
SELECT w.* FROM {table} w JOIN due d ON d.id = w.ticket_id WHERE w.billed_elsewhere = '' AND NOT EXISTS (
    SELECT 1 FROM invoicing_claim c WHERE c.kind = '{kind}' AND c.source_id = w.id AND c.released_at IS NULL)
"""
# A document starts as an empty draft.
SUMS = """
UPDATE invoicing_invoice i SET line_count = n.line_count, subtotal_cents = n.subtotal_cents
FROM told.invoicing_invoice n WHERE n.id = i.id
"""
EMPTY = ("line_count", "subtotal_cents")
CHANGED = f"""
SELECT {", ".join(f"t.{column}" for column in ("id", *DECIDED))} FROM {TICKETS} t JOIN before b USING (id)
WHERE ({", ".join(f"t.{column}" for column in DECIDED)})
    IS DISTINCT FROM ({", ".join(f"b.{column}" for column in DECIDED)}) ORDER BY t.id
"""
DECIDE = f"""
UPDATE {TICKETS} t SET {", ".join(f"{column} = n.{column}" for column in DECIDED)}
FROM told.{TICKETS} n WHERE n.id = t.id
"""


def keep(stage: Stage, data: str, bill: Callable[[], None], *, name: str) -> str:
    """Keep `data` under another name, with all that `bill` writes there in tables beside; answers the name."""
    with stage.trial(data), owner() as connection:
        last = {table: _last(connection, table) for table in ADDED}
        connection.execute(f"CREATE TABLE before AS SELECT id, {', '.join(DECIDED)} FROM {TICKETS}")
        bill()
        rows = {
            table: _copied(connection, f"SELECT * FROM ({_told(table)}) n WHERE id > {last[table]}") for table in ADDED
        }
        rows[TICKETS] = _copied(connection, CHANGED)
    with stage.trial(data):
        _store(rows)
        return stage.keep(name)


def run() -> None:
    """Write it all, as the application's role, with all constraints and triggers."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FIND)
        for kind, table in (("time_entry", "tickets_timeentry"), ("expense", "tickets_expense")):
            cursor.execute(UNSETTLED.format(kind=kind, table=table))
        for table in ADDED:
            cursor.execute(_insert(table))
        cursor.execute(SUMS)
        cursor.execute(DECIDE)


def _store(rows: Mapping[str, bytes]) -> None:
    with owner() as connection:
        connection.execute("CREATE SCHEMA told")
        for table, copied in rows.items():
            source = _told(table) if table in ADDED else f"SELECT id, {', '.join(DECIDED)} FROM {table}"
            connection.execute(f"CREATE TABLE told.{table} AS {source} WITH NO DATA")
            with connection.cursor().copy(f"COPY told.{table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(copied)
        connection.execute("GRANT USAGE ON SCHEMA told TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA told TO PUBLIC")
        connection.execute("VACUUM (ANALYZE)")


def _fields(table: str) -> list[Field[Any, Any]]:
    from django.apps import apps

    (model,) = (one for one in apps.get_models() if one._meta.db_table == table and not one._meta.proxy)
    return [field for field in model._meta.concrete_fields if not field.generated]


def _told(table: str) -> str:
    """The rows of a table as they are kept beside."""
    columns = (f"{field.column}::text" if _is_json(field) else str(field.column) for field in _fields(table))
    return f"SELECT {', '.join(columns)} FROM public.{table} ORDER BY id"


def _insert(table: str) -> str:
    """The statement that writes them again."""
    values = (
        "0" if field.column in EMPTY else f"{field.column}::jsonb" if _is_json(field) else str(field.column)
        for field in _fields(table)
    )
    columns = ", ".join(str(field.column) for field in _fields(table))
    return f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM told.{table}"


def _is_json(field: Field[Any, Any]) -> bool:
    return field.get_internal_type() == "JSONField"


def _last(connection: psycopg.Connection[Any], table: str) -> int:
    (last,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone() or (0,)
    return int(last)


def _copied(connection: psycopg.Connection[Any], query: str) -> bytes:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
        return b"".join(bytes(block) for block in copy)
