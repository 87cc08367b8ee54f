"""Which hourly rate applies to a time entry, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rating.money import EXACT
from rating.terms import CardRate, Rate, Terms
from rating.time_of_day import time_of_day

if TYPE_CHECKING:
    from decimal import Decimal

    from rating.work import WorkedTime


def applied_rate(entry: WorkedTime, terms: Terms) -> Rate | None:
    """The first rate that is set: a person's override, the entry's own, the rate card, then the ladder; else None.

    A rate of 0 is a price. Multipliers of the card apply to the rate found below them, more than one to one another.
    """
    if terms.override_rate is not None:
        return Rate("override", terms.override_rate, "override")
    if entry.hourly_rate is not None:
        return Rate("entry", entry.hourly_rate, "entry")
    below = terms.ladder[0] if terms.ladder else None
    return _from_card(entry, terms, below) if terms.card else below


def _from_card(entry: WorkedTime, terms: Terms, below: Rate | None) -> Rate | None:
    multiplied: list[CardRate] = []
    for row in _fitting(entry, terms):
        if row.hourly_rate is not None:
            below = Rate("card", row.hourly_rate, f"card {row.reference}")
            break
        multiplied.append(row)
    if below is None or not multiplied:
        return below
    factors = tuple(row.multiplier for row in multiplied if row.multiplier is not None)
    names = " ".join(f"card {row.reference} x {row.multiplier:f} on" for row in multiplied)
    return Rate("card", product(below.hourly, factors), f"{names} {below.label or below.origin}", below.hourly, factors)


def product(base: Decimal, factors: tuple[Decimal, ...]) -> Decimal:
    """The rate times its multipliers, exact: all places are kept."""
    for factor in factors:
        base = EXACT.multiply(base, factor)
    return base


def _fitting(entry: WorkedTime, terms: Terms) -> list[CardRate]:
    """The rows in force on the work date that fit, the most specific first, one of each specificity."""
    when = time_of_day(entry, terms)
    best: dict[tuple[bool, bool], CardRate] = {}
    for row in terms.card:
        if _fits(row, entry, when):
            key = (bool(row.work_type), bool(row.time_of_day))
            other = best.get(key)
            if other is None or (row.valid_from, row.reference) > (other.valid_from, other.reference):
                best[key] = row
    return [best[key] for key in sorted(best, reverse=True)]


def _fits(row: CardRate, entry: WorkedTime, when: str) -> bool:
    return (
        row.valid_from <= entry.worked_on
        and (row.valid_to is None or entry.worked_on <= row.valid_to)
        and row.work_type in ("", entry.work_type)
        and row.time_of_day in ("", when)
    )
