"""The moments between a process and its database: before each statement, before and after each commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def at_every_moment(reach: Callable[[str], None]) -> Iterator[None]:
    """Call `reach` with what is about to happen, at every moment of the block."""

    def execute(run: Callable[..., Any], query: Any, *arguments: Any) -> Any:
        reach(" ".join(str(query).split())[:80])
        return run(query, *arguments)

    def copy(cursor: Any, statement: Any, *arguments: Any, **named: Any) -> Any:
        reach("COPY")
        return real_copy(cursor, statement, *arguments, **named)

    def commit(wrapper: Any) -> None:
        reach("before commit")
        real_commit(wrapper)
        reach("after commit")

    real_copy, real_commit = psycopg.Cursor.copy, BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
    with (
        connection.execute_wrapper(execute),
        mock.patch.object(psycopg.Cursor, "copy", copy),
        mock.patch.object(BaseDatabaseWrapper, "_commit", commit),
    ):
        yield


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement of the block, COPY included, in order."""
    seen: list[str] = []
    with at_every_moment(seen.append):
        yield seen
    seen[:] = [moment for moment in seen if not moment.endswith("commit")]


class Trap:
    """Acts at the n-th moment of those that contain `named`; with no n it only counts."""

    def __init__(self, act: Callable[[], None], *, at: int = 0, named: str = "") -> None:
        self.act, self.at, self.named = act, at, named
        self.moments: list[str] = []

    def reach(self, moment: str) -> None:
        if self.named in moment:
            self.moments.append(moment)
            if len(self.moments) == self.at:
                self.act()
