"""Fair use of unlimited plans: flagged, billed, or waiting for a person (T-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.coverage import Left
from rating.fair_use import BILL, COVER, Levels, months_before
from rating.hours import HOUR
from rating.terms import UNLIMITED
from tests.rating.make import DAY, cents, hours, rated, terms

BEFORE = (10, 12, 11)  # 11 in the mean


def test_T_13_above_the_soft_limit_the_month_is_flagged():
    levels = Levels.of(100, 500, ())

    assert levels.findings(100, "tickets") == ()
    assert levels.findings(101, "tickets") == ("tickets above 100",)


def test_T_13_above_the_hard_limit_the_excess_is_billed_whatever_a_person_decides():
    assert [Levels.of(100, 500, BEFORE, decision).covered for decision in ("pending", COVER)] == [500, 500]
    assert Levels.of(100, 20, BEFORE, BILL).covered == 20


def test_T_13_more_than_twice_the_mean_is_flagged():
    levels = Levels.of(100, 500, BEFORE)

    assert levels.findings(22, "tickets") == ()
    assert levels.findings(23, "tickets") == ("tickets above 2 times the usual 11",)


def test_T_13_more_than_three_times_the_mean_waits_for_a_person():
    levels = Levels.of(100, 500, BEFORE)

    assert not levels.wants_decision(33)
    assert levels.wants_decision(34)
    assert levels.findings(34, "tickets") == ("tickets above 3 times the usual 11",)


@pytest.mark.parametrize(("decision", "covered"), [(BILL, 33), (COVER, 500)])
def test_T_13_the_decision_bills_the_excess_or_leaves_it_covered(decision, covered):
    decided = Levels.of(100, 500, BEFORE, decision)

    assert decided.covered == covered
    assert not decided.wants_decision(10_000)


@pytest.mark.parametrize("before", [(), (10,), (10, 12), (10, 0, 12)])
def test_T_13_without_three_months_of_use_the_fixed_limits_count_alone(before):
    levels = Levels.of(100, 500, before, BILL)

    assert (levels.twice, levels.thrice, levels.covered) == (None, None, 500)
    assert not Levels.of(100, 500, before).wants_decision(10_000)


def test_T_13_a_limit_that_is_not_set_limits_nothing():
    free = Levels.of(None, None, ())

    assert free.covered is None
    assert free.findings(10_000, "tickets") == ()
    assert Levels.of(None, None, BEFORE, BILL).covered == 33


def test_T_13_hours_are_told_as_hours():
    levels = Levels.of(200 * HOUR, None, (10 * HOUR, 10 * HOUR, 11 * HOUR))

    assert levels.findings(250 * HOUR, "hours") == (
        "hours above 200",
        "hours above 3 times the usual 10.33",
    )


def test_T_13_a_decision_that_nobody_can_make_is_refused():
    with pytest.raises(ValueError, match="'perhaps' is not known"):
        Levels.of(1, 2, (), "perhaps")


@given(st.integers(0, 99), st.tuples(*[st.integers(1, 50)] * 3))
def test_T_13_the_levels_are_exact_multiples_of_the_mean(used, before):
    levels = Levels.of(None, None, before)

    assert bool(levels.findings(used, "tickets")) == (3 * used > 2 * sum(before))
    assert levels.wants_decision(used) == (3 * used > 3 * sum(before))


def test_T_13_a_ticket_beyond_the_limit_is_not_paid_for_by_unlimited_hours():
    both = terms(included_tickets=UNLIMITED, included_seconds=UNLIMITED)
    prepaid = terms(included_tickets=UNLIMITED, included_seconds=5 * HOUR)
    none = {DAY.replace(day=1): Left(tickets=0, seconds=5 * HOUR)}

    assert cents(rated(hours("1"), both, none)) == [10000]
    assert rated(hours("1"), prepaid, none).reason == "included_hours"


def test_T_13_late_work_on_a_ticket_beyond_the_limit_is_billed_too():
    late = replace(hours("1"), counts_as_ticket=False)
    plan = terms(included_tickets=UNLIMITED)

    assert cents(rated(late, plan, {DAY.replace(day=1): Left(tickets=0)})) == [10000]
    assert rated(late, plan, {DAY.replace(day=1): Left(tickets=1)}).reason == "unlimited_plan"
    assert rated(late, plan).reason == "unlimited_plan"


def test_T_13_the_three_months_before_cross_the_year():
    assert months_before(date(2026, 2, 1)) == [date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1)]
