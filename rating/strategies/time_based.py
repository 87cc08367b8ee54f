"""Bill the time worked: minimum, rounding, and one line per hourly rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rating.charge import Charge, Source
from rating.explanation import Explanation, Value
from rating.hours import shown
from rating.outcome import BELOW_MINIMUM, NO_RATE, ZERO_AMOUNT, Priced
from rating.rates import applied_rate
from rating.rounding import Bucket, Piece, round_pieces
from rating.sources import time_source
from rating.terms import Rate, Rounding, Terms
from rating.work import Work, WorkedTime, in_order

if TYPE_CHECKING:
    from decimal import Decimal

KIND: Final = "time"
RULE: Final = "time"
VERSION: Final = 1
Timed = tuple[WorkedTime, Rate]


def applies(work: Work, _terms: Terms) -> bool:
    """Where there is time and no fee."""
    return bool(work.time) and not work.has_fee


def rate(work: Work, terms: Terms) -> Priced:
    """One line per hourly rate, in order of the work; one entry without a rate holds all of it.

    Entries that stay below a minimum, or that rounding leaves without any time, are settled free.
    """
    timed: list[Timed] = []
    for entry in in_order(work.time):
        if entry.remaining:
            found = applied_rate(entry, terms)
            if found is None:
                return Priced(reason=NO_RATE)
            timed.append((entry, found))
    buckets = round_pieces(
        [Piece(entry.worked_on.isoformat(), found.hourly, entry.remaining) for entry, found in timed], terms.rounding
    )
    lines = _lines(work, terms, timed, buckets)
    lined = {source.id for line in lines for source in line.sources}
    free = tuple(time_source(entry) for entry in in_order(work.time) if entry.id not in lined)
    return Priced(lines, free, "" if lines else _why_nothing(buckets))


def _why_nothing(buckets: list[Bucket]) -> str:
    if any(bucket.skipped for bucket in buckets):
        return BELOW_MINIMUM
    return ZERO_AMOUNT if buckets else ""


def _lines(work: Work, terms: Terms, timed: list[Timed], buckets: list[Bucket]) -> tuple[Charge, ...]:
    entries = [_entry_input(entry, found) for entry, found in timed]
    rounding = _rounding_input(terms.rounding)
    lines = []
    for hourly in dict.fromkeys(found.hourly for _, found in timed):
        concerned = [bucket for bucket in buckets if hourly in bucket.by_rate and not bucket.skipped]
        seconds = sum(bucket.by_rate[hourly] for bucket in concerned)
        if not seconds:
            continue
        members = [place for bucket in concerned for place in bucket.members]
        inputs: dict[str, Value] = {
            "hourly_rate": hourly,
            "currency": terms.currency,
            "rounding": rounding,
            "time_entries": [entries[place] for place in members],
        }
        steps = tuple(_step(bucket, hourly, timed) for bucket in concerned)
        sources = tuple(time_source(timed[place][0]) for place in members if timed[place][1].hourly == hourly)
        lines.append(
            _line(work, terms, hourly, seconds, sources=sources, explanation=Explanation(RULE, VERSION, inputs, steps))
        )
    return tuple(lines)


def _line(
    work: Work, terms: Terms, hourly: Decimal, seconds: int, *, sources: tuple[Source, ...], explanation: Explanation
) -> Charge:
    quantity, unit, price_per = shown(seconds)
    return Charge.of(
        KIND,
        f"Ticket {work.number}: {work.subject}" if work.subject else f"Ticket {work.number}",
        quantity=quantity,
        unit=unit,
        unit_price=hourly,
        price_per=price_per,
        currency=terms.currency,
        sources=sources,
        explanation=explanation,
    )


def _entry_input(entry: WorkedTime, found: Rate) -> dict[str, Value]:
    facts: dict[str, Value] = {
        "time_entry": entry.reference,
        "worked_on": entry.worked_on.isoformat(),
        "seconds": entry.seconds,
        "covered_seconds": entry.covered_seconds,
        "hourly_rate": found.hourly,
        "rate_source": found.label or found.origin,
    }
    if found.base is not None:
        facts["base_rate"] = found.base
        facts["multipliers"] = found.multipliers
    return facts


def _rounding_input(rounding: Rounding) -> dict[str, Value]:
    return {
        "level": rounding.level,
        "increment_seconds": rounding.increment_seconds,
        "direction": rounding.direction,
        "minimum_seconds": rounding.minimum_seconds,
        "below_minimum": rounding.below_minimum,
    }


def _step(bucket: Bucket, hourly: Decimal, timed: list[Timed]) -> dict[str, Value]:
    """Seconds of what was rounded together, and the part of it on this line."""
    return {
        "step": "rounding",
        "of": timed[bucket.members[0]][0].reference if bucket.name.isdecimal() else bucket.name,
        "worked_seconds": bucket.worked,
        "after_minimum_seconds": bucket.raised,
        "billed_seconds": bucket.billed,
        "on_this_line_seconds": bucket.by_rate[hourly],
    }
