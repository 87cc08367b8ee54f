"""What allowances leave to be billed, and what is settled with them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rating.coverage import Left, cover, left_after
from rating.recompute import recompute
from rating.terms import UNLIMITED, Rounding
from tests.rating.make import EXACT, MONTH, cents, entry, expense, fee, hours, rated, terms, work

HOUR = 3600
PREPAID = terms(included_seconds=20 * HOUR)
FIVE = terms(included_tickets=5)


def covered_ids(result):
    return [(source.kind, source.id) for source in result.covered]


def test_T_12_a_partly_covered_line_is_recomputed_from_its_own_explanation():
    result = rated(hours("3.00"), PREPAID, {MONTH: Left(seconds=5400)})
    explained: Any = result.charges[0].explanation.as_dict()

    assert explained["inputs"]["time_entries"][0]["covered_seconds"] == 5400
    assert recompute(explained) == 15000


def test_T_12_covered_hours_come_off_before_minimum_and_rounding():
    result = rated(hours("1.05"), PREPAID, {MONTH: Left(seconds=HOUR)})

    assert cents(result) == [2500]


def test_T_12_wholly_covered_time_is_settled_without_a_line():
    result = rated(hours("1.00", "0.50"), PREPAID, {MONTH: Left(seconds=20 * HOUR)})

    assert (result.charges, result.reason) == ((), "included_hours")
    assert [(source.id, source.quantity) for source in result.covered] == [(1, Decimal(3600)), (2, Decimal(1800))]
    assert sum(use.seconds for use in result.allocations) == 5400


def test_T_12_included_hours_leave_the_fee_and_the_expenses_to_be_billed():
    ticket = work(entry("1"), fee=fee("50.00"), expenses=(expense("79.90"),))

    result = rated(ticket, PREPAID, {MONTH: Left(seconds=HOUR)})

    assert [line.kind for line in result.charges] == ["ticket_fee", "expense"]
    assert result.reason == ""
    assert covered_ids(result) == [("time_entry", 1)]


def test_T_12_an_included_ticket_leaves_the_expenses_to_be_billed():
    ticket = work(entry("1"), fee=fee("50.00"), expenses=(expense("79.90"),))

    result = rated(ticket, FIVE, {MONTH: Left(tickets=1)})

    assert cents(result) == [7990]
    assert covered_ids(result) == [("time_entry", 1), ("ticket_fee", 7)]


def test_T_12_a_ticket_paid_by_its_fee_uses_no_prepaid_hours():
    result = rated(
        work(entry("1"), fee=fee("50.00")), replace(PREPAID, strategy="per_ticket"), {MONTH: Left(seconds=HOUR)}
    )

    assert (cents(result), result.allocations) == ([5000], ())


def test_T_12_a_ticket_with_nothing_to_bill_uses_no_included_ticket():
    assert rated(work(), FIVE, {MONTH: Left(tickets=5)}).reason == "nothing_to_bill"
    only_a_fee = work(fee=fee("50.00"))
    assert rated(only_a_fee, replace(FIVE, strategy="time_based"), {MONTH: Left(tickets=5)}).reason == "nothing_to_bill"


def test_T_12_covered_work_needs_no_rate_and_the_rest_does():
    nowhere = terms(None, included_seconds=HOUR)

    assert rated(hours("1"), nowhere, {MONTH: Left(seconds=HOUR)}).reason == "included_hours"
    assert rated(hours("2"), nowhere, {MONTH: Left(seconds=HOUR)}).reason == "no_rate"


def test_T_19_later_work_uses_no_further_ticket():
    late = replace(hours("0.40"), counts_as_ticket=False)

    assert cents(rated(late, FIVE, {MONTH: Left(tickets=5)})) == [5000]


def test_T_19_later_work_on_an_unlimited_plan_stays_covered():
    late = replace(hours("0.40"), counts_as_ticket=False)

    result = rated(late, terms(included_tickets=UNLIMITED))

    assert (result.reason, result.allocations, covered_ids(result)) == ("unlimited_plan", (), [("time_entry", 1)])


def test_T_12_a_partly_covered_entry_whose_rest_is_free_is_covered():
    skip = terms(included_seconds=HOUR, rounding=Rounding(below_minimum="skip"))

    result = rated(hours("1.05"), skip, {MONTH: Left(seconds=HOUR)})
    with_expense = rated(work(entry("1.05"), expenses=(expense("5"),)), skip, {MONTH: Left(seconds=HOUR)})

    assert (result.reason, covered_ids(result), result.free) == ("included_hours", [("time_entry", 1)], ())
    assert (cents(with_expense), covered_ids(with_expense), with_expense.free) == ([500], [("time_entry", 1)], ())


def test_T_12_covered_time_beside_free_units_is_covered_and_they_are_free():
    ticket = work(entry("1", 1), entry("0", 2), expenses=(expense("0"),))

    result = rated(ticket, PREPAID, {MONTH: Left(seconds=HOUR)})

    assert (result.reason, covered_ids(result)) == ("included_hours", [("time_entry", 1)])
    assert [(source.kind, source.id) for source in result.free] == [("time_entry", 2), ("expense", 1)]


@given(st.lists(st.integers(0, 20_000), max_size=8), st.integers(0, 60_000))
def test_T_12_what_is_covered_and_what_is_billed_is_all_that_was_worked(seconds, balance):
    ticket = work(*(replace(entry("0", number), seconds=worked) for number, worked in enumerate(seconds)))
    covered = cover(ticket, PREPAID, {MONTH: Left(seconds=balance)})

    result = rated(ticket, replace(PREPAID, rounding=EXACT), {MONTH: Left(seconds=balance)})

    used = sum(taken for _, taken, _ in covered.seconds)
    billed = sum(source.quantity or 0 for line in result.charges for source in line.sources)
    assert used == min(sum(seconds), balance) == sum(use.seconds for use in result.allocations)
    assert used + billed == sum(seconds)


@given(st.lists(st.lists(st.integers(1, 9000), max_size=3), max_size=6), st.integers(0, 30_000))
def test_T_12_a_batch_that_carries_balances_never_uses_more_than_there_is(tickets, balance):
    left = {MONTH: Left(seconds=balance)}
    used = 0
    for number, seconds in enumerate(tickets):
        entries = (replace(entry("0", 10 * number + place), seconds=worked) for place, worked in enumerate(seconds))
        result = rated(work(*entries), PREPAID, left)
        used += sum(use.seconds for use in result.allocations)
        left = left_after(left, result.allocations)

    assert used == min(balance, sum(sum(seconds) for seconds in tickets))
    assert left[MONTH].seconds == balance - used


def test_coverage_is_stated_in_decimal_hours_that_add_up():
    result = rated(hours("3.00"), PREPAID, {MONTH: Left(seconds=5400)})

    assert result.charges[0].quantity == Decimal("1.50")
