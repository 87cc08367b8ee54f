"""Timing in turns, counting statements, and printing what came out."""

from __future__ import annotations

import contextlib
import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psycopg

from benchmarks.stage import Stage


@dataclass(frozen=True)
class Contender:
    """Something to measure: `run` is timed, `prepare` comes before it, on a copy of the template or of `data`."""

    name: str
    run: Callable[[], None]
    prepare: Callable[[], None] | None = None
    data: str | None = None


def in_turns(stage: Stage, contenders: Sequence[Contender], *, repeat: int) -> dict[str, list[float]]:
    """Seconds of each contender, each time on a fresh copy of the data, one after the other, `repeat` times."""
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(repeat):
        for contender in contenders:
            with stage.trial(contender.data):
                if contender.prepare:
                    contender.prepare()
                gc.collect()
                started = time.perf_counter()
                contender.run()
                seconds[contender.name].append(time.perf_counter() - started)
    return seconds


def ratios(seconds: Mapping[str, Sequence[float]], *, floor: str) -> dict[str, float]:
    """The median of each contender as a multiple of the median of `floor`."""
    least = statistics.median(seconds[floor])
    return {name: statistics.median(taken) / least for name, taken in seconds.items()}


def print_ratios(title: str, seconds: Mapping[str, Sequence[float]], *, floor: str) -> None:
    """A table of medians with their spread, and the ratios to the floor."""
    compared = ratios(seconds, floor=floor)
    print(f"\n{title}")
    print(f"  {'':<42}{'median s':>10}{'least':>9}{'most':>9}{'ratio':>9}")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"  {name:<42}{median:>10.3f}{min(taken):>9.3f}{max(taken):>9.3f}{compared[name]:>8.2f}x")


class Statements:
    """How many statements went to the database; a COPY is one. BEGIN and COMMIT are not counted."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, execute: Any, query: Any, *arguments: Any) -> Any:
        self.note(query)
        return execute(query, *arguments)

    def note(self, query: Any) -> None:
        """One more, its text on one line."""
        self.seen.append(" ".join((query if isinstance(query, str) else query.as_string()).split()))

    @property
    def count(self) -> int:
        return len(self.seen)


@contextlib.contextmanager
def counting() -> Iterator[Statements]:
    """Count what the block sends through Django's default connection."""
    from django.db import connection

    statements = Statements()
    copy = psycopg.Cursor.copy

    def counted_copy(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        statements.note(query)
        return copy(self, query, *arguments, **options)

    with connection.execute_wrapper(statements), mock.patch.object(psycopg.Cursor, "copy", counted_copy):
        yield statements


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which so many percent lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def answers(queries: Mapping[str, str]) -> dict[str, tuple[Any, ...]]:
    """The one row that each query answers, by the query's name."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = cursor.fetchone()
    return found
