"""Unused prepaid hours roll over: none, for N months, or for ever; the oldest are used first (T-12)."""

from __future__ import annotations

from datetime import date
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.coverage import Allocation
from rating.hours import HOUR
from rating.rollover import HourAccount, MonthOfHours
from rating.ticket import rate_ticket
from tests.rating.make import cents, entry, terms, work

START = date(2025, 11, 20)


def month(place):
    """The n-th month of the account, from 0."""
    months = START.year * 12 + START.month - 1 + place
    return date(months // 12, months % 12 + 1, 1)


def account(*used, granted=10, months=1, end=None):
    """Hours, one number of seconds used per month from the first."""
    return HourAccount(granted, START, end, months, {month(place): seconds for place, seconds in enumerate(used)})


def left(of, places):
    return [of.left(month(place)) for place in range(places)]


def test_T_12_without_rollover_each_month_has_its_own_hours():
    assert left(account(4, 0, 10, 12, months=0), 5) == [6, 10, 0, 0, 10]


def test_T_12_a_rest_stays_usable_for_so_many_months():
    assert account(4).month(month(1)) == MonthOfHours(granted=10, rolled_over=6, used=0, left=16)
    assert account(4).month(month(2)) == MonthOfHours(granted=10, rolled_over=10, used=0, left=20)
    assert account(4, months=2).month(month(2)) == MonthOfHours(granted=10, rolled_over=16, used=0, left=26)


def test_T_12_a_rest_without_end_is_never_lost():
    assert account(4, months=None).month(month(13)) == MonthOfHours(granted=10, rolled_over=126, used=0, left=136)


def test_T_12_rolled_over_hours_are_used_before_the_months_own():
    used = account(4, 8)

    assert used.month(month(1)) == MonthOfHours(granted=10, rolled_over=6, used=8, left=8)
    assert used.month(month(2)) == MonthOfHours(granted=10, rolled_over=8, used=0, left=18)


def test_T_12_late_work_in_an_earlier_month_is_covered_as_long_as_all_later_work_stays_so():
    assert account(4, 8).left(month(0)) == 6
    assert account(4, 14).left(month(0)) == 2
    assert account(4, 16).left(month(0)) == 0


def test_T_12_late_work_moves_later_work_to_later_hours():
    before = account(4, 8)
    after = before.after(month(0), 6)

    assert after.month(month(0)) == MonthOfHours(granted=10, rolled_over=0, used=10, left=0)
    assert after.month(month(1)) == MonthOfHours(granted=10, rolled_over=0, used=8, left=2)
    assert after.left(month(1)) == 2


def test_T_12_a_use_weighs_on_every_later_month_that_could_use_the_same_hours():
    assert left(account(0, 20, 10), 4) == [0, 0, 0, 10]
    assert left(account(0, 0, 30, months=None), 4) == [0, 0, 0, 10]


def test_T_12_what_another_system_overdrew_weighs_on_no_other_month():
    overdrawn = account(25, 0)

    assert overdrawn.month(month(0)) == MonthOfHours(granted=10, rolled_over=0, used=25, left=0)
    assert left(overdrawn, 3) == [0, 10, 20]


def test_T_12_months_partly_in_force_count_whole_and_others_grant_nothing():
    ended = account(granted=10, months=1, end=date(2026, 1, 2))

    assert [ended.month(month(place)).granted for place in range(4)] == [10, 10, 10, 0]
    assert [ended.month(month(place)).left for place in range(5)] == [10, 20, 20, 10, 0]
    assert left(ended, 5) == [10, 20, 20, 10, 0]


def test_T_12_before_the_contract_there_is_nothing():
    early = date(2025, 10, 1)
    used = HourAccount(10, START, None, 1, {early: 7})

    assert used.left(early) == 0
    assert used.month(early) == MonthOfHours(used=7)
    assert used.left(month(0)) == 10


@pytest.mark.parametrize("changes", [{"granted": -1}, {"months": -1}])
def test_T_12_an_account_that_cannot_be_is_refused(changes):
    with pytest.raises(ValueError, match="cannot be agreed"):
        account(**changes)


ACCOUNTS = st.builds(
    lambda used, granted, months, end: account(
        *used, granted=granted, months=months, end=None if end is None else month(end)
    ),
    st.lists(st.integers(0, 25), max_size=7),
    st.integers(0, 12),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 8),
)


def granted(of, places):
    return sum(of.granted for place in places if place >= 0 and (of.end is None or month(place) <= of.end))


def fits(of, served):
    """Whether the hours can pay for these uses: for every span of months, what they use was granted in time."""
    return all(
        sum(served[a : b + 1]) <= granted(of, range(0 if of.months is None else a - of.months, b + 1))
        for a, b in combinations_with_replacement(range(len(served)), 2)
    )


def served(of, places=9):
    return [of.month(month(place)).served for place in range(places)]


@given(ACCOUNTS)
def test_T_12_never_is_more_paid_for_than_was_granted_in_time(of):
    paid = served(of)

    assert fits(of, paid)
    assert all(0 <= one <= of.used.get(month(place), 0) for place, one in enumerate(paid))


@given(ACCOUNTS, st.integers(0, 8))
def test_T_12_what_is_left_is_exactly_what_still_fits(of, place):
    room, paid = of.left(month(place)), served(of)

    def with_more(seconds):
        return [one + (seconds if place == other else 0) for other, one in enumerate(paid)]

    assert fits(of, with_more(room))
    assert not fits(of, with_more(room + 1))


@given(ACCOUNTS, st.lists(st.tuples(st.integers(0, 8), st.integers(1, 30)), max_size=12))
def test_T_12_taking_what_is_left_in_any_order_leaves_all_that_was_taken_paid_for(of, wanted):
    of = HourAccount(of.granted, of.start, of.end, of.months, {})
    for place, seconds in wanted:
        of = of.after(month(place), min(seconds, of.left(month(place))))

    assert served(of) == [of.used.get(month(place), 0) for place in range(9)]


@given(ACCOUNTS, st.integers(0, 8))
def test_T_12_a_month_balances(of, place):
    shown = of.month(month(place))

    assert shown.left == max(0, shown.granted + shown.rolled_over - shown.used)
    assert 0 <= shown.served <= shown.used


def test_T_12_the_entries_of_one_ticket_share_the_hours_of_their_months():
    hours = HourAccount(HOUR, date(2026, 1, 1), None, 1, {})
    ticket = work(entry("1.50", 1, on=date(2026, 2, 2)), entry("1.00", 2), entry("1.00", 3, on=date(2026, 3, 2)))

    result = rate_ticket(ticket, terms(included_seconds=HOUR), {}, hours)

    assert cents(result) == [5000]
    assert result.allocations == (
        Allocation(1, date(2026, 1, 1), "time_entry", 2, seconds=HOUR),
        Allocation(1, date(2026, 2, 1), "time_entry", 1, seconds=HOUR),
        Allocation(1, date(2026, 3, 1), "time_entry", 3, seconds=HOUR),
    )


def test_T_12_hours_of_an_earlier_month_pay_for_more_than_the_month_grants():
    hours = HourAccount(HOUR, date(2025, 12, 1), None, 1, {})

    result = rate_ticket(work(entry("2.50")), terms(included_seconds=HOUR), {}, hours)

    assert cents(result) == [5000]
    assert result.allocations == (Allocation(1, date(2026, 1, 1), "time_entry", 1, seconds=2 * HOUR),)
