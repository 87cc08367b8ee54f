"""The tickets that people ask about when they look at terms: what is done on them, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from contracts.models import Contract
from rating.terms import AFTER_HOURS, EMERGENCY, HOLIDAY, STANDARD, WEEKEND, Terms
from rating.time_of_day import time_of_day
from rating.work import Fee, Work, WorkedTime

SATURDAY: Final = 5
LONG, SHORT = 80 * 60, 5 * 60
# Three that are always asked about, and so many that the rate card asks for.
MOST_OF_CARD: Final = 3
MORNING: Final = time(10, 0)
# Where hours outside of business hours are looked for: in the evening, then in the morning, then at night.
OUTSIDE: Final = (time(20, 0), time(22, 0), time(6, 0), time(3, 0), time(12, 30), time(16, 0))


@dataclass(frozen=True, slots=True)
class Sample:
    """A ticket with one time entry of so many seconds. `what` is a sentence; the start is in the client's zone."""

    what: str
    day: date
    seconds: int
    start: time = MORNING
    work_type: str = ""
    emergency: bool = False

    def work(self, zone: str, fee: Fee | None) -> Work:
        """The ticket as rating takes it."""
        start = datetime.combine(self.day, self.start, tzinfo=ZoneInfo(zone))
        entry = WorkedTime(
            1, "1", self.day, self.seconds, start, work_type=self.work_type, emergency=self.emergency
        )  # fmt: skip
        return Work(number="1", subject="", time=(entry,), fee=fee, ticket_id=1, closed_on=self.day)


def samples(contract: Contract, terms: Terms, today: date) -> list[Sample]:
    """A weekday, a Saturday, what the rate card or the business hours tell apart, and five minutes: at most six."""
    first = _first_day(contract, today)
    weekday = _weekday(terms, first)
    usual = [
        Sample(_("A ticket of 1 h 20 on a weekday"), weekday, LONG),
        Sample(_("A ticket of 1 h 20 on a Saturday"), _saturday(terms, first), LONG),
    ]
    told_apart = [one for one in _of_card(contract, terms, first) if one not in usual]
    short = Sample(_("A ticket of 5 minutes on a weekday"), weekday, SHORT)
    return [*usual, *told_apart[:MOST_OF_CARD], short]


def _of_card(contract: Contract, terms: Terms, first: date) -> Iterator[Sample]:
    """One ticket for each kind of work and time of day on the card, on the first day on which its price is valid."""
    asked = [
        (row.work_type, row.time_of_day, max(first, row.valid_from))
        for row in terms.card
        if row.valid_to is None or row.valid_to >= first
    ]
    if contract.business_hours or any(when == STANDARD for _work_type, when, _day in asked):
        asked.append(("", AFTER_HOURS, first))
    for work_type, when, day in _once(asked):
        if (found := _at(when, terms, day)) is not None:
            what = _("%(ticket)s, %(work)s") % {"ticket": found.what, "work": work_type} if work_type else found.what
            yield Sample(what, found.day, LONG, found.start, work_type, found.emergency)


def _once(asked: Iterable[tuple[str, str, date]]) -> Iterable[tuple[str, str, date]]:
    return dict.fromkeys((work, "" if when == STANDARD else when, day) for work, when, day in asked)


def _at(when: str, terms: Terms, first: date) -> Sample | None:
    """A ticket at that time of day; None where the calendar or the business hours leave none."""
    if when == AFTER_HOURS:
        evening = Sample(_("A ticket of 1 h 20 after hours"), _weekday(terms, first), LONG)
        starts = (Sample(evening.what, evening.day, LONG, start) for start in OUTSIDE)
        return next((one for one in starts if _when(one, terms) == AFTER_HOURS), None)
    if when == HOLIDAY:
        holiday = _next(first, terms.holidays)
        return Sample(_("A ticket of 1 h 20 on a public holiday"), holiday, LONG) if terms.holidays(holiday) else None
    if when == WEEKEND:
        return Sample(_("A ticket of 1 h 20 on a Saturday"), _saturday(terms, first), LONG)
    if when == EMERGENCY:
        return Sample(_("An emergency of 1 h 20 on a weekday"), _weekday(terms, first), LONG, emergency=True)
    return Sample(_("A ticket of 1 h 20 on a weekday"), _weekday(terms, first), LONG)


def _when(sample: Sample, terms: Terms) -> str:
    (entry,) = sample.work(terms.timezone, None).time
    return time_of_day(entry, terms)


def _weekday(terms: Terms, first: date) -> date:
    return _next(first, lambda day: day.weekday() < SATURDAY and not terms.holidays(day))


def _saturday(terms: Terms, first: date) -> date:
    return _next(first, lambda day: day.weekday() == SATURDAY and not terms.holidays(day))


def _first_day(contract: Contract, today: date) -> date:
    """Today, if the contract is in force; else its first day, or a week before its last."""
    if contract.end_on is not None and contract.end_on < today:
        return contract.end_on - min(timedelta(days=7), contract.end_on - contract.start_on)
    return max(contract.start_on, today)


def _next(day: date, fits: Callable[[date], bool]) -> date:
    """The first day that fits; a year is looked through, so that there is one, unless the calendar ends before."""
    days = (day + timedelta(days=ahead) for ahead in range(min(366, (date.max - day).days + 1)))
    return next((one for one in days if fits(one)), day)
