"""How the seconds of a call are counted (G-05)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.gateway.metering import Metering

METERINGS = st.builds(Metering, st.integers(1, 600), st.integers(1, 600))


@pytest.mark.parametrize(
    ("text", "duration", "metered"),
    [
        ("per_second", 157, 157),
        ("per_second", 61, 61),
        ("per_minute", 157, 180),
        ("per_minute", 61, 120),
        ("per_minute", 120, 120),
        ("per_minute", 1, 60),
        ("60/6", 61, 66),
        ("60/6", 12, 60),
        ("60/6", 66, 66),
        ("1/60", 62, 121),
        ("60/6", 0, 0),
        ("per_minute", 0, 0),
    ],
)
def test_G_05_a_call_takes_its_first_step_and_as_many_next_ones_as_it_needs(text, duration, metered):
    assert Metering.parse(text).seconds(duration) == metered


@given(METERINGS, st.integers(0, 400_000), st.integers(0, 400_000))
def test_G_05_a_longer_call_never_counts_less_and_no_call_counts_less_than_it_took(metering, some, more):
    assert some <= metering.seconds(some) <= metering.seconds(some + more)


@given(METERINGS, st.integers(1, 400_000))
def test_G_05_nothing_is_counted_beyond_the_step_that_the_call_ended_in(metering, duration):
    beyond = metering.seconds(duration) - duration

    assert beyond < max(metering.first_seconds, metering.next_seconds)
    assert metering.seconds(metering.seconds(duration)) == metering.seconds(duration)


@given(METERINGS)
def test_a_metering_is_read_back_from_its_text(metering):
    assert Metering.parse(metering.as_text()) == metering


def test_the_two_common_meterings_have_names():
    assert [Metering.parse(text).as_text() for text in ("1/1", "60/60", "60/6")] == ["per_second", "per_minute", "60/6"]


@pytest.mark.parametrize("text", ["", "minute", "60", "60/", "0/6", "60/0", "-1/6", "6.5/1", "10000/1", "٦٠/6"])
def test_what_is_no_metering_is_refused(text):
    with pytest.raises(ValueError, match="is no metering; write per_second"):
        Metering.parse(text)


def test_a_step_of_no_seconds_and_a_call_of_negative_length_are_refused():
    with pytest.raises(ValueError, match="takes 1 second or more, not 0 and 6"):
        Metering(0, 6)
    with pytest.raises(ValueError, match="cannot take -1 seconds"):
        Metering().seconds(-1)
