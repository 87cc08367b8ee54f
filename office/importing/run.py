"""Import records from JSON Lines: stage all lines, check them in sets, and store all of them or none.

The lines are read in bounded memory whatever the size of the files; what is wrong is spooled in a table.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.db import connection, transaction

from invoicing import audit

from .applying import Count, apply, count
from .checking import check
from .locking import lock_records
from .merging import merge
from .progress import Progress
from .reading import ReadLine, read_line
from .registry import TYPES
from .source import LONGEST_LINE, Places, read_lines
from .staging import Staging, analyse, create_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from .record_type import RecordType


@dataclass(frozen=True, slots=True)
class WrongLine:
    """One problem: where (`line 3`, with several files `FILE line 3`), which key, and the rest of the sentence."""

    where: str
    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.field}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import came to. `counts` has every type that occurs; with `wrong` lines nothing was stored."""

    lines: int
    wrong: int = 0
    counts: dict[str, Count] = field(default_factory=dict)


def import_records(
    names: Sequence[str],
    *,
    at: datetime,
    by: str,
    dry_run: bool = False,
    report: Callable[[WrongLine], None],
    progress: Progress,
) -> Outcome:
    """Import the files (`-` is standard input) in one transaction.

    Calls `report` for each problem in the order of the lines. A dry run does the same in a read-only transaction.
    Raises OSError where a file cannot be read and DatabaseError where the database refuses what the checks let pass.
    """
    places = Places()
    with _transaction(stores=not dry_run):
        lines, seen = _stage(names, places, progress)
        progress.stage("checking")
        _complete_and_check(seen, at=at, by=by, stores=not dry_run)
        progress.end()
        if wrong := _report(places, report):
            transaction.set_rollback(True)
            return Outcome(lines, wrong)
        counts = {kind.name: count(kind) for kind in seen}
        if not dry_run:
            progress.stage("storing")
            _store(counts, at=at, by=by)
    return Outcome(lines, counts=counts)


@contextmanager
def _transaction(*, stores: bool) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Reading a pipe may take its time; only the connections of people and workers are on a clock.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL lock_timeout = '60s'")
            cursor.execute("SET LOCAL work_mem = '64MB'")  # one import at a time sorts and joins all its lines
            create_tables(TYPES.values())
            if not stores:
                cursor.execute("SET TRANSACTION READ ONLY")
        yield
        if not stores:
            transaction.set_rollback(True)


def _stage(names: Sequence[str], places: Places, progress: Progress) -> tuple[int, list[RecordType]]:
    """Read all lines. Returns how many there were, and the types that occur."""
    staging = Staging()
    sequence = 0
    for sequence, line in read_lines(names, places):
        if line is None:
            too_long = f"is longer than {LONGEST_LINE} bytes"
            staging.add(sequence, ReadLine(problems=[("line", too_long)]), 100)
        elif line.strip():
            staging.add(sequence, read_line(sequence, line, TYPES), len(line))
        progress(sequence)
    staging.flush()
    seen = staging.seen(TYPES)
    analyse("incoming", seen)
    return sequence, seen


def _complete_and_check(seen: Sequence[RecordType], *, at: datetime, by: str, stores: bool) -> None:
    if stores:
        lock_records(seen)
    for kind in seen:
        merge(kind, at=at, by=by)
    analyse("import", seen)
    for kind in seen:
        check(kind)


def _report(places: Places, report: Callable[[WrongLine], None]) -> int:
    """Report every problem, a page of them in memory at a time. Returns the number of wrong lines."""
    wrong, last = 0, 0
    for sequence, name, problem, other in _problems():
        if other is not None:
            problem = f"{problem} {places.name(other, other_than=sequence)}"  # noqa: PLW2901
        report(WrongLine(places.name(sequence), name, problem))
        wrong, last = wrong + (sequence != last), sequence
    return wrong


def _problems() -> Iterator[tuple[int, str, str, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DECLARE wrong_lines NO SCROLL CURSOR FOR SELECT DISTINCT ON (sequence, field, problem)"
            " sequence, field, problem, other FROM import_problem ORDER BY sequence, field, problem, position"
        )
        while True:
            cursor.execute("FETCH 1000 FROM wrong_lines")
            if not (page := cursor.fetchall()):
                break
            yield from page
        cursor.execute("CLOSE wrong_lines")


def _store(counts: dict[str, Count], *, at: datetime, by: str) -> None:
    for name in counts:
        apply(TYPES[name], at=at, by=by)
    data = {name: asdict(counted) for name, counted in counts.items()}
    audit.record("records.imported", None, by=by, at=at, data=data)
