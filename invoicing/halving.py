"""One unit that fails must not keep the others of its page from being done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection

log = structlog.get_logger("billing.pages")

Result = TypeVar("Result")


def or_halved(
    ids: Sequence[int], page: Callable[[Sequence[int]], list[Result]], failed: Callable[[int, Exception], Result]
) -> list[Result]:
    """The page's results; where it fails, those of its halves, until the unit that fails stands alone.

    `page` leaves nothing behind when it fails. Raises the database's error when the database itself is away.
    """
    try:
        return page(ids)
    except Exception as problem:
        if database_is_away(problem):
            raise
        if len(ids) == 1:
            return [failed(ids[0], problem)]
        log.warning("page halved", units=len(ids), problem=str(problem))
    middle = len(ids) // 2
    return or_halved(ids[:middle], page, failed) + or_halved(ids[middle:], page, failed)


def database_is_away(problem: Exception) -> bool:
    """Whether the connection itself failed, so that no unit is to blame."""
    if isinstance(problem, InterfaceError):
        return True
    return isinstance(problem, DatabaseError) and not connection.in_atomic_block and not connection.is_usable()
