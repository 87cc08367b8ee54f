"""Tax is computed once per document and (category, rate), after the discount was shared over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rating.money import percent_of, share

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One category and rate (19 means 19 %) of a document, in minor units, with its share of the discount."""

    category: str
    rate: Decimal
    taxable_cents: int
    tax_cents: int
    discount_cents: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Totals:
    """A document's sums in minor units: subtotal - discount = taxable, taxable + tax = total.

    The discount is the part of it that could be used.
    """

    subtotal: int
    discount: int
    taxable: int
    tax: int
    total: int
    lines: tuple[TaxLine, ...] = ()


def tax_lines(amounts: Iterable[tuple[str, Decimal, int]], discount_cents: int = 0) -> tuple[TaxLine, ...]:
    """One tax line per category and rate, in that order, of (category, rate, amount in minor units) per line."""
    return totals(amounts, discount_cents).lines


def totals(amounts: Iterable[tuple[str, Decimal, int]], discount_cents: int = 0) -> Totals:
    """The sums of a document with its tax lines. Raises ValueError for a negative discount.

    A discount above the subtotal leaves nothing to pay; it never makes a document negative.
    """
    if discount_cents < 0:
        raise ValueError(f"A discount must be zero or more, not {discount_cents}.")
    sums: dict[tuple[str, Decimal], int] = {}
    for category, rate, cents in amounts:
        sums[category, rate] = sums.get((category, rate), 0) + cents
    groups = sorted(sums.items())
    subtotal = sum(sums.values())
    taxable = _taxable([cents for _, cents in groups], subtotal, discount_cents)
    lines = tuple(
        TaxLine(category, rate, cents, percent_of(cents, rate), whole - cents)
        for ((category, rate), whole), cents in zip(groups, taxable, strict=True)
    )
    tax = sum(line.tax_cents for line in lines)
    return Totals(subtotal, subtotal - sum(taxable), sum(taxable), tax, sum(taxable) + tax, lines)


def _taxable(groups: list[int], subtotal: int, discount: int) -> list[int]:
    """What is left of each group. The discount is shared over what is owed; groups of credits take no part of it."""
    if subtotal <= discount:
        return [0] * len(groups)
    cuts = share(discount, [max(0, cents) for cents in groups])
    return [cents - cut for cents, cut in zip(groups, cuts, strict=True)]
