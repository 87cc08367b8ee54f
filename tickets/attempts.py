"""Failures, counted: attempts that ended badly, and workers that never came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection

from config import BillingSettings
from invoicing import audit
from tickets.models import Ticket
from tickets.plan import PARKED

log = structlog.get_logger("billing.tickets")

MOST_LOST_WORKERS = 3

BEGIN = """
INSERT INTO tickets_billingattempt (ticket_ids, started_at, backend_pid, backend_started_at)
SELECT %s, %s, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid() RETURNING id
"""
END = "DELETE FROM tickets_billingattempt WHERE id = %s"


@contextmanager
def attempt(ticket_ids: Sequence[int], *, at: datetime) -> Iterator[None]:
    """Note that this connection is billing these tickets, for as long as the block takes.

    The note is a committed row: when the worker is killed inside the block it stays, and `count_lost_workers` finds it.
    """
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [list(ticket_ids), at])
        (pk,) = cursor.fetchone()
    try:
        yield
    except BaseException:
        # The block's own error is the one to report; a row that cannot be deleted now is found with its connection.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(END, [pk])
        raise
    with connection.cursor() as cursor:
        cursor.execute(END, [pk])


LOST = """
DELETE FROM tickets_billingattempt a WHERE NOT EXISTS (
    SELECT 1 FROM pg_stat_activity s WHERE s.pid = a.backend_pid AND s.backend_start = a.backend_started_at
) RETURNING ticket_ids
"""
COUNT_LOST = """
UPDATE tickets_ticket SET lost_workers = lost_workers + 1
WHERE id = ANY(%s) AND billing_status = 'unbilled' RETURNING id, lost_workers
"""


def count_lost_workers(*, at: datetime) -> int:
    """Count the workers that died while billing; park a ticket that was there three times. Returns how many died."""
    with connection.cursor() as cursor:
        cursor.execute(LOST)
        lost = [ids for (ids,) in cursor.fetchall()]
        for ticket_ids in lost:
            cursor.execute(COUNT_LOST, [ticket_ids])
            for pk, times in cursor.fetchall():
                log.warning("worker lost", ticket_id=pk, times=times)
                if times >= MOST_LOST_WORKERS:
                    park(pk, f"{times} workers died while billing it", at=at)
    return len(lost)


def note_failure(ticket_id: int, problem: str, settings: BillingSettings, *, at: datetime) -> int | None:
    """Count a failed attempt of one ticket; answer the seconds until the next one, or None when it is parked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticket SET billing_attempts = billing_attempts + 1, billing_detail = %s "
            "WHERE id = %s AND billing_status = 'unbilled' RETURNING billing_attempts",
            [problem[:500], ticket_id],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        (attempts,) = row
        if attempts > settings.max_retry_attempts:
            park(ticket_id, problem, at=at)
            return None
        wait = settings.retry_wait(attempts)
        cursor.execute(
            "UPDATE tickets_ticket SET bill_after = %s WHERE id = %s", [at + timedelta(seconds=wait), ticket_id]
        )
        return wait


def park(ticket_id: int, problem: str, *, at: datetime) -> None:
    """Set a ticket aside that failed after all attempts; a person or a change of it puts it back."""
    ticket = Ticket.objects.get(pk=ticket_id)
    ticket.hold(reason=PARKED, detail=problem[:500], at=at)
    audit.record("ticket.parked", ticket, by="system", at=at, reason=problem[:300])
    log.error("parked", ticket_id=ticket_id, problem=problem)
