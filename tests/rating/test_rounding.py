"""Minimum, increments, and whose time the difference is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.hours import decimal_hours, parse_hours
from rating.rounding import Piece, apply, distribute, round_pieces
from rating.terms import BELOW_MINIMUM, DIRECTIONS, LEVELS, Rounding
from tests.rating.make import cents, entry, hours, quantities, rated, terms, work

ROUNDINGS = st.builds(
    Rounding,
    level=st.sampled_from(LEVELS),
    increment_seconds=st.sampled_from([1, 60, 360, 900, 3600]),
    direction=st.sampled_from(DIRECTIONS),
    minimum_seconds=st.sampled_from([0, 1, 900, 1080, 7200]),
    below_minimum=st.sampled_from(BELOW_MINIMUM),
)
RATES = st.sampled_from([Decimal(50), Decimal("90.5"), Decimal(100)])
PIECES = st.lists(
    st.builds(Piece, day=st.sampled_from(["2026-01-01", "2026-01-02"]), hourly=RATES, seconds=st.integers(1, 20_000)),
    max_size=8,
)


@pytest.mark.parametrize(
    ("typed", "billed"),
    [
        (["0.10", "0.55", "0.55", "0.55"], "1.75"),
        (["0.10", "0.95", "1.10", "1.10"], "3.25"),
        (["1.25"], "1.25"),
        (["1.26"], "1.50"),
        (["3.51"], "3.75"),
        (["0.05"], "0.25"),
        (["0.05", "0.05"], "0.25"),
        (["2.5", "2.5", "2.5"], "7.50"),
    ],
)
def test_T_07_a_ticket_is_rounded_up_as_a_whole(typed, billed):
    assert [str(line.quantity) for line in rated(hours(*typed)).charges] == [billed]


def test_T_07_at_level_entry_each_entry_has_its_minimum():
    assert [str(line.quantity) for line in rated(hours("0.05", "0.05"), terms(rounding=Rounding("entry"))).charges] == [
        "0.50"
    ]


def test_T_07_at_level_day_each_day_has_its_minimum():
    days = [(15, "0.05"), (15, "0.05"), (16, "0.05")]
    three = work(*(entry(typed, number, on=date(2026, 1, day)) for number, (day, typed) in enumerate(days)))

    assert [str(line.quantity) for line in rated(three, terms(rounding=Rounding("day"))).charges] == ["0.50"]


def test_T_07_the_minimum_comes_before_the_rounding():
    assert apply(180, Rounding(minimum_seconds=1080)) == 1800


@pytest.mark.parametrize(
    ("direction", "typed", "billed"),
    [
        ("nearest", "1:07", "1:00"),
        ("nearest", "1:08", "1:15"),
        ("down", "1:29", "1:15"),
        ("none", "1:07", "1:07"),
        ("up", "1:01", "1:15"),
    ],
)
def test_T_07_every_direction(direction, typed, billed):
    assert apply(parse_hours(typed), Rounding(direction=direction)) == parse_hours(billed)


def test_T_07_half_an_increment_is_rounded_to_the_higher_one():
    assert apply(450, Rounding(direction="nearest", minimum_seconds=0)) == 900


def test_T_07_no_time_has_no_minimum():
    assert apply(0, Rounding()) == 0
    assert rated(work()).reason == "nothing_to_bill"


def test_T_07_time_below_the_minimum_is_skipped_where_the_contract_says_so():
    skip = Rounding(below_minimum="skip")

    assert apply(899, skip) == 0
    assert apply(900, skip) == 900
    assert rated(hours("0.05"), terms(rounding=skip)).reason == "below_minimum"
    assert cents(rated(hours("0.20", "0.05"), terms(rounding=skip))) == [2500]


def test_T_08_added_time_goes_to_the_higher_rate_on_a_tie():
    two = work(entry("0.10", 1, hourly="100"), entry("0.10", 2, hourly="50"))

    assert quantities(rated(two)) == [(Decimal("0.15"), Decimal(100)), (Decimal("0.10"), Decimal(50))]


def test_T_08_added_time_goes_to_the_rate_with_the_most_hours():
    three = work(entry("0.30", 1, hourly="100"), entry("0.20", 2, hourly="50"), entry("0.20", 3, hourly="50"))

    assert quantities(rated(three)) == [(Decimal("0.30"), Decimal(100)), (Decimal("0.45"), Decimal(50))]


def test_T_08_time_taken_away_comes_from_the_most_hours_and_goes_on_to_the_next():
    by_rate = {Decimal(100): 300, Decimal(50): 400, Decimal(70): 200}

    assert distribute(by_rate, 850) == {Decimal(100): 300, Decimal(50): 350, Decimal(70): 200}
    assert distribute(by_rate, 450) == {Decimal(100): 250, Decimal(50): 0, Decimal(70): 200}
    assert distribute(by_rate, 0) == {Decimal(100): 0, Decimal(50): 0, Decimal(70): 0}


def test_T_08_a_rate_left_without_time_has_no_line_and_its_entry_is_free():
    down = Rounding(direction="down", minimum_seconds=0, increment_seconds=3600)
    two = work(entry("1.00", 1, hourly="50"), entry("0.10", 2, hourly="50"), entry("0.50", 3, hourly="100"))

    result = rated(two, terms(rounding=Rounding("entry", 3600, "down", 0)))

    assert quantities(result) == [(Decimal("1.00"), Decimal(50))]
    assert [source.id for source in result.charges[0].sources] == [1, 2]
    assert [source.id for source in result.free] == [3]
    assert rated(hours("0.99"), terms(rounding=down)).reason == "zero_amount"


@given(st.integers(0, 100_000), st.integers(0, 100_000), ROUNDINGS)
def test_T_07_more_work_is_never_less_billed(some, more, rounding):
    assert apply(some, rounding) <= apply(some + more, rounding)


@given(st.integers(0, 100_000), ROUNDINGS)
def test_T_07_rounding_moves_less_than_an_increment_beyond_the_minimum(seconds, rounding):
    billed = apply(seconds, rounding)

    assert billed >= 0
    if seconds >= rounding.minimum_seconds:
        assert abs(billed - seconds) < rounding.increment_seconds
    if rounding.direction != "none" and billed != rounding.minimum_seconds:
        assert billed % rounding.increment_seconds == 0


@given(PIECES, ROUNDINGS)
def test_T_08_what_is_billed_by_rate_sums_to_what_is_billed_in_all(pieces, rounding):
    buckets = round_pieces(pieces, rounding)

    assert sorted(place for bucket in buckets for place in bucket.members) == list(range(len(pieces)))
    for bucket in buckets:
        assert bucket.worked == sum(pieces[place].seconds for place in bucket.members)
        assert bucket.billed == apply(bucket.worked, rounding) == sum(bucket.by_rate.values())
        assert min(bucket.by_rate.values()) >= 0


@given(st.integers(0, 10**6))
def test_T_07_increments_of_a_quarter_hour_are_shown_in_hours(seconds):
    assert decimal_hours(apply(seconds, Rounding())) is not None
