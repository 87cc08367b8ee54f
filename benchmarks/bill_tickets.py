"""Billing closed tickets through the catch-up, against one set-based SQL transaction that writes the same rows."""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import billing_floor, data
from benchmarks.measure import Contender, counting, in_turns, print_ratios
from benchmarks.stage import Stage, owner, stage

FLOOR, BARE, PRODUCT = "floor: one SQL transaction", "floor without foreign keys and triggers", "catch-up in pages"
SMALL, LARGE = 5, 2  # the memory of a fifth of the tickets is compared with that of the double


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    parser.add_argument("--profile", action="store_true", help="say where the time of one run goes, and end")
    options = parser.parse_args()
    with stage(durable=not options.throw_away) as ready:
        empty = ready.keep("empty")
        data.build(options.tickets)
        compare(ready, options.tickets)
        if options.profile:
            profile(ready)
            return
        contenders = [
            Contender(FLOOR, billing_floor.run),
            Contender(BARE, billing_floor.run, prepare=strip),
            Contender(PRODUCT, bill),
        ]
        seconds = in_turns(ready, contenders, repeat=options.repeat)
        print_ratios(
            f"Billing {options.tickets} tickets with {data.ENTRIES_A_TICKET * options.tickets} entries",
            seconds, floor=FLOOR,
        )  # fmt: skip
        compare_memory(ready, empty, options.tickets // SMALL, options.tickets * LARGE)


def bill() -> None:
    """What the command and the hourly catch-up do."""
    from tickets import automation

    for _ in automation.catch_up(at=data.AT):
        pass


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


def compare(ready: Stage, tickets: int) -> None:
    """Both must write the same, else the comparison means nothing; and few statements must do."""
    with ready.trial():
        billing_floor.run()
        floor = billing_floor.written()
    with ready.trial(), counting() as statements:
        bill()
        count = statements.count
        product = billing_floor.written()
    if floor != product:
        raise SystemExit(f"The floor and the product wrote different rows:\n{floor}\n{product}")
    print("Both wrote the same rows:", ", ".join(f"{rows[0]} {table}" for table, rows in product.items()))
    print(f"Statements: {count}, {count * 1000 / tickets:.0f} for 1000 tickets")


def compare_memory(ready: Stage, empty: str, small: int, large: int) -> None:
    """The peak of a process that bills a few tickets, and of one that bills many."""
    peaks = {}
    for tickets in (small, large):
        with ready.trial(empty):
            data.build(tickets)
            command = [sys.executable, "-m", "benchmarks.peak"]
            peaks[tickets] = int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    growth = peaks[large] - peaks[small]
    print(
        f"\nPeak memory: {peaks[small] / 1024:.1f} MB with {small} tickets, {peaks[large] / 1024:.1f} MB with {large}: "
        f"{growth / 1024:+.1f} MB"
    )


def profile(ready: Stage) -> None:
    """Where Python's time goes, by function."""
    import cProfile
    import pstats

    with ready.trial():
        profiler = cProfile.Profile()
        profiler.runcall(bill)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
