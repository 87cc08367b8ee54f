"""What the first page measures: counted in the database over windows of time, and kept for a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

import structlog
from django.core.cache import cache
from django.db import connection
from redis import RedisError

import config
from office.home import sql
from office.home.queues import depths
from rating.money import amount
from tickets.plan import ENROLMENT_REASONS

log = structlog.get_logger("billing.home")

KEPT_SECONDS: Final = 60
SHORT, LONG = timedelta(days=7), timedelta(days=30)
WEEKS: Final = 12
DAYS: Final = 14
ONE: Final = Decimal(1)

ByCurrency: TypeAlias = dict[str, int]


@dataclass(frozen=True, slots=True)
class Finished:
    """Tickets that were finished in the last 30 days by what became of them, and how long their bill took in seconds.

    `late` ones should have been billed by now. Times are of the last 7 days, None where nothing was billed; `due_`
    times count from when the ticket was due, `raw_` times from when it was finished.
    """

    settled: int
    held: int
    late: int
    not_enrolled: int
    due_median: int | None
    due_most: int | None
    raw_median: int | None
    raw_most: int | None


@dataclass(frozen=True, slots=True)
class Attempts:
    """Tickets of one outcome and reason that runs considered; `within_ms` bounds the time of these runs."""

    lately: bool
    by_hand: bool
    outcome: str
    reason: str
    within_ms: int
    tickets: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one moment. Amounts are in minor units by currency."""

    at: datetime
    finished: Finished
    attempts: list[Attempts]
    billed_by_hour: dict[datetime, int]
    # (first day of the week, by hand): what was billed.
    revenue: dict[tuple[date, bool], ByCurrency]
    issued: ByCurrency
    # By age: tickets, and what their work comes to.
    unbilled: dict[str, tuple[int, ByCurrency]]
    depths: dict[str, int] | None


def measured(*, at: datetime) -> Measured:
    """The figures of the last minute, or new ones."""
    try:
        kept = cache.get(cache_key())
    except RedisError as problem:
        log.warning("figures not kept", problem=str(problem))
        return measure(at=at)
    if isinstance(kept, Measured) and kept.at <= at < kept.at + timedelta(seconds=KEPT_SECONDS):
        return kept
    fresh = measure(at=at)
    try:
        cache.set(cache_key(), fresh, KEPT_SECONDS)
    except RedisError as problem:
        log.warning("figures not kept", problem=str(problem))
    return fresh


def cache_key() -> str:
    """Where the figures are kept; databases that share a broker must not see each other's. Counts its own changes."""
    return f"home-1-{connection.settings_dict['NAME']}"


def measure(*, at: datetime) -> Measured:
    """Measure now, in six queries, whatever the size of the house."""
    settings = config.billing()
    today = at.astimezone(settings.zone).date()
    monday = today - timedelta(days=today.weekday())
    asked = {
        "at": at,
        "today": today,
        "zone": settings.timezone,
        "short": at - SHORT,
        "long": at - LONG,
        "long_day": today - LONG,
        "since": at.replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS),
        "first_week": monday - timedelta(weeks=WEEKS - 1),
        "delay": settings.delay_minutes * 60,
        "not_enrolled": list(ENROLMENT_REASONS),
        "rate": settings.default_hourly_rate,
    }
    (finished,) = _rows(sql.FINISHED, asked)
    return Measured(
        at=at,
        finished=Finished(*finished),
        attempts=[Attempts(*row) for row in _rows(sql.ATTEMPTS, asked)],
        billed_by_hour=dict(_rows(sql.BILLED, asked)),
        revenue=_by_week(_rows(sql.REVENUE, asked)),
        issued=dict(_rows(sql.ISSUED, asked)),
        unbilled=_by_age(_rows(sql.UNBILLED, asked)),
        depths=depths(),
    )


def _rows(query: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return list(cursor.fetchall())


def _by_week(rows: list[tuple[Any, ...]]) -> dict[tuple[date, bool], ByCurrency]:
    found: dict[tuple[date, bool], ByCurrency] = {}
    for week, by_hand, currency, cents in rows:
        found.setdefault((week, by_hand), {})[currency] = cents
    return found


def _by_age(rows: list[tuple[Any, ...]]) -> dict[str, tuple[int, ByCurrency]]:
    found: dict[str, tuple[int, ByCurrency]] = {}
    for age, currency, tickets, value in rows:
        number, sums = found.get(age, (0, {}))
        found[age] = (number + tickets, {**sums, currency: amount(ONE, value, currency=currency)})
    return found
