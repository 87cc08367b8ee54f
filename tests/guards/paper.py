"""An issued document in the database, and everything that must stay as it was."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

# Which rows of these tables nobody may change.
STATE = {
    "invoicing_invoice": "id = %(invoice)s",
    "invoicing_invoiceline": "invoice_id = %(invoice)s",
    "invoicing_taxline": "invoice_id = %(invoice)s",
    "invoicing_claim": "true",
    "contracts_allocation": "true",
    "invoicing_auditentry": "true",
    "invoicing_numberseries": "true",
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
            for table, which in STATE.items():
                cursor.execute(f"SELECT to_jsonb(t) FROM public.{table} t WHERE {which} ORDER BY 1", asdict(self))
                found[table] = cursor.fetchall()
            return found

    def run(self, statement: str) -> int:
        """Run SQL as the application's role, keys filled in as {invoice}, {line} and so on; answer the rows touched."""
        return execute(statement.format(**asdict(self)))


def execute(statement: str) -> int:
    """Run SQL as the application's role; answer the rows touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def columns_of(table: str) -> dict[str, str]:
    """The columns of a table and an SQL expression for another value of each."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return {name: OTHER_VALUE[kind].format(name) for name, kind in cursor.fetchall()}
