"""Taking lines of an issued document back: the same lines with the opposite sign, and what that comes to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rating.charge import Charge
from rating.explanation import Explanation, Value
from rating.money import percent_of, share
from rating.tax import TaxLine, Totals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from decimal import Decimal

RULE: Final = "correction"
VERSION: Final = 1
Group = tuple[str, "Decimal"]


@dataclass(frozen=True, slots=True)
class FirstLine:
    """A line of the document that is taken back. The amount is in minor units, the price in major units."""

    position: int
    kind: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    price_per: int
    amount_cents: int
    category: str
    rate: Decimal
    company: int | None = None
    goods: bool = False


def taken_back(line: FirstLine, *, document: str, currency: str) -> Charge:
    """The line that takes this one back: its quantity with the opposite sign, at the same price."""
    inputs: dict[str, Value] = {
        "document": document,
        "position": line.position,
        "quantity": -line.quantity,
        "unit_price": line.unit_price,
        "price_per": line.price_per,
        "currency": currency,
    }
    return Charge.of(
        line.kind,
        line.description,
        quantity=-line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        price_per=line.price_per,
        currency=currency,
        explanation=Explanation(RULE, VERSION, inputs),
        company=line.company,
        goods=line.goods,
    )


def correction_sums(
    lines: Sequence[FirstLine], taxes: Iterable[TaxLine], chosen: Collection[int], before: Collection[int] = ()
) -> Totals:
    """What taking back the lines at `chosen` positions comes to, all below zero; `before` were taken back earlier.

    Each line loses its part of the first document's discount. Tax is that of all taken back so far, less that of
    before: the corrections of a document sum exactly to it.
    """
    owed = {(tax.category, tax.rate): tax.taxable_cents for tax in taxes}
    nets = _nets(lines, owed)
    now = _by_group(lines, nets, chosen)
    earlier = _by_group(lines, nets, before)
    tax_lines = []
    for (category, rate), net in sorted(now.items()):
        already = earlier.get((category, rate), 0)
        tax = percent_of(already + net, rate) - percent_of(already, rate)
        tax_lines.append(TaxLine(category, rate, -net, -tax))
    subtotal = -sum(line.amount_cents for line in lines if line.position in chosen)
    taxable = sum(line.taxable_cents for line in tax_lines)
    tax = sum(line.tax_cents for line in tax_lines)
    return Totals(subtotal, subtotal - taxable, taxable, tax, taxable + tax, tuple(tax_lines))


def _nets(lines: Sequence[FirstLine], owed: Mapping[Group, int]) -> dict[int, int]:
    """Each line's amount less its part of the discount, by position."""
    groups: dict[Group, list[FirstLine]] = defaultdict(list)
    for line in lines:
        groups[line.category, line.rate].append(line)
    nets: dict[int, int] = {}
    for group, members in groups.items():
        cut = sum(line.amount_cents for line in members) - owed[group]
        # Only what is owed bears a discount; a line that gives something back has no part of it.
        weights = [max(0, line.amount_cents) for line in members]
        if not any(weights):
            weights = [abs(line.amount_cents) for line in members]
        for line, part in zip(members, share(cut, weights), strict=True):
            nets[line.position] = line.amount_cents - part
    return nets


def _by_group(lines: Iterable[FirstLine], nets: Mapping[int, int], positions: Collection[int]) -> dict[Group, int]:
    sums: dict[Group, int] = {}
    for line in lines:
        if line.position in positions:
            group = (line.category, line.rate)
            sums[group] = sums.get(group, 0) + nets[line.position]
    return sums
