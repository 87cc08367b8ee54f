"""Document numbers: unique and gapless per series, taken in the transaction that issues (P7, G-14)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction

from config import NumberPattern
from invoicing import audit

TAKE = """
INSERT INTO invoicing_numberseries (name, last) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET last = invoicing_numberseries.last + excluded.last RETURNING last
"""


def next_numbers(pattern: NumberPattern, on: date, count: int) -> list[str]:
    """Take the next numbers of the series of that day, in order.

    The counter's row stays locked until the transaction ends; a rollback gives the numbers back.
    """
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [pattern.series(on), count])
        (last,) = cursor.fetchone()
    return [pattern.format(number, on) for number in range(last - count + 1, last + 1)]


OPEN_AT = """
INSERT INTO invoicing_numberseries (name, last) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET last = excluded.last WHERE invoicing_numberseries.last < excluded.last RETURNING last
"""


def open_series_at(pattern: NumberPattern, on: date, number: int, *, reason: str, by: str, at: datetime) -> None:
    """Let the series of that day go on with `number`. Raises ValueError when it is already beyond it."""
    go_on_after(pattern.series(on), number - 1, reason=reason, by=by, at=at)


@transaction.atomic
def go_on_after(series: str, last: int, *, reason: str, by: str, at: datetime) -> None:
    """Let the series go on after the number `last`. Raises ValueError when it is already beyond it.

    The audit trail keeps it: to whoever looks for gaps later, the numbers left out are none.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN_AT, [series, last])
        if cursor.fetchone() is None:
            raise ValueError(f"series {series} has already given number {last + 1} or a later one")
    audit.record("series.opened", None, by=by, at=at, reason=reason, data={"series": series, "number": last + 1})
