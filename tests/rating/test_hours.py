"""Hours as people write and read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.hours import decimal_hours, parse_hours, shown
from rating.money import amount


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.50", 5400),
        ("1:30", 5400),
        ("0.05", 180),
        ("0:20", 1200),
        ("2", 7200),
        (" 0.1 ", 360),
        ("0", 0),
        ("0.01", 36),
    ],
)
def test_M_02_typed_hours_are_whole_seconds(text, seconds):
    assert parse_hours(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "one", "-1", "1:60", "1:5", "1,5", "1e2", "NaN", "Infinity", ".5", "1.", "\u0661", "1:30:00"]
)
def test_M_02_what_is_no_number_of_hours_is_refused_with_the_way_to_write_it(text):
    with pytest.raises(ValueError, match=r"write 1\.50 or 1:30"):
        parse_hours(text)


def test_M_02_split_seconds_are_refused():
    with pytest.raises(ValueError, match="not whole seconds"):
        parse_hours("0.3333")


def test_M_03_time_is_shown_in_hours_where_two_places_say_it_exactly():
    assert shown(5400) == (Decimal("1.50"), "h", 1)
    assert shown(61) == (Decimal(61), "s", 3600)


@given(st.integers(0, 10**7), st.decimals(0, 999, places=4))
def test_M_03_both_ways_to_show_time_cost_the_same(seconds, hourly):
    quantity, _, price_per = shown(seconds)

    shown_amount = amount(quantity, hourly, currency="EUR", price_per=price_per)

    assert shown_amount == amount(Decimal(seconds), hourly, currency="EUR", price_per=3600)


@given(st.integers(0, 10**7))
def test_M_02_decimal_hours_are_exact_or_absent(seconds):
    hours = decimal_hours(seconds)

    assert (hours is None) == bool(seconds % 36)
    assert hours is None or parse_hours(str(hours)) == seconds
