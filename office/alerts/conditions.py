"""What counts as wrong: a figure beyond its limit, a sentence, and where the guide says what to do.

A new condition: one entry of CONDITIONS, a heading of its anchor in docs/operations.md, and
`manage.py check_alerts --rules > docker/prometheus-alerts.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from office.alerts import gauges
from office.alerts.gauges import NEVER, Gauge, Reading, readings
from office.home.kpi import duration

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
CRITICAL, WARNING = "critical", "warning"
# The longest that a queue may be before somebody should look: some minutes of work.
LONG_QUEUE: Final = 1000


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that may be wrong: a value of `gauge` above `limit` (below it, where `below`).

    `only` names the one value of its label that counts; "" for all. `minutes`: how long Prometheus lets it last.
    """

    name: str
    gauge: Gauge
    limit: int
    sentence: str | Promise
    severity: str = WARNING
    only: str = ""
    below: bool = False
    minutes: int = 5

    @property
    def anchor(self) -> str:
        """Of its heading in docs/operations.md."""
        return self.name.replace("_", "-")

    def values(self, found: Iterable[Reading]) -> dict[str, int]:
        """By label, the values that are beyond the limit."""
        return {
            label: value
            for reading in found
            if reading.gauge == self.gauge
            for label, value in reading.values.items()
            if self.only in ("", label) and (value < self.limit if self.below else value > self.limit)
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that holds, and for which values."""

    condition: Condition
    values: dict[str, int]

    @property
    def name(self) -> str:
        return self.condition.name

    @property
    def sentence(self) -> str:
        """What is wrong, with its figures."""
        if self.condition.gauge in gauges.SWITCHES:
            return str(self.condition.sentence)
        said = _lasted if self.condition.gauge.name.endswith("_seconds") else str
        # Where the condition is about one unit, its sentence has named it.
        values = sorted(("" if label == self.condition.only else label, value) for label, value in self.values.items())
        told = ", ".join(f"{label} {said(value)}".strip() for label, value in values)
        return f"{self.condition.sentence} ({told})"


def _lasted(seconds: int) -> str:
    return duration(seconds) if seconds < NEVER // 2 else gettext("never")


def _waits(unit: str, limit: int, sentence: str | Promise, severity: str = WARNING) -> Condition:
    return Condition(f"{unit}_wait", gauges.OLDEST, limit, sentence, severity, only=unit)


def _parked(unit: str, sentence: str | Promise) -> Condition:
    return Condition(f"{unit}_parked", gauges.PARKED_UNITS, 0, sentence, only=unit)


CONDITIONS: Final[Sequence[Condition]] = (
    Condition("issuing_refused", gauges.REFUSED, 0,
              _("No number is given: an older backup was restored."), CRITICAL, minutes=0),
    Condition("heartbeat_missing", gauges.OVERDUE, 0,
              _("A recurring job has not run for too long."), CRITICAL),
    Condition("broker_down", gauges.BROKER, 1, _("The broker does not answer."), CRITICAL, below=True),
    Condition("aggregate_missing", gauges.MISSING, 0,
              _("Partners' months have no invoice on the second day."), CRITICAL),
    _waits("tickets", HOUR, _("Tickets that are due are not billed."), CRITICAL),
    _waits("mails", HOUR, _("Mail does not leave.")),
    _waits("stripe_calls", HOUR, _("Steps to Stripe are not made.")),
    _waits("stripe_events", HOUR, _("Events of Stripe are not processed."), CRITICAL),
    _waits("jobs", HOUR, _("A job that somebody asked for is not done.")),
    _waits("files", HOUR, _("Documents are not drawn.")),
    _waits("audit_entries", 10 * MINUTE, _("The audit trail is not sealed.")),
    _parked("tickets", _("Tickets could not be billed.")),
    _parked("months", _("Partners' months could not be run.")),
    _parked("mails", _("Mails could not be sent.")),
    _parked("stripe_calls", _("Steps to Stripe could not be made.")),
    _parked("stripe_documents", _("Documents cannot be sent to Stripe.")),
    _parked("stripe_events", _("Events of Stripe could not be processed.")),
    _parked("jobs", _("Jobs failed.")),
    Condition("stripe_differs", gauges.ANOMALIES, 0, _("Ours and Stripe's do not fit together.")),
    Condition("queue_long", gauges.QUEUES, LONG_QUEUE, _("Messages pile up in the broker.")),
    Condition("automation_stopped", gauges.STOPPED, 0, _("Automation is stopped."), minutes=60),
    Condition("billing_off", gauges.ENABLED, 1, _("Billing is switched off."), below=True, minutes=60),
)  # fmt: skip


def current_alerts(*, at: datetime) -> list[Alert]:
    """All that is wrong now, the gravest first; about a dozen queries."""
    return alerts_of(readings(at=at))


def alerts_of(found: Sequence[Reading]) -> list[Alert]:
    """What is wrong by these readings."""
    return [Alert(one, values) for one in CONDITIONS if (values := one.values(found))]
