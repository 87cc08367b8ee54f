"""Amounts, times and days are written as the language writes them, without losing a digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating import numerals
from rating.money import to_major

SIGNS = {"en": (",", "."), "de": (".", ",")}


@pytest.mark.parametrize(
    ("cents", "currency", "english", "german"),
    [
        (123450, "EUR", "1,234.50 EUR", "1.234,50 EUR"),
        (5, "EUR", "0.05 EUR", "0,05 EUR"),
        (-123456789, "EUR", "-1,234,567.89 EUR", "-1.234.567,89 EUR"),
        (1200, "JPY", "1,200 JPY", "1.200 JPY"),
        (1500, "KWD", "1.500 KWD", "1,500 KWD"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(cents, currency, english, german):
    assert numerals.money(cents, currency, "en") == english
    assert numerals.money(cents, currency, "de") == german


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        ("90.0000", "90.00 EUR", "90,00 EUR"),
        ("0.1234", "0.1234 EUR", "0,1234 EUR"),
        ("1200", "1,200.00 EUR", "1.200,00 EUR"),
    ],
)
def test_a_price_shows_all_the_places_it_needs(value, english, german):
    assert numerals.price(Decimal(value), "EUR", "en") == english
    assert numerals.price(Decimal(value), "EUR", "de") == german


@pytest.mark.parametrize(("value", "shown"), [("2.0000", "2"), ("1.50", "1.5"), ("1E+3", "1,000"), ("0", "0")])
def test_a_quantity_has_no_needless_zeros(value, shown):
    assert numerals.number(Decimal(value), "en") == shown


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (5400, "1.50 h", "1,50 h"),
        (36, "0.01 h", "0,01 h"),
        (1200, "0:20 h", "0:20 h"),
        (3661, "1:01:01 h", "1:01:01 h"),
        (3_600_000, "1,000.00 h", "1.000,00 h"),
        (0, "0.00 h", "0,00 h"),
    ],
)
def test_time_is_shown_exactly(seconds, english, german):
    assert numerals.duration(seconds, "en") == english
    assert numerals.duration(seconds, "de") == german


def test_a_day_is_written_as_people_write_it():
    assert numerals.day("2026-01-05", "en") == "5 January 2026"
    assert numerals.day("2026-01-05", "de") == "05.01.2026"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(numerals.LANGUAGES))
def test_M_01_what_is_written_reads_back_as_the_same_amount(cents, currency, language):
    group, point = SIGNS[language]

    digits, code = numerals.money(cents, currency, language).split()

    assert code == currency
    assert Decimal(digits.replace(group, "").replace(point, ".")) == to_major(cents, currency)


@given(st.integers(0, 10**7), st.sampled_from(numerals.LANGUAGES))
def test_M_02_time_reads_back_as_the_same_seconds(seconds, language):
    group, point = SIGNS[language]
    text = numerals.duration(seconds, language).removesuffix(" h")

    if ":" in text:
        hours, minutes, *rest = (int(part) for part in text.split(":"))
        assert hours * 3600 + minutes * 60 + sum(rest) == seconds
    else:
        assert Decimal(text.replace(group, "").replace(point, ".")) * 3600 == seconds
