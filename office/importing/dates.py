"""Readers of days and instants: a JSON value -> the text that its column takes, or Problem."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import config

from .problem import Problem, quoted
from .values import as_text

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199  # a year outside is a slip of the keyboard, and breaks calendars


def day(value: object) -> str:
    """A date YYYY-MM-DD."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise Problem(f"must be a date YYYY-MM-DD, not {quoted(value)}")
    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise Problem(f"is no date of the calendar: {quoted(value)}") from error
    _plausible(found.year, value)
    return value


def month(value: object) -> str:
    """A month YYYY-MM -> its first day."""
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise Problem(f"must be a month YYYY-MM, not {quoted(value)}")
    _plausible(int(value[:4]), value)
    return f"{value}-01"


def moment(value: object) -> str:
    """An ISO 8601 datetime with its offset -> the same instant in UTC."""
    try:
        found = datetime.fromisoformat(as_text(value))
        instant = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError) as error:
        raise Problem(f"must be a datetime such as 2026-01-15T09:00:00+01:00, not {quoted(value)}") from error
    if instant is None:
        raise Problem(f"needs an offset such as +01:00 or Z: {quoted(value)}")
    _plausible(instant.year, value)
    return instant.isoformat()


def moment_or_day(value: object) -> str:
    """A datetime with offset, or a date, which is its midnight in the issuer's time zone."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return f"{day(value)} 00:00:00 {config.billing().timezone}"
    return moment(value)


def day_or_moment(value: object) -> str:
    """A date, or a datetime with offset, of which the date counts as it is written."""
    if isinstance(value, str) and not _DATE.fullmatch(value):
        moment(value)
        return day(value[:10])
    return day(value)


def _plausible(year: int, value: object) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Problem(f"is outside the years {_FIRST_YEAR} to {_LAST_YEAR}: {quoted(value)}")
