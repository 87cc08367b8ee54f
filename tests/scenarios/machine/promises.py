"""What must hold after every step: all checks of `verify_billing`, and what follows from knowing the whole house."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from office.verification import lines, taxes
from office.verification.names import DOCUMENT, UNIT
from office.verification.run import QUERY_CHECKS
from office.verification.violation import QueryCheck, one_statement

# Documents that ask for money or will; lines that a later document took back do not count any more.
LIVE = "i.kind IN ('invoice', 'aggregate') AND i.status NOT IN ('discarded', 'void')"
TAKEN_BACK = "EXISTS (SELECT FROM invoicing_claim WHERE line_id = l.id AND released_to_id IS NOT NULL)"
CLAIMED = "EXISTS (SELECT FROM invoicing_claim WHERE line_id = l.id AND released_at IS NULL)"
LINES = "FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id"

OWN_CHECKS = (
    QueryCheck(
        "no_unit_is_claimed_twice",
        f"""
        SELECT {UNIT}, format('it has %s live claims', c.claims) FROM (
            SELECT kind, source_id, part, count(*) AS claims FROM invoicing_claim WHERE released_at IS NULL
            GROUP BY kind, source_id, part) c
        WHERE c.claims > 1
        """,
    ),
    QueryCheck(
        "documents_ask_for_what_is_claimed",
        f"""
        SELECT 'all documents', format('they ask for %s, the lines with live claims come to %s', asked, claimed) FROM (
            SELECT (SELECT coalesce(sum(subtotal_cents), 0) FROM invoicing_invoice i WHERE {LIVE})
                    - (SELECT coalesce(sum(l.amount_cents), 0) {LINES} WHERE {LIVE} AND {TAKEN_BACK}) AS asked,
                (SELECT coalesce(sum(l.amount_cents), 0) {LINES} WHERE {CLAIMED}) AS claimed) sums
        WHERE asked <> claimed
        """,
    ),
    QueryCheck(
        "lines_of_live_documents_are_claimed",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('nothing claims its line %s', l.position)
        {LINES} WHERE {LIVE} AND NOT {CLAIMED} AND NOT {TAKEN_BACK}
        """,
    ),
)
_QUERY = one_statement((*QUERY_CHECKS, *OWN_CHECKS))
_IS_PREPARED = "SELECT 1 FROM pg_prepared_statements WHERE name = 'promises'"


def prepare() -> None:
    """Let the server plan the queries once for a connection: planning takes longer than running them here."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_PREPARED)
        if cursor.fetchone() is None:
            cursor.execute(f"PREPARE promises AS {_QUERY}")


def broken() -> list[str]:
    """Every promise that does not hold, as check and sentence. Needs `prepare` on this connection before."""
    found = [violation for page in lines.pages() for violation in lines.violations_of(page)]
    found += taxes.violations()
    with connection.cursor() as cursor:
        cursor.execute("EXECUTE promises")
        rows = cursor.fetchall()
    return [f"{violation.check}: {violation}" for violation in found] + [": ".join(row) for row in rows]


@contextmanager
def reading_only() -> Iterator[None]:
    """In this block the database refuses every write, every lock of a row and every number of a sequence."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        yield
        transaction.set_rollback(True)
