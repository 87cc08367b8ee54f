"""When work was done: standard, after hours, weekend, holiday or emergency."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rating.terms import AFTER_HOURS, EMERGENCY, HOLIDAY, STANDARD, WEEKEND, Terms

if TYPE_CHECKING:
    from rating.work import WorkedTime

SATURDAY = 5


def time_of_day(entry: WorkedTime, terms: Terms) -> str:
    """One of `terms.TIMES_OF_DAY`, judged by the start in the terms' time zone, or by the work date without a start.

    An emergency beats a holiday, a holiday a weekend, a weekend after hours. A Saturday or Sunday is no weekend
    while it has business hours. Raises ValueError for a start without a time zone.
    """
    if entry.emergency:
        return EMERGENCY
    if entry.started_at is None:
        day, minute = entry.worked_on, None
    else:
        if entry.started_at.utcoffset() is None:
            raise ValueError(f"Time entry {entry.reference} has a start without a time zone.")
        local = entry.started_at.astimezone(ZoneInfo(terms.timezone))
        day, minute = local.date(), local.hour * 60 + local.minute
    if terms.holidays(day):
        return HOLIDAY
    weekday, hours = day.weekday(), terms.business_hours
    if hours.open_on(weekday) if minute is None else hours.open_at(weekday, minute):
        return STANDARD
    if weekday >= SATURDAY:
        return WEEKEND
    return STANDARD if minute is None else AFTER_HOURS
