"""Counting what runs did, for the first page and for those who watch over billing.

A run adds to the rows of its hour once it has committed: figures hold up no billing, and a transaction that is rolled
back has billed nothing. Should counting fail, it is logged, and the run stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import datetime

from django.db import connection, transaction

from tickets.models.stat import BOUNDS
from tickets.run import FAILED, BillingRun, TicketResult

# Two connections seldom share a slot; where they do, one waits for the other's single statement.
SLOTS = 8
LONGEST_REASON = 40

ADD = """
INSERT INTO tickets_billingstat
    (hour, slot, by_hand, outcome, reason, currency, within_ms, tickets, milliseconds, amount_cents)
SELECT date_trunc('hour', %s, 'UTC'), pg_backend_pid() %% %s, %s, u.outcome, u.reason, u.currency, %s, u.tickets,
    u.tickets * %s, u.amount_cents
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
    u(outcome, reason, currency, tickets, amount_cents)
ON CONFLICT (hour, slot, by_hand, outcome, reason, currency, within_ms) DO UPDATE SET
    tickets = tickets_billingstat.tickets + excluded.tickets,
    milliseconds = tickets_billingstat.milliseconds + excluded.milliseconds,
    amount_cents = tickets_billingstat.amount_cents + excluded.amount_cents
"""


def count_run(run: BillingRun, *, at: datetime, by_hand: bool, milliseconds: int) -> None:
    """Have the run counted once the running transaction, if any, has committed. Empty runs leave nothing."""
    if not run.results:
        return

    def write() -> None:
        _write(run, at=at, by_hand=by_hand, milliseconds=milliseconds)

    transaction.on_commit(write, robust=True)


def _write(run: BillingRun, *, at: datetime, by_hand: bool, milliseconds: int) -> None:
    tickets: Counter[tuple[str, str, str]] = Counter()
    cents: Counter[tuple[str, str, str]] = Counter()
    for result in run.results:
        key = (result.outcome, _reason(result), result.currency if result.charges else "")
        tickets[key] += 1
        cents[key] += result.subtotal_cents
    # In one order everywhere: two connections that share rows never wait for each other crosswise.
    keys = sorted(tickets)
    columns = [[key[place] for key in keys] for place in range(3)]
    within = BOUNDS[bisect_left(BOUNDS, min(milliseconds, BOUNDS[-1]))]
    counts = [[tickets[key] for key in keys], [cents[key] for key in keys]]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [at, SLOTS, by_hand, within, milliseconds, *columns, *counts])


def _reason(result: TicketResult) -> str:
    """Why nothing was charged; of a failure its kind alone, for its text may name customers."""
    return result.error.split(":")[0][:LONGEST_REASON] if result.outcome == FAILED else result.reason
