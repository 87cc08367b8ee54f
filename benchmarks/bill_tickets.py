"""Billing closed tickets through the catch-up, against one set-based SQL transaction that writes the same rows."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import billing_floor, data
from benchmarks.measure import counting, in_turns, print_ratios
from benchmarks.stage import stage

if TYPE_CHECKING:
    from benchmarks.stage import Stage

FLOOR, PRODUCT = "floor: one SQL transaction", "bill_tickets, pages of 1000"


def bill() -> None:
    """What the command and the hourly catch-up do."""
    from tickets import automation

    for _ in automation.catch_up(at=data.AT):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    parser.add_argument("--profile", action="store_true", help="say where the time of one run goes")
    options = parser.parse_args()
    with stage(durable=not options.throw_away) as ready:
        data.build(options.tickets)
        bill_once_and_compare(ready)
        if options.profile:
            profile(ready)
            return
        seconds = in_turns(ready, {FLOOR: billing_floor.run, PRODUCT: bill}, repeat=options.repeat)
        print_ratios(f"Billing {options.tickets} tickets with {3 * options.tickets} entries", seconds, floor=FLOOR)


def bill_once_and_compare(ready: Stage) -> None:
    """Both must write the same, else the comparison means nothing."""
    with ready.trial():
        billing_floor.run()
        floor = billing_floor.written()
    with ready.trial(), counting() as statements:
        bill()
        count = statements.count
        product = billing_floor.written()
    if floor != product:
        raise SystemExit(f"the floor wrote {floor}, the product {product}")
    print(f"both wrote {product}")
    print(f"statements: {count}")


def profile(ready: Stage) -> None:
    import cProfile
    import pstats

    with ready.trial():
        profiler = cProfile.Profile()
        profiler.runcall(bill)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
