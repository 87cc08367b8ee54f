"""Terms refuse what makes no sense, in a sentence."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal

import pytest

from rating.business_hours import BusinessHours
from rating.terms import UNLIMITED, FairUse, Rate, Rounding
from rating.work import WorkedTime
from tests.rating.make import DAY, card, terms


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"level": "week"}, "'week' is not known; it is one of ticket, entry, day"),
        ({"direction": "sideways"}, "one of up, nearest, down, none"),
        ({"below_minimum": "drop"}, "one of raise, skip"),
        ({"minimum_seconds": -1}, "The minimum must be zero or more"),
        ({"increment_seconds": -1}, "The increment must be zero or more"),
        ({"increment_seconds": 0}, "needs an increment"),
    ],
)
def test_T_07_rounding_that_makes_no_sense_is_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Rounding(**wrong)


def test_T_07_no_increment_is_needed_where_nothing_is_rounded():
    assert Rounding(direction="none", increment_seconds=0).increment_seconds == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "an hourly rate or a multiplier"),
        ({"hourly_rate": "1", "multiplier": "1"}, "an hourly rate or a multiplier"),
        ({"hourly_rate": "-1"}, "zero or more"),
        ({"multiplier": "-1"}, "zero or more"),
        ({"hourly_rate": "1", "time_of_day": "night"}, "one of standard, after_hours"),
        ({"hourly_rate": "1", "valid_to": date(2025, 1, 1)}, "ends before it starts"),
    ],
)
def test_T_05_a_rate_card_that_makes_no_sense_is_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        card("r1", **wrong)


def test_T_05_a_rate_has_a_known_origin_and_is_not_negative():
    with pytest.raises(ValueError, match="origin"):
        Rate("somewhere", Decimal(1))
    with pytest.raises(ValueError, match="zero or more"):
        Rate("client", Decimal(-1))


def test_T_12_an_allowance_is_none_or_unlimited_or_a_number_that_is_not_negative():
    assert terms(included_tickets=UNLIMITED, included_seconds=0).included_tickets == "unlimited"
    with pytest.raises(ValueError, match="included tickets"):
        terms(included_tickets=-1)


def test_T_19_late_work_is_supplemented_or_absorbed():
    with pytest.raises(ValueError, match="supplement, absorb"):
        terms(late_work="ignore")


def test_terms_are_values_that_cannot_be_changed():
    agreed = terms(fair_use=FairUse(100, 500, 720_000, 1_800_000))

    assert agreed == terms(fair_use=FairUse(100, 500, 720_000, 1_800_000))
    assert hash(agreed) == hash(terms(fair_use=FairUse(100, 500, 720_000, 1_800_000)))
    with pytest.raises(FrozenInstanceError):
        agreed.currency = "USD"  # type: ignore[misc]


@pytest.mark.parametrize(("seconds", "covered"), [(-1, 0), (10, 11), (10, -1)])
def test_time_is_not_negative_nor_covered_beyond_itself(seconds, covered):
    with pytest.raises(ValueError, match="e1"):
        WorkedTime(1, "e1", DAY, seconds, covered_seconds=covered)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ({"mon-wed": "08:00-18:00"}, {0: ((480, 1080),), 1: ((480, 1080),), 2: ((480, 1080),)}),
        ({"sat": "13:00-15:00, 09:00-12:00"}, {5: ((540, 720), (780, 900))}),
        ({"Sun-Mon": "00:00-24:00"}, {6: ((0, 1440),), 0: ((0, 1440),)}),
        ({"tue, thu": "08:30-09:00"}, {1: ((510, 540),), 3: ((510, 540),)}),
        ({}, {}),
    ],
)
def test_T_06_business_hours_are_read_by_days_and_times(text, spans):
    assert BusinessHours.parse(text).spans == spans


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ({"monday": "08:00-18:00"}, "'monday' is no day; use mon, tue"),
        ({"mon-": "08:00-18:00"}, "'' is no day"),
        ({"mon-fri": "08:00-18:00", "fri": "08:00-12:00"}, "name fri twice"),
        ({"mon": "08:00"}, "no span of time"),
        ({"mon": "8-18"}, "'8' is no time of day"),
        ({"mon": "08:00-24:30"}, "'24:30' is no time of day"),
        ({"mon": "08:61-09:00"}, "'08:61' is no time of day"),
        ({"mon": "18:00-08:00"}, "ends before it starts"),
        ({"mon": "08:00-12:00, 11:00-13:00"}, "overlap"),
        ("08:00-18:00", "are written as"),
    ],
)
def test_T_06_business_hours_that_make_no_sense_are_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        BusinessHours.parse(text)
