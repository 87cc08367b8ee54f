"""Billing periods: whole days of a time zone, half-open as instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MONTHS: Final = {
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_LABEL = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """[start, end) as instants in UTC, both at a local midnight of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError("A billing period needs instants with a time zone.")
        if self.end <= self.start:
            raise ValueError(f"A billing period cannot end ({self.end}) before it starts ({self.start}).")

    @classmethod
    def for_month(cls, year: int, month: int, tz: str | ZoneInfo) -> BillingPeriod:
        """The calendar month in that time zone."""
        first = date(year, month, 1)
        following = (first + timedelta(days=31)).replace(day=1)
        return cls.from_dates(first, following - timedelta(days=1), tz)

    @classmethod
    def current_month(cls, at: datetime, tz: str | ZoneInfo) -> BillingPeriod:
        """The month that the aware instant lies in."""
        today = _local_day(at, _zone(tz))
        return cls.for_month(today.year, today.month, tz)

    @classmethod
    def previous_month(cls, at: datetime, tz: str | ZoneInfo) -> BillingPeriod:
        """The month before the one that the aware instant lies in."""
        last = _local_day(at, _zone(tz)).replace(day=1) - timedelta(days=1)
        return cls.for_month(last.year, last.month, tz)

    @classmethod
    def from_dates(cls, start: date, end: date, tz: str | ZoneInfo) -> BillingPeriod:
        """All days from `start` to `end`, both inclusive. Raises ValueError where the end is before the start."""
        zone = _zone(tz)
        return cls(_midnight(start, zone), _midnight(end + timedelta(days=1), zone), zone)

    @classmethod
    def from_label(cls, label: str, tz: str | ZoneInfo) -> BillingPeriod:
        """The month of a label such as "2026-02". Raises ValueError for all else."""
        parts = _LABEL.fullmatch(label)
        if parts is None:
            raise ValueError(f"{label!r} is no month; write 2026-02.")
        return cls.for_month(int(parts[1]), int(parts[2]), tz)

    @property
    def first_day(self) -> date:
        """The local day that the period starts with."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The local day that the period ends with, inclusive."""
        return self.end.astimezone(self.zone).date() - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many local days there are in it."""
        return (self.last_day - self.first_day).days + 1

    def contains(self, at: datetime) -> bool:
        """Whether the aware instant lies in the period."""
        return self.start <= at < self.end

    def is_current(self, at: datetime) -> bool:
        """Whether the period is running at that aware instant."""
        return self.contains(at)

    def overlaps(self, other: BillingPeriod) -> bool:
        """Whether there is an instant that lies in both."""
        return self.start < other.end and other.start < self.end

    def to_date_range(self) -> tuple[date, date]:
        """The first and the last local day, both inclusive."""
        return self.first_day, self.last_day

    def label(self, format: str = "%Y-%m") -> str:  # noqa: A002
        """The first day in a format of strftime."""
        return self.first_day.strftime(format)

    def month_label(self, locale: str = "de") -> str:
        """Month and year in words: "Januar 2026". Raises ValueError for a language without month names here."""
        names = MONTHS.get(re.split("[-_]", locale)[0])
        if names is None:
            raise ValueError(f"There are no month names for {locale!r}, only for {', '.join(MONTHS)}.")
        return f"{names[self.first_day.month - 1]} {self.first_day.year}"

    def as_dict(self) -> dict[str, str]:
        """Instants, days and zone as text: start, end, first_day, last_day, timezone."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "timezone": self.zone.key,
        }


def due_on(issued_on: date, days: int) -> date:
    """The day by which a document is to be paid. Raises ValueError for negative payment terms."""
    if days < 0:
        raise ValueError(f"Payment terms must be zero days or more, not {days}.")
    return issued_on + timedelta(days=days)


def is_overdue(due: date, today: date) -> bool:
    """From the day after the due date."""
    return today > due


def _zone(tz: str | ZoneInfo) -> ZoneInfo:
    return ZoneInfo(tz) if isinstance(tz, str) else tz


def _local_day(at: datetime, zone: ZoneInfo) -> date:
    if at.utcoffset() is None:
        raise ValueError("The month of an instant without a time zone is not known.")
    return at.astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which the local day begins; where clocks skip midnight, the instant at which they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
