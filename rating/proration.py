"""Part of a period, by the day. The parts of a period sum to its price exactly, however it is cut."""

from __future__ import annotations

from calendar import monthrange
from decimal import Decimal
from typing import TYPE_CHECKING

from rating.money import EXACT, amount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

MONTHS_A_YEAR = 12


def price_of_days(quantity: Decimal, unit_price: Decimal, *, currency: str, first: int, after: int, days: int) -> int:
    """Minor units of the days [first, after), counted from 0, of a period of `days` that costs quantity x unit price.

    The price of all days up to one is rounded, and a part is the difference of two of these prices: what one part
    loses by rounding, its neighbour gains. Raises ValueError unless 0 <= first < after <= days.
    """
    if not 0 <= first < after <= days:
        raise ValueError(f"The days {first} to {after} are no part of a period of {days} days.")
    before, with_them = (
        amount(EXACT.multiply(quantity, Decimal(count)), unit_price, currency=currency, price_per=days)
        for count in (first, after)
    )
    return with_them - before


def periods_from(anchor: date, months: int) -> Iterator[tuple[date, date]]:
    """Periods of so many months, one after the other, as (first day, first day of the next); they end with year 9999.

    Each begins on the anchor's day of the month, or on the month's last day where it has no such day: after 31 January
    comes 28 February, and then 31 March. Raises ValueError for less than one month.
    """
    if months < 1:
        raise ValueError(f"A period takes one month or more, not {months}.")
    start: date | None = anchor
    count = 0
    while start is not None:
        count += months
        following = months_after(anchor, count)
        if following is not None:
            yield start, following
        start = following


def months_after(day: date, months: int) -> date | None:
    """The same day of the month so many months later, clamped to that month's end; None beyond the calendar."""
    years, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    if years > day.max.year:
        return None
    return day.replace(year=years, month=month + 1, day=min(day.day, monthrange(years, month + 1)[1]))


def calendar_start(day: date, months: int) -> date:
    """The first day of the calendar's month, quarter or year (1, 3 or 12 months) that the day lies in."""
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)
