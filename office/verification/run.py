"""All checks, one after the other, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from office.verification import allowances, claims, corrections, documents, gateway, lines, numbers, taxes, tickets
from office.verification.violation import QueryCheck, Violation, found_by

QUERY_CHECKS: tuple[QueryCheck, ...] = (
    *claims.CHECKS, *documents.CHECKS, *corrections.CHECKS, *numbers.CHECKS, *tickets.CHECKS, *allowances.CHECKS,
    *gateway.CHECKS,
)  # fmt: skip
CHECKS = (*lines.CHECKS, taxes.CHECK, *(check.name for check in QUERY_CHECKS))

COUNT = """
SELECT (SELECT count(*) FROM invoicing_invoice), (SELECT count(*) FROM invoicing_claim),
    (SELECT count(*) FROM tickets_ticket)
"""


@dataclass(slots=True)
class Checked:
    """How many rows were looked at."""

    lines: int = 0
    documents: int = 0
    claims: int = 0
    tickets: int = 0


def verify(
    checked: Checked,
    *,
    progress: Callable[[int], None] = lambda _: None,
    ask: Callable[[Sequence[QueryCheck]], Iterator[Violation]] = found_by,
) -> Iterator[Violation]:
    """Every violation of every check, as it is found. `checked` is filled in on the way; `progress` hears of lines.

    `ask` runs the checks that are queries.

    Reads without locks, each statement its own snapshot: billing may go on meanwhile.
    """
    for page in lines.pages():
        yield from lines.violations_of(page)
        checked.lines += len(page)
        progress(len(page))
    yield from taxes.violations()
    yield from ask(QUERY_CHECKS)
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        checked.documents, checked.claims, checked.tickets = cursor.fetchone()
