"""Minimum and increments of worked time, and which rate the added or taken time belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rating.money import round_half_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from rating.terms import Rounding


@dataclass(frozen=True, slots=True)
class Piece:
    """Worked seconds of one time entry at its hourly rate; `day` (ISO) tells what is rounded together by day."""

    day: str
    hourly: Decimal
    seconds: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Pieces that were rounded together: seconds worked, after the minimum, billed, and billed by hourly rate.

    `members` are the places of its pieces. `skipped` says that it stayed below the minimum and is not billed.
    """

    name: str
    members: list[int]
    worked: int
    raised: int
    billed: int
    by_rate: dict[Decimal, int]
    skipped: bool = False


def apply(seconds: int, rounding: Rounding) -> int:
    """Billed seconds: the minimum first, then the increment. No time stays no time; time that is skipped is 0."""
    return _rounded(_raised(seconds, rounding), rounding)


def round_pieces(pieces: Sequence[Piece], rounding: Rounding) -> list[Bucket]:
    """Round the pieces together that the level says (ticket, day or entry); the sums are exact."""
    members: dict[str, list[int]] = {}
    for place, piece in enumerate(pieces):
        name = rounding.level if rounding.level == "ticket" else piece.day if rounding.level == "day" else str(place)
        members.setdefault(name, []).append(place)
    return [_bucket(name, places, pieces, rounding) for name, places in members.items()]


def _bucket(name: str, places: list[int], pieces: Sequence[Piece], rounding: Rounding) -> Bucket:
    by_rate: dict[Decimal, int] = {}
    for place in places:
        piece = pieces[place]
        by_rate[piece.hourly] = by_rate.get(piece.hourly, 0) + piece.seconds
    worked = sum(by_rate.values())
    raised = _raised(worked, rounding)
    billed = _rounded(raised, rounding)
    return Bucket(name, places, worked, raised, billed, distribute(by_rate, billed), skipped=raised < worked)


def distribute(by_rate: dict[Decimal, int], billed: int) -> dict[Decimal, int]:
    """Seconds by rate that sum to `billed`: what is added goes to the rate with the most time, on a tie the higher.

    What is taken away comes from there too, and goes on to the next rate where that one is used up.
    """
    shares = dict(by_rate)
    change = billed - sum(shares.values())
    while change:
        largest = max(shares, key=lambda hourly: (shares[hourly], hourly))
        moved = max(change, -shares[largest])
        shares[largest] += moved
        change -= moved
    return shares


def _raised(seconds: int, rounding: Rounding) -> int:
    if not 0 < seconds < rounding.minimum_seconds:
        return seconds
    return rounding.minimum_seconds if rounding.below_minimum == "raise" else 0


def _rounded(seconds: int, rounding: Rounding) -> int:
    step = rounding.increment_seconds
    if rounding.direction == "none":
        return seconds
    if rounding.direction == "up":
        return -(-seconds // step) * step
    if rounding.direction == "down":
        return seconds // step * step
    return round_half_up(seconds, step) * step
