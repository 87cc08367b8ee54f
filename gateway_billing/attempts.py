"""Months that failed, counted: attempts that ended badly, and workers that never came back (G-16)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import structlog
from django.db import connection
from django.db.models import F, QuerySet

from config import BillingSettings
from gateway_billing.models import MonthAttempt

log = structlog.get_logger("billing.gateway")

MOST_LOST_WORKERS = 3

# Counted before the work begins and taken back when it ends, however it ends: what remains is a worker that died.
BEGIN = """
INSERT INTO gateway_billing_monthattempt (partner_id, period_start, failures, lost_workers, problem, next_at)
VALUES (%s, %s, 0, 1, '', %s)
ON CONFLICT (partner_id, period_start) DO UPDATE SET lost_workers = gateway_billing_monthattempt.lost_workers + 1
RETURNING lost_workers
"""
FAILED = """
INSERT INTO gateway_billing_monthattempt (partner_id, period_start, failures, lost_workers, problem, next_at)
VALUES (%s, %s, 1, 0, %s, %s)
ON CONFLICT (partner_id, period_start) DO UPDATE SET failures = gateway_billing_monthattempt.failures + 1,
    problem = excluded.problem, next_at = excluded.next_at RETURNING failures
"""


def begin(partner: int, month: date, *, at: datetime) -> bool:
    """Note that a worker runs this month; False where three have died over it: then it is parked.

    Only one worker may run months of a partner at a time, or each would take the other for dead.
    """
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [partner, month, at])
        (lost,) = cursor.fetchone()
    if lost <= MOST_LOST_WORKERS:
        return True
    _of(partner, month).update(
        next_at=None, lost_workers=MOST_LOST_WORKERS, problem=f"{MOST_LOST_WORKERS} workers died while running it"
    )
    log.error("month parked", partner=partner, month=f"{month:%Y-%m}", problem="workers died")
    return False


def put_off(partner: int, month: date) -> None:
    """The work did not begin, because others were at it: nothing is counted."""
    _of(partner, month).filter(failures=0, lost_workers__lte=1).delete()
    _of(partner, month).filter(lost_workers__gte=1).update(lost_workers=F("lost_workers") - 1)


def succeeded(partner: int, month: date) -> None:
    """Forget what went wrong before."""
    _of(partner, month).delete()


def failed(
    partner: int, month: date, problem: str, settings: BillingSettings, *, at: datetime, begun: bool
) -> int | None:
    """Count a failed attempt; answer the seconds until the next one, or None where the month is parked."""
    with connection.cursor() as cursor:
        cursor.execute(FAILED, [partner, month, problem[:500], at])
        (failures,) = cursor.fetchone()
    wait = settings.retry_wait(failures) if failures <= settings.max_retry_attempts else None
    attempt = _of(partner, month).get()
    attempt.next_at = None if wait is None else at + timedelta(seconds=wait)
    attempt.lost_workers -= begun
    attempt.save(update_fields=["next_at", "lost_workers"])
    if wait is None:
        log.error("month parked", partner=partner, month=f"{month:%Y-%m}", problem=problem)
    return wait


def _of(partner: int, month: date) -> QuerySet[MonthAttempt]:
    return MonthAttempt.objects.filter(partner=partner, period_start=month)
