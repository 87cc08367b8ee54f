"""Business hours of a week: which minutes are ordinary working time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60
_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Spans of minutes since midnight, half-open, by weekday (Monday 0). A day without spans is no business day."""

    spans: Mapping[int, Spans]

    WORKING_WEEK: ClassVar[BusinessHours]

    @classmethod
    def parse(cls, text: Mapping[str, str]) -> BusinessHours:
        """From days to times: {"mon-fri": "08:00-18:00", "sat": "09:00-12:00, 13:00-15:00"}.

        Raises ValueError with a sentence that names what is wrong.
        """
        try:
            items = text.items()
        except AttributeError:
            raise ValueError(f'Business hours are written as {{"mon-fri": "08:00-18:00"}}, not as {text!r}.') from None
        spans: dict[int, Spans] = {}
        for days, times in items:
            parsed = _times(times)
            for day in _days(days):
                if day in spans:
                    raise ValueError(f"Business hours name {DAYS[day]} twice.")
                spans[day] = parsed
        return cls(spans)

    def open_on(self, weekday: int) -> bool:
        """Whether the weekday (Monday 0) has business hours at all."""
        return bool(self.spans.get(weekday))

    def open_at(self, weekday: int, minute: int) -> bool:
        """Whether that minute since midnight is within the business hours of the weekday."""
        return any(start <= minute < end for start, end in self.spans.get(weekday, ()))

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.spans.items())))


def _days(text: str) -> list[int]:
    """Weekday numbers of "mon-fri", "sat" or "mon, wed"; a range may run over the end of the week."""
    days: list[int] = []
    for part in str(text).lower().split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        for name in (first, last) if dash else (first,):
            if name not in DAYS:
                raise ValueError(f"Business hours: {name!r} is no day; use {', '.join(DAYS)}.")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 + 1 if dash else 1
        days += [(start + offset) % 7 for offset in range(length)]
    return days


def _times(text: str) -> Spans:
    spans = sorted(_span(part.strip()) for part in str(text).split(","))
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ValueError(f"Business hours: the times in {text!r} overlap.")
    return tuple(spans)


def _span(text: str) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"Business hours: {text!r} is no span of time; write 08:00-18:00.")
    first, last = _minute(start.strip()), _minute(end.strip())
    if last <= first:
        raise ValueError(f"Business hours: {text!r} ends before it starts.")
    return first, last


def _minute(text: str) -> int:
    time = _TIME.fullmatch(text)
    minute = int(time[1]) * 60 + int(time[2]) if time else None
    if minute is None or minute > MIDNIGHT:
        raise ValueError(f"Business hours: {text!r} is no time of day; write 08:00, at most 24:00.")
    return minute


BusinessHours.WORKING_WEEK = BusinessHours.parse({"mon-fri": "08:00-18:00"})
