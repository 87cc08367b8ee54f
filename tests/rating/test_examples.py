"""Worked examples that no other module of these tests is about: contracts, timers, work that was given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rating.coverage import Left, left_after
from rating.tax import totals
from rating.terms import Rounding
from rating.time_of_day import time_of_day
from rating.work import WorkedTime
from tests.rating.make import MONTH, cents, entry, expense, fee, hours, rate, rated, terms, work

CONTRACT = terms("90.00", ladder=(rate("90.00"), rate("80.00", "client")))
NO_CONTRACT = replace(CONTRACT, contract=None, ladder=CONTRACT.ladder[1:])


def test_T_14_under_the_contract_its_rate_counts_and_beside_it_the_client_s():
    last_day, day_after = entry("1.00", 1, on=date(2026, 1, 31)), entry("1.00", 2, on=date(2026, 2, 1))

    parts = [rated(work(last_day), CONTRACT), rated(work(day_after), NO_CONTRACT)]

    assert [cents(part) for part in parts] == [[9000], [8000]]
    stored: list[Any] = [part.charges[0].explanation.as_dict() for part in parts]
    assert [one["inputs"]["time_entries"][0]["rate_source"] for one in stored] == ["contract", "client"]


def test_T_14_minimum_and_rounding_are_those_of_each_contract():
    parts = [rated(hours("0.05"), CONTRACT), rated(hours("0.05"), replace(NO_CONTRACT, rounding=Rounding("entry")))]

    assert [str(part.charges[0].quantity) for part in parts] == ["0.25", "0.25"]


def test_T_15_the_lines_of_two_tickets_add_up_on_one_document():
    two = [line for typed in ("2.50", "0.50") for line in rated(hours(typed), terms("100.00")).charges]

    sums = totals([("S", Decimal(19), line.amount_cents) for line in two])

    assert [line.amount_cents for line in two] == [25000, 5000]
    assert sums.subtotal == 30000


def test_T_16_what_was_worked_is_not_what_is_billed():
    """The threshold is about raw hours: 8.01 h are more than eight, also where rounding down bills eight."""
    eight, more = (
        rated(hours(typed), terms(rounding=Rounding(direction="down"))).charges[0] for typed in ("8", "8.01")
    )

    assert [line.quantity for line in (eight, more)] == [8, 8]
    assert [line.sources[0].quantity for line in (eight, more)] == [28800, 28836]


def test_T_20_work_that_was_given_back_is_rated_to_the_same_lines():
    ticket = work(entry("3.00"), fee=fee("50.00"), expenses=(expense("10"),))
    prepaid, left = terms(included_seconds=20 * 3600), {MONTH: Left(seconds=5400)}
    first = rated(ticket, prepaid, left)
    assert left_after(left, first.allocations) == {MONTH: Left(seconds=0)}

    again = rated(ticket, prepaid, left)

    assert again == first
    assert cents(first) == [15000, 5000, 1000]


def test_T_23_a_timer_counts_without_its_pause_and_keeps_its_start():
    start = datetime.fromisoformat("2026-01-15T17:00+01:00")
    two_hours_less_the_pause = 2 * 3600 - 1800
    timer = WorkedTime(1, "e1", start.date(), two_hours_less_the_pause, started_at=start)
    late = replace(timer, started_at=start.replace(hour=18))

    assert str(rated(work(timer)).charges[0].quantity) == "1.50"
    assert [time_of_day(one, terms()) for one in (timer, late)] == ["standard", "after_hours"]
