"""Included tickets and hours, before anything is priced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rating.coverage import Allocation, Covered, Left, allocations, left_after, month_of, months_needed
from rating.terms import UNLIMITED
from tests.rating.make import DAY, MONTH, cents, entry, fee, hours, rated, terms, work

FEBRUARY = date(2026, 2, 1)
HOUR = 3600
PREPAID = terms(included_seconds=20 * HOUR)
FIVE = terms(included_tickets=5)


def covered_ids(result):
    return [(source.kind, source.id) for source in result.covered]


def test_T_12_the_fifth_of_five_included_tickets_is_covered_and_the_sixth_is_billed():
    left = {MONTH: Left(tickets=1)}
    ticket = work(entry("1.00"), fee=fee("50.00"))

    fifth = rated(ticket, FIVE, left)
    sixth = rated(ticket, FIVE, left_after(left, fifth.allocations))

    assert (fifth.charges, fifth.reason) == ((), "included_ticket")
    assert fifth.allocations == (Allocation(1, MONTH, "ticket", 7, tickets=1),)
    assert covered_ids(fifth) == [("time_entry", 1), ("ticket_fee", 7)]
    assert cents(sixth) == [10000, 5000]
    assert sixth.allocations == ()


def test_T_12_prepaid_hours_cover_a_part_and_the_rest_is_billed():
    result = rated(hours("3.00"), PREPAID, {MONTH: Left(seconds=5400)})

    assert cents(result) == [15000]
    assert result.allocations == (Allocation(1, MONTH, "time_entry", 1, seconds=5400),)
    assert result.covered == ()
    assert left_after({MONTH: Left(seconds=5400)}, result.allocations) == {MONTH: Left(seconds=0)}
    assert result.charges[0].sources[0].quantity == 5400


def test_T_12_an_allowance_of_nothing_covers_nothing_and_none_is_no_allowance():
    nothing = {MONTH: Left(tickets=0, seconds=0)}

    assert cents(rated(hours("1"), terms(included_tickets=0, included_seconds=0), nothing)) == [10000]
    assert cents(rated(hours("1"), terms(), {MONTH: Left(5, 5 * HOUR)})) == [10000]


def test_T_12_the_balance_counts_so_that_rolled_over_units_cover_in_a_month_without_an_allowance():
    rolled_over = {MONTH: Left(tickets=1, seconds=HOUR)}

    assert rated(hours("1"), terms(included_tickets=0), rolled_over).reason == "included_ticket"
    assert rated(hours("1"), terms(included_seconds=0), rolled_over).reason == "included_hours"


def test_T_12_an_overdrawn_balance_covers_nothing():
    assert cents(rated(hours("1"), PREPAID, {MONTH: Left(seconds=-10)})) == [10000]
    assert cents(rated(hours("1"), FIVE, {MONTH: Left(tickets=-1)})) == [10000]


def test_T_12_unlimited_is_its_own_value():
    tickets = rated(hours("9"), terms(included_tickets=UNLIMITED))
    time = rated(hours("9"), terms(included_seconds=UNLIMITED))

    assert tickets.reason == time.reason == "unlimited_plan"
    assert tickets.allocations == (Allocation(1, MONTH, "ticket", 7, tickets=1),)
    assert time.allocations == (Allocation(1, MONTH, "time_entry", 1, seconds=9 * HOUR),)


def test_T_13_beyond_the_hard_limit_of_an_unlimited_plan_the_excess_is_billed():
    plan = terms(included_seconds=UNLIMITED)

    assert cents(rated(hours("3"), plan, {MONTH: Left(seconds=HOUR)})) == [20000]
    assert cents(rated(hours("3"), terms(included_tickets=UNLIMITED), {MONTH: Left(tickets=0)})) == [30000]


def test_T_12_entries_are_covered_in_order_of_work_date_start_and_id():
    morning, evening = (datetime(2026, 1, 15, hour, tzinfo=UTC) for hour in (8, 18))
    facts = [
        entry("1", 1),
        entry("1", 2, started_at=evening),
        entry("1", 3, started_at=morning),
        entry("1", 4, started_at=morning),
        entry("1", 5, on=date(2026, 1, 14)),
    ]

    result = rated(work(*facts), PREPAID, {MONTH: Left(seconds=5 * HOUR - 1)})

    assert [use.source_id for use in result.allocations] == [5, 3, 4, 2, 1]
    assert result.allocations[-1].seconds == HOUR - 1


def test_T_12_hours_count_in_the_month_of_the_work_and_tickets_in_the_month_of_closing():
    across = work(entry("1", 1), entry("1", 2, on=FEBRUARY), closed_on=FEBRUARY)
    left = {MONTH: Left(tickets=0, seconds=0), FEBRUARY: Left(tickets=1, seconds=9 * HOUR)}

    by_hours = rated(across, PREPAID, left)
    by_ticket = rated(across, FIVE, left)

    assert cents(by_hours) == [10000]
    assert by_hours.allocations == (Allocation(1, FEBRUARY, "time_entry", 2, seconds=HOUR),)
    assert by_ticket.allocations == (Allocation(1, FEBRUARY, "ticket", 7, tickets=1),)
    assert months_needed(across) == {MONTH, FEBRUARY}
    assert months_needed(work(closed_on=None)) == set()


def test_T_12_included_tickets_come_before_included_hours():
    both = terms(included_tickets=5, included_seconds=20 * HOUR)
    left = {MONTH: Left(tickets=1, seconds=20 * HOUR)}

    assert rated(hours("1"), both, left).reason == "included_ticket"
    assert rated(hours("1"), both, {MONTH: Left(tickets=0, seconds=HOUR)}).reason == "included_hours"


def test_T_12_a_ticket_that_is_not_closed_uses_no_included_ticket():
    open_ticket = replace(hours("1"), closed_on=None)

    assert cents(rated(open_ticket, FIVE, {MONTH: Left(tickets=5)})) == [10000]


def test_T_12_without_a_contract_nothing_is_covered():
    nobodys = replace(FIVE, contract=None)

    assert cents(rated(hours("1"), nobodys, {MONTH: Left(tickets=5)})) == [10000]
    assert allocations(hours("1"), nobodys, Covered()) == ()


@pytest.mark.parametrize("limited", [FIVE, PREPAID])
def test_T_12_a_balance_that_was_not_given_is_refused(limited):
    with pytest.raises(LookupError, match="2026-01 of contract 1 were not given"):
        rated(hours("1"), limited)


def test_T_12_balances_that_are_not_counted_stay_so():
    uses = (Allocation(1, MONTH, "ticket", 7, tickets=1), Allocation(1, FEBRUARY, "time_entry", 1, seconds=9))

    assert left_after({MONTH: Left(tickets=3)}, uses) == {MONTH: Left(tickets=2), FEBRUARY: Left()}
    assert month_of(DAY) == MONTH
