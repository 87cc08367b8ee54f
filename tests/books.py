"""The books, checked as `verify_billing` checks them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection

from office.verification.run import Checked, verify
from office.verification.violation import QueryCheck, Violation, one_statement

# Tests write lines without an explanation, claims without the unit and uses of allowances without the work, where they
# are about something else.
OF_MADE_UP_ROWS = {"lines_are_explained", "claimed_unit_exists", "allocations_have_their_claim"}
PREPARED = "SELECT FROM pg_prepared_statements WHERE name = 'books'"


def violations() -> list[str]:
    """Every promise of billing that does not hold, as check and sentence."""
    found = verify(Checked(), ask=_planned_once)
    return [f"{violation.check}: {violation}" for violation in found if violation.check not in OF_MADE_UP_ROWS]


def _planned_once(checks: Sequence[QueryCheck]) -> Iterator[Violation]:
    """As the command asks them, but planned once for each connection: on a test's few rows all else takes no time."""
    with connection.cursor() as cursor:
        cursor.execute(PREPARED)
        if cursor.fetchone() is None:
            cursor.execute(f"PREPARE books AS {one_statement(checks)}")
        cursor.execute("EXECUTE books")
        for row in cursor.fetchall():
            yield Violation(*row)
