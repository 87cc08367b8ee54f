"""Money in minor units and the one rounding."""

from __future__ import annotations

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.money import (
    EXACT,
    UnknownCurrency,
    amount,
    exponent,
    percent_of,
    round_half_up,
    share,
    to_major,
    to_minor,
)

PRICES = st.decimals(0, 10_000, places=4)


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("EUR", 2), ("CHF", 2), ("KWD", 3), ("CLF", 4)])
def test_M_01_the_currency_says_how_many_places_there_are(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize("currency", ["EURO", "eur", "", "XAU"])
def test_M_01_an_unknown_currency_is_refused_by_name(currency):
    with pytest.raises(UnknownCurrency, match=repr(currency)):
        exponent(currency)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (4, 3, 1),
        (5, 3, 2),
        (-4, 3, -1),
        (0, 7, 0),
        (6, 3, 2),
        (-6, 3, -2),
        (1, 2, 1),
        (-1, 2, -1),
    ],
)
def test_M_01_halves_are_rounded_away_from_zero(numerator, denominator, rounded):
    assert round_half_up(numerator, denominator) == rounded


def test_M_01_a_fraction_needs_a_positive_denominator():
    with pytest.raises(ValueError, match="positive"):
        round_half_up(1, 0)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_M_01_the_rounded_value_is_never_more_than_half_away(numerator, denominator):
    exact = Fraction(numerator, denominator)

    rounded = round_half_up(numerator, denominator)

    assert abs(rounded - exact) <= Fraction(1, 2)
    assert abs(rounded) >= abs(exact) or abs(rounded - exact) < Fraction(1, 2)


def test_M_02_twenty_minutes_at_120_are_exactly_40():
    assert amount(Decimal(1200), Decimal("120.00"), currency="EUR", price_per=3600) == 4000


@pytest.mark.parametrize(
    ("quantity", "price", "cents"),
    [("0.25", "33.33", 833), ("0.75", "33.33", 2500), ("7.5", "25.00", 18750), ("-0.5", "0.03", -2), ("0", "9", 0)],
)
def test_M_03_a_line_is_quantity_times_price_rounded_once(quantity, price, cents):
    assert amount(Decimal(quantity), Decimal(price), currency="EUR") == cents


def test_M_03_calls_are_priced_per_sixty_seconds():
    assert amount(Decimal(61), Decimal("0.29"), currency="EUR", price_per=60) == 29


@pytest.mark.parametrize(("currency", "cents"), [("JPY", 2), ("EUR", 150), ("KWD", 1500)])
def test_M_01_amounts_follow_the_currency(currency, cents):
    assert amount(Decimal("1.5"), Decimal(1), currency=currency) == cents


def test_M_03_a_price_per_nothing_is_refused():
    with pytest.raises(ValueError, match="per 1 unit or more"):
        amount(Decimal(1), Decimal(1), currency="EUR", price_per=0)


@given(st.integers(0, 10**6), PRICES, st.sampled_from([1, 60, 3600]))
def test_M_03_the_amount_is_the_exact_product_rounded(seconds, price, per):
    exact = Fraction(seconds) * Fraction(price) * 100 / per

    cents = amount(Decimal(seconds), price, currency="EUR", price_per=per)

    assert cents == int(exact + Fraction(1, 2))


@pytest.mark.parametrize(
    ("cents", "percent", "part"), [(1000, "12.5", 125), (50, "19", 10), (-50, "19", -10), (333, "0", 0)]
)
def test_M_04_a_percentage_is_rounded_half_up(cents, percent, part):
    assert percent_of(cents, Decimal(percent)) == part


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [0, 5, 0], [0, 10, 0]),
        (1000, [10000, 5000], [667, 333]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_M_04_the_largest_remainder_gets_the_odd_cent(total, weights, parts):
    assert share(total, weights) == parts


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_M_04_shares_sum_exactly_and_stay_within_a_cent_of_their_proportion(total, weights):
    parts = share(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_M_04_what_cannot_be_shared_is_refused():
    with pytest.raises(ValueError, match="all weights are zero"):
        share(1, [0, 0])
    with pytest.raises(ValueError, match="negative weight"):
        share(1, [2, -1])


def test_M_01_typed_amounts_become_minor_units_and_back():
    assert to_minor(Decimal("1.50"), "EUR") == 150
    assert to_minor(Decimal("-0.01"), "EUR") == -1
    assert str(to_major(150, "EUR")) == "1.50"
    assert str(to_major(-7, "KWD")) == "-0.007"
    assert str(to_major(7, "JPY")) == "7"


def test_M_01_more_places_than_the_currency_has_are_refused():
    with pytest.raises(ValueError, match=r"1\.5 has more decimal places than JPY \(0\)"):
        to_minor(Decimal("1.5"), "JPY")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_M_01_minor_units_survive_the_way_to_major_units_and_back(cents, currency):
    assert to_minor(to_major(cents, currency), currency) == cents


def test_M_01_a_product_that_cannot_be_exact_is_refused():
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))
