"""Billing closed tickets through the catch-up, against one set-based SQL transaction that writes the same rows.

Twice: a month of the common agreements, and a month in which every feature is in use.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import billing_floor, data, features, features_used, told_floor
from benchmarks.measure import Contender, counting, in_turns, print_ratios, ratios
from benchmarks.stage import Stage, owner, stage

FLOOR, BARE, PRODUCT = "floor: one SQL transaction", "floor without foreign keys and triggers", "catch-up in pages"
MOST = 4.0
ENOUGH = 2000  # tickets: with fewer the limit would judge the statements themselves
SMALL, LARGE = 5, 2  # the memory of a fifth of the tickets is compared with that of the double


@dataclass(frozen=True)
class Month:
    """A month to bill: its data, kept for the product and, with what else that needs, for the floor.

    `check` looks at what was billed, besides the comparison with the floor.
    """

    title: str
    build: Callable[[int], None]
    data: str
    floor: Callable[[], None]
    floor_data: str
    check: Callable[[], None] = lambda: None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    parser.add_argument("--profile", action="store_true", help="say where the time of one run goes, and end")
    options = parser.parse_args()
    slow = []
    with stage(durable=not options.throw_away) as ready:
        empty = ready.keep("empty")
        for prepare in (usual_month, full_month):
            month = prepare(ready, empty, options.tickets)
            if options.profile:
                profile(ready, month)
                continue
            compare(ready, month, options.tickets)
            if measure(ready, month, options.tickets, repeat=options.repeat) > MOST:
                slow.append(month.title)
            compare_memory(ready, empty, month, options.tickets)
    if slow and options.tickets >= ENOUGH:
        raise SystemExit(f"Slower than {MOST:.0f} times the floor: {', '.join(slow)}.")


def usual_month(ready: Stage, empty: str, tickets: int) -> Month:
    """Common agreements; the floor works everything out itself."""
    with ready.trial(empty):
        data.build(tickets)
        kept = ready.keep("usual")
    return Month("usual agreements", data.build, kept, billing_floor.run, kept)


def full_month(ready: Stage, empty: str, tickets: int) -> Month:
    """Every feature in use; the floor is told what comes out."""
    with ready.trial(empty):
        features.build(tickets)
        kept = ready.keep("full")
    told = told_floor.keep(ready, kept, bill, name="told")
    return Month("every feature in use", features.build, kept, told_floor.run, told, features_used.check)


def bill() -> None:
    """What the command and the hourly catch-up do."""
    from tickets import automation

    for _ in automation.catch_up(at=data.AT):
        pass


def measure(ready: Stage, month: Month, tickets: int, *, repeat: int) -> float:
    """Bill and write the floor in turns; answers the ratio."""
    contenders = [
        Contender(FLOOR, month.floor, data=month.floor_data),
        Contender(BARE, month.floor, prepare=strip, data=month.floor_data),
        Contender(PRODUCT, bill, data=month.data),
    ]
    seconds = in_turns(ready, contenders, repeat=repeat)
    entries = data.ENTRIES_A_TICKET * tickets
    print_ratios(f"Billing {tickets} tickets with {entries} entries", seconds, floor=FLOOR)
    return ratios(seconds, floor=FLOOR)[PRODUCT]


def strip() -> None:
    """Take foreign keys and triggers off the tables, to see what they cost."""
    with owner() as connection:
        keys = connection.execute(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        ).fetchall()
        triggers = connection.execute(
            "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal"
        ).fetchall()
        for (statement,) in keys + triggers:
            connection.execute(statement)


def compare(ready: Stage, month: Month, tickets: int) -> None:
    """Both must write the same, else the comparison means nothing; it must be right, and few statements must do."""
    with ready.trial(month.floor_data):
        month.floor()
        floor = billing_floor.written()
    with ready.trial(month.data), counting() as statements:
        bill()
        count = statements.count
        product = billing_floor.written()
        month.check()
    if floor != product:
        raise SystemExit(f"The floor and the product wrote different rows:\n{floor}\n{product}")
    print(f"\nA month with {month.title}")
    print("Both wrote the same rows:", ", ".join(f"{rows[0]} {table}" for table, rows in product.items()))
    print(f"Statements: {count}, {count * 1000 / tickets:.0f} for 1000 tickets")


def compare_memory(ready: Stage, empty: str, month: Month, tickets: int) -> None:
    """The peak of a process that bills a few tickets, and of one that bills many."""
    small, large = tickets // SMALL, tickets * LARGE
    peaks = {}
    for many in (small, large):
        with ready.trial(empty):
            month.build(many)
            command = [sys.executable, "-m", "benchmarks.peak"]
            peaks[many] = int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    growth = peaks[large] - peaks[small]
    print(
        f"\nPeak memory: {peaks[small] / 1024:.1f} MB with {small} tickets, {peaks[large] / 1024:.1f} MB with {large}: "
        f"{growth / 1024:+.1f} MB"
    )


def profile(ready: Stage, month: Month) -> None:
    """Where Python's time goes, by function."""
    import cProfile
    import pstats

    with ready.trial(month.data):
        profiler = cProfile.Profile()
        profiler.runcall(bill)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
