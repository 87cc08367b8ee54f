"""What discounts take off (M-04)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rating.discount import Offer, taken
from rating.tax import totals

NINETEEN, SEVEN = Decimal(19), Decimal(7)


def offers(*terms: str) -> list[Offer]:
    """ "5 %" is a percentage, "900" an amount in cents; keys in the order given."""
    return [
        Offer(key, percent=Decimal(term[:-2])) if term.endswith("%") else Offer(key, amount_cents=int(term))
        for key, term in enumerate(terms)
    ]


WORKED = [
    (10_000, ["1000"], [(0, 1000)]),
    (5000, ["9000"], [(0, 5000)]),
    (10_050, ["5 %"], [(0, 503)]),  # 502.5, half-up
    (10_000, ["1000", "10 %", "5 %"], [(1, 1000), (2, 500), (0, 1000)]),  # percents first, each of the subtotal
    (1000, ["300", "60 %", "50 %"], [(1, 600), (2, 400), (0, 0)]),  # never more than there is
    (0, ["1000"], []),
    (-500, ["10 %"], []),
]


@pytest.mark.parametrize(("subtotal", "terms", "expected"), WORKED)
def test_M_04_percents_come_first_then_amounts_up_to_the_subtotal(subtotal, terms, expected):
    assert [(one.offer.key, one.cents) for one in taken(subtotal, offers(*terms))] == expected


@pytest.mark.parametrize(("subtotal", "discount", "tax", "total"), [(10_000, 1000, 1710, 10_710), (5000, 9000, 0, 0)])
def test_M_05_the_discount_reduces_what_is_taxed(subtotal, discount, tax, total):
    took = sum(one.cents for one in taken(subtotal, offers(str(discount))))

    found = totals([("S", NINETEEN, subtotal)], took)

    assert (found.tax, found.total) == (tax, total)


def test_M_04_the_share_of_each_rate_is_told():
    found = totals([("S", NINETEEN, 10_000), ("S", SEVEN, 5000)], 1000)

    assert [(line.rate, line.discount_cents, line.taxable_cents) for line in found.lines] == [
        (SEVEN, 333, 4667), (NINETEEN, 667, 9333),
    ]  # fmt: skip
    assert sum(line.discount_cents for line in found.lines) == found.discount == 1000
