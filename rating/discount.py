"""What discounts take off a subtotal: percentages of the whole first, then amounts, never more than there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rating.money import percent_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal


@dataclass(frozen=True, slots=True, order=True)
class Offer:
    """A discount: a percentage of the subtotal (5 means 5 %), or an amount in minor units. `key` gives the order."""

    key: int
    percent: Decimal | None = None
    amount_cents: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one discount takes off, in minor units; 0 where those before it left nothing."""

    offer: Offer
    cents: int


def taken(subtotal: int, offers: Iterable[Offer]) -> tuple[Taken, ...]:
    """What each discount takes off the subtotal (minor units), in the order in which they apply.

    Nothing where there is nothing to pay: the discounts stay for another document.
    """
    if subtotal <= 0:
        return ()
    left = subtotal
    found = []
    for offer in sorted(offers, key=lambda one: (one.percent is None, one.key)):
        wanted = percent_of(subtotal, offer.percent) if offer.percent is not None else offer.amount_cents or 0
        cents = min(wanted, left)
        left -= cents
        found.append(Taken(offer, cents))
    return tuple(found)
