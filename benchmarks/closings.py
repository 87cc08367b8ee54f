"""From closing a ticket to its invoice, through a real broker, worker and clock."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from benchmarks import data
from benchmarks.measure import percentile
from benchmarks.stage import owner, stage
from billing_project.embedded import children
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.processes import processes

MOST_SECONDS = 60.0
GIVE_UP_SECONDS = 300.0
LOOK_SECONDS = 0.1
PROCESSES = ("worker-billing", "beat")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    late = []
    # Without a delay closing sends a message at once; the sweep is the net below. What SQL closes has only the sweep.
    with stage({"BILLING_DELAY_MINUTES": "0"}, durable=not options.throw_away) as ready:
        data.build(2 * options.tickets, still_open=True)
        with ready.trial(), running():
            for title, close in (
                ("closed by people, with a message each", close_each),
                ("closed by SQL", close_by_sql),
            ):
                waits = sorted(watch(options.tickets, close))
                p50, p95, most = percentile(waits, 50), percentile(waits, 95), waits[-1]
                print(f"{len(waits)} {title}: due to invoice p50 {p50:.1f} s, p95 {p95:.1f} s, most {most:.1f} s")
                late += [title] if p95 > MOST_SECONDS else []
    if late:
        raise SystemExit(f"Later than {MOST_SECONDS:.0f} s: {', '.join(late)}.")


@contextlib.contextmanager
def running() -> Iterator[None]:
    """The product's own worker for billing, and beat, on the database and the broker in use."""
    with tempfile.TemporaryDirectory(prefix="billing-benchmark-") as folder, (Path(folder) / "log").open("wb") as log:
        started = [
            children.start(
                [sys.executable, "-m", *process.module],
                cwd=ROOT, env={**os.environ, "PROCESS": process.kind}, stdout=log, stderr=subprocess.STDOUT,
            )
            for process in processes(bind="", beat_schedule=str(Path(folder) / "schedule"))
            if process.name in PROCESSES
        ]  # fmt: skip
        try:
            wait_for_worker()
            yield
        finally:
            for child in started:
                children.stop(child, with_signal=signal.SIGTERM, within=30.0)


def wait_for_worker() -> None:
    """Until the worker answers, so that its start is not part of what is measured."""
    from billing_project.celery import app

    if not children.wait_until(lambda: bool(app.control.ping(timeout=0.5)), within=60.0):
        raise SystemExit("The worker did not start.")


def close_each(keys: Sequence[int]) -> None:
    """As people do: one transaction each, as fast as one process can."""
    from django.utils import timezone

    from tickets.lifecycle import close_ticket

    for pk in keys:
        close_ticket(pk, at=timezone.now(), by="benchmark")


def close_by_sql(keys: Sequence[int]) -> None:
    """As a migration or another program does: no signal, no message."""
    from tickets.models import Ticket

    Ticket.objects.filter(pk__in=keys).update(status="closed")


def watch(tickets: int, close: Callable[[Sequence[int]], None]) -> list[float]:
    """Close so many tickets and answer, for each, the seconds from when it was due until its invoice was there."""
    from tickets.models import Ticket

    keys = list(Ticket.objects.filter(status="open").order_by("pk").values_list("pk", flat=True)[:tickets])
    closing = threading.Thread(target=_closing, args=(close, keys))
    waits: dict[int, float] = {}
    give_up = time.monotonic() + GIVE_UP_SECONDS
    closing.start()
    with owner() as connection:
        while len(waits) < tickets:
            if time.monotonic() > give_up:
                raise SystemExit(f"Only {len(waits)} of {tickets} tickets were billed in {GIVE_UP_SECONDS:.0f} s.")
            time.sleep(LOOK_SECONDS)
            found = connection.execute(
                "SELECT id, coalesce(bill_after, closed_at), clock_timestamp() FROM tickets_ticket "
                "WHERE billing_status IN ('billed', 'covered') AND id = ANY(%s) AND NOT id = ANY(%s)",
                [keys, list(waits)],
            ).fetchall()
            waits |= {pk: _seconds(due, now) for pk, due, now in found}
    closing.join()
    return list(waits.values())


def _closing(close: Callable[[Sequence[int]], None], keys: Sequence[int]) -> None:
    from django.db import connection

    try:
        close(keys)
    finally:
        connection.close()


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


if __name__ == "__main__":
    main()
