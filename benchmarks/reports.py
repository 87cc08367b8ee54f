"""The reports over a million time entries: their time against one SQL aggregation, and memory that stays flat."""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from typing import TypeAlias

from benchmarks import data, peak
from benchmarks.measure import print_ratios
from benchmarks.stage import owner, stage

Command: TypeAlias = tuple[str, ...]

QUICK, FULL = 20_000, 1_000_000
TENTH = 10
MOST_GROWTH = 1.3
FLOOR = "one SQL aggregation"

# The same rows, each once, without asking what they mean.
ENTRIES = """
SELECT t.billing_status, t.billing_reason, k.currency, c.outcome, i.status, count(*), sum(e.seconds_worked),
    count(DISTINCT l.id), sum(l.amount_cents)
FROM tickets_timeentry e JOIN tickets_ticket t ON t.id = e.ticket_id JOIN contracts_client k ON k.id = t.client_id
LEFT JOIN invoicing_claim c ON c.kind = 'time_entry' AND c.source_id = e.id AND c.released_at IS NULL
LEFT JOIN invoicing_invoiceline l ON l.id = c.line_id LEFT JOIN invoicing_invoice i ON i.id = l.invoice_id
GROUP BY 1, 2, 3, 4, 5
"""
ALLOWANCES = """
SELECT k.id, (SELECT count(*) FROM tickets_ticketusage u WHERE u.contract_id = k.id AND u.month = '2026-10-01'),
    sum(a.tickets), sum(a.seconds)
FROM contracts_contract k LEFT JOIN contracts_allocation a
    ON a.contract_id = k.id AND a.month = '2026-10-01' AND a.released_at IS NULL
WHERE k.included_seconds IS NOT NULL OR k.unlimited_tickets GROUP BY k.id
"""

REPORTS: dict[Command, str] = {
    ("unbilled_report", "--format", "json"): ENTRIES,
    ("balance_report", "--month", "2026-10", "--format", "json"): ALLOWANCES,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=QUICK)
    parser.add_argument("--full", action="store_true", help="a million entries")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    entries = FULL if options.full else options.entries
    with stage(durable=not options.throw_away) as ready:
        with ready.trial():
            _build(entries // TENTH)
            few = _peaks(entries // TENTH)
        # Reports change nothing: one database will do for all turns.
        with ready.trial():
            _build(entries)
            many = _peaks(entries)
            for command, aggregation in REPORTS.items():
                seconds = _in_turns(command, aggregation, options.repeat)
                print_ratios(f"{command[0]} of {entries} time entries, half of them billed", seconds, floor=FLOOR)
    for command in REPORTS:
        _ensure_flat(command[0], many[command] / few[command])


def _build(entries: int) -> None:
    """Half of the tickets are billed, the others wait and are listed."""
    from tickets import automation

    tickets = max(2, entries // data.ENTRIES_A_TICKET)
    data.build(tickets)
    for _ in automation.catch_up(at=data.AT, limit=tickets // 2):
        pass
    with owner() as connection:
        connection.execute("VACUUM (ANALYZE)")


def _peaks(entries: int) -> dict[Command, int]:
    """The peak memory in kB of a process for each report."""
    peaks = {}
    for command in REPORTS:
        process = [sys.executable, "-m", "benchmarks.peak", *command]
        peaks[command] = int(subprocess.run(process, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(f"{command[0]} of {entries} time entries: peak memory {peaks[command] / 1024:.1f} MB", flush=True)
    return peaks


def _in_turns(command: Command, aggregation: str, repeat: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {FLOOR: [], command[0]: []}
    for _ in range(repeat):
        for name, run in ((FLOOR, lambda: _aggregate(aggregation)), (command[0], lambda: peak.run(*command))):
            gc.collect()
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return seconds


def _aggregate(query: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        cursor.fetchall()


def _ensure_flat(name: str, growth: float) -> None:
    print(f"{name}: memory grows to {growth:.2f}x with ten times the entries")
    if growth > MOST_GROWTH:
        raise SystemExit(f"{name} takes {growth:.2f}x the memory for ten times the entries")


if __name__ == "__main__":
    main()
