"""Business hours as people write them, one line for days with the same hours: "Mon-Fri 08:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rating.business_hours import DAYS, BusinessHours
from rating.numerals import Language

SHORT: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
}
_LONG: Final = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
)
_KNOWN: Final = {name.lower(): DAYS[place] for names in (*SHORT.values(), *_LONG) for place, name in enumerate(names)}
_LINE: Final = re.compile(r"(?P<days>[^\d:]+?)\s*:?\s*(?P<times>\d.*)")
_SPAN: Final = re.compile(r"(\d{1,2})(?:[:.](\d\d))?-(\d{1,2})(?:[:.](\d\d))?")
_DASHES: Final = re.compile(r"\s*[-\N{EN DASH}\N{EM DASH}]\s*")

# Why a line cannot be read.
SHAPE, DAY, TIME, ORDER, OVERLAP, TWICE = "shape", "day", "time", "order", "overlap", "twice"


class UnreadableLine(ValueError):  # noqa: N818 - a finding about what was typed
    """A line that cannot be read: its number from 1, its text, why, and the part that is wrong."""

    def __init__(self, number: int, line: str, why: str, part: str) -> None:
        super().__init__(f"line {number}, {line!r}: {why} {part}")
        self.number, self.line, self.why, self.part = number, line, why, part


def as_lines(hours: Mapping[str, str], language: Language) -> str:
    """Stored hours as lines in the order of the week, the days named in that language."""
    entries = [([_day_range(part) for part in days.lower().split(",")], times) for days, times in hours.items()]
    entries.sort(key=lambda entry: DAYS.index(entry[0][0][0]))
    return "\n".join(f"{', '.join(_told(one, language) for one in days)} {times}" for days, times in entries)


def from_lines(text: str) -> dict[str, str]:
    """The lines as hours are stored: {"mon-fri": "08:00-18:00"}; English and German days. Empty lines are none.

    Raises UnreadableLine.
    """
    found: dict[str, str] = {}
    named: set[int] = set()
    for number, typed in enumerate(text.splitlines(), 1):
        line = " ".join(typed.split())  # long runs of blanks would be tried in every way in which they can be divided
        if not line:
            continue
        days, times = _parts(number, line)
        open_on = set(BusinessHours.parse({days: times}).spans)
        if named & open_on:
            raise UnreadableLine(number, line, TWICE, DAYS[min(named & open_on)])
        named |= open_on
        found[days] = times
    return found


def _parts(number: int, line: str) -> tuple[str, str]:
    shape = _LINE.fullmatch(_DASHES.sub("-", line))
    if shape is None:
        raise UnreadableLine(number, line, SHAPE, "")
    days: list[str] = []
    for part in re.split(r"\s*,\s*|\s+", shape["days"].strip(" ,")):
        names = [name.rstrip(".").lower() for name in part.split("-")]
        if part.count("-") > 1 or any(name not in _KNOWN for name in names):
            raise UnreadableLine(number, line, DAY, part)
        days.append("-".join(_KNOWN[name] for name in names))
    if len(_numbers(days)) != len(set(_numbers(days))):
        raise UnreadableLine(number, line, TWICE, shape["days"])
    return ", ".join(days), _times(number, line, shape["times"])


def _times(number: int, line: str, text: str) -> str:
    spans = [_span(number, line, part.strip()) for part in text.strip(" ,").split(",")]
    times = ", ".join(spans)
    try:
        BusinessHours.parse({"mon": times})
    except ValueError:
        raise UnreadableLine(number, line, OVERLAP, times) from None
    return times


def _span(number: int, line: str, text: str) -> str:
    """One span as it is stored; "8-18" is "08:00-18:00"."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise UnreadableLine(number, line, TIME, text)
    start, end = (f"{int(hour):02}:{minute or '00'}" for hour, minute in (found.group(1, 2), found.group(3, 4)))
    if any(one > "24:00" or one[3:] > "59" for one in (start, end)):
        raise UnreadableLine(number, line, TIME, text)
    if end <= start:
        raise UnreadableLine(number, line, ORDER, text)
    return f"{start}-{end}"


def _numbers(days: list[str]) -> list[int]:
    """The weekdays of all parts, each as often as it is named."""
    return [day for part in days for day in BusinessHours.parse({part: "00:00-24:00"}).spans]


def _day_range(part: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in part.split("-"))


def _told(days: tuple[str, ...], language: Language) -> str:
    return "-".join(SHORT[language][DAYS.index(day)] for day in days)
