"""Charges that come back with a contract: which periods are charged, when, and what each of them costs (T-26).

Without proration, periods begin on the day of the month on which the charge became valid, and a period that begins
while charge and contract are in force is charged whole. With proration, periods are the calendar's months, quarters and
years, and only the days in force are charged: a charge that ends in mid-month and its successor share that month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating import numerals
from rating.charge import Charge, Source
from rating.explanation import Explanation, Value
from rating.money import amount, exponent, to_major
from rating.phrases import PHRASES
from rating.proration import calendar_start, periods_from, price_of_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from rating.numerals import Language

RULE: Final = "recurring"
VERSION: Final = 1
KIND: Final = "recurring"

ADVANCE: Final = "advance"
MONTHS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A recurring charge. `unit_price` is in major units, for one unit and one period.

    `first_day` and `last_day` (None: open) bound the days on which both the charge and its contract are in force.
    """

    id: int
    reference: str
    contract: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    currency: str
    interval: str
    timing: str
    prorate: bool
    valid_from: date
    first_day: date
    last_day: date | None = None
    language: Language = "en"  # that of the document


@dataclass(frozen=True, slots=True)
class ChargedPeriod:
    """A period [start, after) and the days of it that are charged, both inclusive. `due_on`: billed from that day."""

    start: date
    after: date
    first_day: date
    last_day: date
    due_on: date

    @property
    def label(self) -> str:
        """What tells the periods of one charge apart; it stays as it is when the charge ends earlier or later."""
        return self.start.isoformat()

    @property
    def days(self) -> int:
        """The days of the whole period."""
        return (self.after - self.start).days

    @property
    def offsets(self) -> tuple[int, int]:
        """The charged days as [first, after), counted from the start of the period."""
        return (self.first_day - self.start).days, (self.last_day + DAY - self.start).days


def due_periods(charge: Recurring, *, on: date) -> Iterator[ChargedPeriod]:
    """The periods that are to be billed by that day, the earliest first.

    In advance: from the first day of the month in which the charged days begin; in arrears: from the day after them.
    """
    months = MONTHS[charge.interval]
    anchor = calendar_start(charge.valid_from, months) if charge.prorate else charge.valid_from
    for start, after in periods_from(anchor, months):
        if start.replace(day=1) > on or (charge.last_day is not None and start > charge.last_day):
            return
        period = _charged(charge, start, after)
        if period is not None and period.due_on <= on:
            yield period


def _charged(charge: Recurring, start: date, after: date) -> ChargedPeriod | None:
    first, last = start, after - DAY
    if charge.prorate:
        first = max(first, charge.first_day)
        last = last if charge.last_day is None else min(last, charge.last_day)
    if first < charge.first_day or first > last:
        return None
    return ChargedPeriod(start, after, first, last, first.replace(day=1) if charge.timing == ADVANCE else last + DAY)


def recurring_charge(charge: Recurring, period: ChargedPeriod) -> Charge:
    """The line of one period. A part of a period is one unit at the price of its days."""
    inputs: dict[str, Value] = {
        "recurring_charge": charge.reference,
        "contract": charge.contract,
        "quantity": charge.quantity,
        "unit_price": charge.unit_price,
        "currency": charge.currency,
        "interval": charge.interval,
        "timing": charge.timing,
        "prorate": charge.prorate,
        "period_first_day": period.start.isoformat(),
        "period_last_day": (period.after - DAY).isoformat(),
        "charged_first_day": period.first_day.isoformat(),
        "charged_last_day": period.last_day.isoformat(),
    }
    of_part = period.offsets != (0, period.days)
    line = (_part if of_part else _whole)(charge, period, inputs)
    source = Source(KIND, charge.id, charge.quantity, line.amount_cents, period.label, charge.reference)
    return replace(line, sources=(source,))


def period_price(quantity: Decimal, unit_price: Decimal, currency: str, period: ChargedPeriod) -> int:
    """Minor units of the charged days of a period. Raises ValueError where they are not days of it."""
    first, after = period.offsets
    return price_of_days(quantity, unit_price, currency=currency, first=first, after=after, days=period.days)


def _whole(charge: Recurring, period: ChargedPeriod, inputs: dict[str, Value]) -> Charge:
    return Charge.of(
        KIND,
        _described(charge, period),
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        currency=charge.currency,
        explanation=Explanation(RULE, VERSION, inputs),
    )


def _part(charge: Recurring, period: ChargedPeriod, inputs: dict[str, Value]) -> Charge:
    first, after = period.offsets
    cents = period_price(charge.quantity, charge.unit_price, charge.currency, period)
    step: dict[str, Value] = {
        "step": "proration",
        "days": after - first,
        "days_of_period": period.days,
        "whole_period_cents": amount(charge.quantity, charge.unit_price, currency=charge.currency),
        "part_cents": cents,
    }
    shown = PHRASES[charge.language]["line_days_of"].format(
        days=after - first,
        all=period.days,
        quantity=numerals.number(charge.quantity, charge.language),
        price=numerals.number(charge.unit_price, charge.language, places=exponent(charge.currency)),
    )
    return Charge.of(
        KIND,
        f"{_described(charge, period)} ({shown})",
        quantity=Decimal(1),
        unit_price=to_major(cents, charge.currency),
        currency=charge.currency,
        explanation=Explanation(RULE, VERSION, inputs, (step,)),
    )


def _described(charge: Recurring, period: ChargedPeriod) -> str:
    first, last = (numerals.day(day.isoformat(), charge.language) for day in (period.first_day, period.last_day))
    return PHRASES[charge.language]["line_period"].format(description=charge.description, first=first, last=last)
