"""What a check finds, and a check that is one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

ROWS_A_TRIP = 500


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that does not hold: the check that found it, what it is about, and how."""

    check: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail}"


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """A query that finds what must not be there: one row (subject, detail) for each violation."""

    name: str
    query: str


def found_by(checks: Sequence[QueryCheck]) -> Iterator[Violation]:
    """What the queries find, in one statement, fetched as it is read: there may be as many violations as rows."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(one_statement(checks))
        while rows := cursor.fetchmany(ROWS_A_TRIP):
            for row in rows:
                yield Violation(*row)


def one_statement(checks: Sequence[QueryCheck]) -> str:
    """SQL whose rows are the name, subject and detail of everything that the queries find."""
    return " UNION ALL ".join(
        f"SELECT '{check.name}' AS name, q.* FROM ({check.query}) q (subject, detail)" for check in checks
    )
