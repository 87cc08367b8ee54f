"""A number that is typed is read as it was meant, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.numerals import LANGUAGES, number
from rating.typed import NotANumber, TwoReadings, number_typed


def test_a_price_is_read_as_the_language_writes_it_and_as_the_other_one_where_that_has_one_meaning():
    for language in LANGUAGES:
        for typed, meant in {
            "1234": "1234", "12,5": "12.5", "12.5": "12.5", "1.234,50": "1234.50", "1,234.50": "1234.50",
            "1.234.567": "1234567", "1,234,567.8": "1234567.8", "-0,5": "-0.5", "\N{MINUS SIGN}3": "-3", ",5": "0.5",
            "0.125": "0.125", "0,125": "0.125", "1234.567": "1234.567", " 89,00 ": "89.00", "1,2345": "1.2345",
        }.items():  # fmt: skip
            assert number_typed(typed, language) == Decimal(meant), (language, typed)
    assert (number_typed("1,234", "de"), number_typed("1.234", "en")) == (Decimal("1.234"), Decimal("1.234"))


def test_what_means_a_thousand_to_some_and_one_to_others_is_refused_with_both_readings():
    with pytest.raises(TwoReadings) as german:
        number_typed("1.234", "de")
    with pytest.raises(TwoReadings) as english:
        number_typed("-12,345", "en")
    assert (german.value.whole, german.value.part) == ("1234", "1,234")
    assert number_typed(german.value.part, "de") == Decimal("1.234")
    assert (english.value.whole, english.value.part) == ("-12345", "-12.345")


def test_what_is_no_number_is_refused():
    no_numbers = (
        "",
        "abc",
        "1.",
        "1,,5",
        "1.23.45",
        "1.2,3.4",
        "1,2,3",
        "12.34,56",
        "1e5",
        "NaN",
        "0x1",
        "1 2",
        "٣",
        "9" * 61,
    )
    for typed in no_numbers:
        with pytest.raises(NotANumber):
            number_typed(typed, "de")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_every_number_that_a_page_shows_can_be_typed_and_means_the_same(value):
    for language in LANGUAGES:
        shown = number(value, language, places=2)
        assert number_typed(shown, language) == value


@given(st.text(alphabet="0123456789.,-", max_size=12))
def test_a_number_means_the_same_in_both_languages_wherever_both_take_it(typed):
    meant = {reading(typed, language) for language in LANGUAGES} - {"two"}
    assert len(meant) == 1


def reading(typed, language):
    """The number, "two" where it has two meanings, None where it is none."""
    try:
        return number_typed(typed, language)
    except TwoReadings:
        return "two"
    except NotANumber:
        return None
