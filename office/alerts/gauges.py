"""The figures by which an installation is watched. Each is read through an index of what is unsettled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Min, Sum
from django.db.models.functions import Coalesce

import config
from gateway_billing.models import MonthAttempt
from gateway_billing.partners import due_months
from invoicing.models import Anomaly, Heartbeat
from invoicing.restored import refusal
from invoicing.switches import automation_is_stopped
from office.home.queues import depths
from tickets import automation
from tickets.models import BillingStat, Ticket

# Values by label; "" where a gauge has none.
Values = Mapping[str, int]

# How long each recurring job may be silent. What runs within minutes must have run; what runs by day may be new.
QUICK: Final = timedelta(minutes=10)
DAILY: Final = timedelta(hours=30)
SILENCE: Final = {
    "sweep": QUICK, "documents": QUICK, "mail": QUICK, "stripe calls": QUICK, "stripe events": QUICK, "jobs": QUICK,
    "audit seals": QUICK, "alerts": timedelta(minutes=30), "recurring charges": DAILY, "vat ids": DAILY,
    "gateway months": DAILY, "reminders": DAILY, "retention": DAILY,
    "stripe reconciliation": DAILY,
}  # fmt: skip
NEVER: Final = 10**9  # seconds: as old as if it had never been

# Waiting rows, each found through a partial index: how many, and since when the oldest waits.
PENDING: Final = """
SELECT 'mails', count(*), min(queued_at) FROM invoicing_mail WHERE status = 'queued'
UNION ALL
SELECT 'stripe_calls', count(*), min(queued_at) FROM invoicing_stripecall WHERE status = 'queued'
UNION ALL
SELECT 'stripe_events', count(*), min(received_at) FROM invoicing_stripeevent WHERE status = 'pending'
UNION ALL
SELECT 'jobs', count(*), min(queued_at) FROM invoicing_job WHERE status IN ('queued', 'running')
UNION ALL
SELECT 'files', count(*), min(issued_at) FROM invoicing_invoice WHERE issued_at IS NOT NULL AND rendered_at IS NULL
UNION ALL
SELECT 'audit_entries', s.number, e.at
FROM (SELECT count(*) AS number, min(entry_id) AS oldest FROM invoicing_auditseal WHERE position IS NULL) s
LEFT JOIN invoicing_auditentry e ON e.id = s.oldest
"""
PARKED: Final = """
SELECT 'mails', count(*) FROM invoicing_mail WHERE status = 'parked'
UNION ALL SELECT 'stripe_calls', count(*) FROM invoicing_stripecall WHERE status = 'parked' AND purpose <> 'ready'
UNION ALL SELECT 'stripe_documents', count(*) FROM invoicing_stripecall WHERE status = 'parked' AND purpose = 'ready'
UNION ALL SELECT 'stripe_events', count(*) FROM invoicing_stripeevent WHERE status = 'parked'
UNION ALL SELECT 'jobs', count(*) FROM invoicing_job WHERE status = 'failed'
UNION ALL SELECT 'months', count(*) FROM gateway_billing_monthattempt WHERE next_at IS NULL
UNION ALL SELECT 'tickets', count(*) FROM tickets_ticket WHERE billing_status = 'held' AND billing_reason = 'parked'
"""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure as Prometheus knows it. `label` tells its values apart; "" where there is one."""

    name: str
    help: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A gauge and its values at one moment."""

    gauge: Gauge
    values: Values


PENDING_UNITS: Final = Gauge("billing_pending", "Units that wait to be worked on.", "unit")
OLDEST: Final = Gauge("billing_oldest_pending_seconds", "For how long the oldest of them has waited.", "unit")
PARKED_UNITS: Final = Gauge("billing_parked", "Units that were given up until a person acts.", "unit")
HELD: Final = Gauge("billing_held_tickets", "Tickets that wait for a person.", "reason")
MISSING: Final = Gauge("billing_missing_aggregates", "Partners' months without an invoice a day after their end.")
ANOMALIES: Final = Gauge("billing_open_anomalies", "Differences between us and Stripe that nobody has closed.", "kind")
HEARTBEAT: Final = Gauge("billing_heartbeat_age_seconds", "Since when a recurring job has not ended well.", "name")
OVERDUE: Final = Gauge("billing_heartbeat_overdue_seconds", "How much longer than allowed that is.", "name")
QUEUES: Final = Gauge("billing_queue_messages", "Messages in the broker.", "queue")
BROKER: Final = Gauge("billing_broker_up", "Whether the broker answers.")
STOPPED: Final = Gauge("billing_automation_stopped", "Whether somebody stopped automation.")
ENABLED: Final = Gauge("billing_enabled", "Whether anything may be billed at all.")
REFUSED: Final = Gauge("billing_issuing_refused", "Whether no number is given, because an older backup was restored.")
ATTEMPTS: Final = Gauge("billing_attempts_last_day", "Tickets that runs considered, in whole hours.", "outcome")
SECONDS: Final = Gauge("billing_attempt_seconds_last_day", "Time of the runs that they were in, summed.", "outcome")

SWITCHES: Final = (BROKER, STOPPED, ENABLED, REFUSED)  # yes or no: the number says nothing more

Measure = Callable[[datetime], Iterable[Reading]]


def readings(*, at: datetime) -> list[Reading]:
    """All gauges now, in eleven queries and one question to the broker, whatever the size of the house."""
    return [reading for measure in MEASURES for reading in measure(at)]


def waiting(at: datetime) -> Iterable[Reading]:
    """How much waits, and for how long the oldest has: two readings, by kind of unit."""
    rows = _rows(PENDING)
    due = automation.due(at).aggregate(number=Count("pk"), oldest=Min(Coalesce("bill_after", "finished_at")))
    rows.append(("tickets", due["number"], due["oldest"]))
    yield Reading(PENDING_UNITS, {unit: number for unit, number, _ in rows})
    yield Reading(OLDEST, {unit: _seconds(oldest, at) if oldest else 0 for unit, _, oldest in rows})


def _parked(at: datetime) -> Iterable[Reading]:  # noqa: ARG001 - all measures are asked in one way
    yield Reading(PARKED_UNITS, dict(_rows(PARKED)))
    held = Ticket.objects.filter(billing_status=Ticket.Billing.HELD).order_by().values_list("billing_reason")
    yield Reading(HELD, dict(held.annotate(Count("pk"))))


def _months(at: datetime) -> Iterable[Reading]:
    """Missing from the second day on; a month that failed and is tried again is as missing as one never tried."""
    today = at.astimezone(config.billing().zone).date()
    missing = {(due.partner, due.month) for due in due_months(at=at)}
    missing |= set(MonthAttempt.objects.values_list("partner_id", "period_start"))
    begun = today.replace(day=1)
    late = [month for _, month in missing if month < begun and (today > begun or month < _before(begun))]
    yield Reading(MISSING, {"": len(late)})


def _before(first: Any) -> Any:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def _anomalies(at: datetime) -> Iterable[Reading]:  # noqa: ARG001
    yield Reading(
        ANOMALIES, dict(Anomaly.objects.filter(closed_at=None).order_by().values_list("kind").annotate(Count("pk")))
    )


def _heartbeats(at: datetime) -> Iterable[Reading]:
    ages = {name: _seconds(last, at) for name, last in Heartbeat.objects.values_list("name", "at")}
    for name, allowed in SILENCE.items():
        if allowed <= QUICK:
            ages.setdefault(name, NEVER)
    over = {name: max(age - int(SILENCE[name].total_seconds()), 0) for name, age in ages.items() if name in SILENCE}
    yield Reading(HEARTBEAT, ages)
    yield Reading(OVERDUE, over)


def _broker(at: datetime) -> Iterable[Reading]:  # noqa: ARG001
    found = depths()
    yield Reading(BROKER, {"": int(found is not None)})
    yield Reading(QUEUES, found or {})


def _switches(at: datetime) -> Iterable[Reading]:  # noqa: ARG001
    yield Reading(STOPPED, {"": int(automation_is_stopped())})
    yield Reading(ENABLED, {"": int(config.billing().ticket_billing_enabled)})
    yield Reading(REFUSED, {"": int(bool(refusal()))})


def _attempts(at: datetime) -> Iterable[Reading]:
    since = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    rows = BillingStat.objects.filter(hour__gte=since, hour__lte=at).order_by().values_list("outcome")
    found = list(rows.annotate(Sum("tickets"), Sum("milliseconds")))
    yield Reading(ATTEMPTS, {outcome: number for outcome, number, _ in found})
    yield Reading(SECONDS, {outcome: milliseconds // 1000 for outcome, _, milliseconds in found})


MEASURES: Final[tuple[Measure, ...]] = (
    waiting, _parked, _months, _anomalies, _heartbeats, _broker, _switches, _attempts
)  # fmt: skip
GAUGES: Final = (
    PENDING_UNITS, OLDEST, PARKED_UNITS, HELD, MISSING, ANOMALIES, HEARTBEAT, OVERDUE, QUEUES, BROKER, STOPPED, ENABLED,
    REFUSED, ATTEMPTS, SECONDS,
)  # fmt: skip


def _seconds(since: datetime, at: datetime) -> int:
    return max(int((at - since).total_seconds()), 0)


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
