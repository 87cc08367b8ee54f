"""An issued document in the database, and everything that must stay as it was."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

STATE = {
    "invoicing_invoice": "SELECT to_jsonb(t) FROM invoicing_invoice t WHERE id = %(invoice)s",
    "invoicing_invoiceline": "SELECT to_jsonb(t) FROM invoicing_invoiceline t WHERE invoice_id = %(invoice)s ORDER BY id",
    "invoicing_taxline": "SELECT to_jsonb(t) FROM invoicing_taxline t WHERE invoice_id = %(invoice)s ORDER BY id",
    "invoicing_claim": "SELECT to_jsonb(t) FROM invoicing_claim t ORDER BY id",
    "contracts_allocation": "SELECT to_jsonb(t) FROM contracts_allocation t ORDER BY id",
    "invoicing_auditentry": "SELECT to_jsonb(t) FROM invoicing_auditentry t ORDER BY id",
    "invoicing_numberseries": "SELECT to_jsonb(t) FROM invoicing_numberseries t ORDER BY name",
}
COLUMNS = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
# Another value than the one that is there, by the column's type.
OTHER_VALUE = {
    "bigint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "numeric": "coalesce({0}, 0) + 1",
    "character varying": "left(coalesce(nullif({0}, ''), 'forged'), 1) || '?'",
    "text": "coalesce({0}, '') || '?'",
    "date": "coalesce({0}, DATE '2026-01-01') + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 day'",
    "boolean": "NOT coalesce({0}, false)",
    "jsonb": "jsonb_build_object('forged', true)",
}


@dataclass(frozen=True)
class Paper:
    """Keys of an issued document and its parts, and of a draft beside it."""

    invoice: int
    line: int
    tax: int
    claim: int
    allocation: int
    draft: int
    draft_line: int
    client: int
    other_client: int

    def state(self) -> dict[str, list[Any]]:
        """Every row that nobody may change."""
        with connection.cursor() as cursor:
            found = {}
            for table, query in STATE.items():
                cursor.execute(query, asdict(self))
                found[table] = cursor.fetchall()
            return found

    def run(self, statement: str) -> int:
        """Run SQL as the application's role, keys filled in as {invoice}, {line} and so on; answer the rows touched."""
        return execute(statement.format(**asdict(self)))


def execute(statement: str) -> int:
    """Run SQL as the application's role; answer the rows touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def columns_of(table: str) -> dict[str, str]:
    """The columns of a table and an SQL expression for another value of each."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return {name: OTHER_VALUE[kind].format(name) for name, kind in cursor.fetchall()}
