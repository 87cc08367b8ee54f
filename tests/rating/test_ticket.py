"""A ticket becomes lines, or a reason why not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rating.terms import Rounding
from tests.rating.make import cents, entry, expense, fee, hours, rated, terms, work

TIME = entry("2.5")
FEE = fee("50.00")


def names(sources):
    return [(source.kind, source.id) for source in sources]


def test_T_03_an_hour_at_a_hundred_is_a_hundred():
    result = rated(hours("1.00"))

    assert cents(result) == [10000]
    assert (result.strategy, result.reason) == ("time_based", "")


def test_T_05_one_entry_without_a_rate_holds_the_whole_ticket():
    ticket = work(entry("1", 1, hourly="100"), entry("1", 2), fee=FEE, expenses=(expense("10"),))

    result = rated(ticket, terms(None))

    assert (result.reason, result.charges, result.covered, result.free) == ("no_rate", (), (), ())


def test_T_05_time_that_the_fee_pays_needs_no_rate():
    assert cents(rated(work(TIME, fee=FEE), terms(None, strategy="per_ticket"))) == [5000]


def test_T_24_a_ticket_by_time_with_expenses_but_no_time_is_held():
    result = rated(work(expenses=(expense("79.90"),)))

    assert (result.reason, result.charges) == ("no_time_entries", ())


def test_T_24_without_the_requirement_the_expenses_are_billed_alone():
    assert cents(rated(work(expenses=(expense("79.90"),)), terms(require_time_entries=False))) == [7990]


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        (work(fee=FEE, expenses=(expense("79.90"),)), {}),
        (work(fee=FEE, expenses=(expense("79.90"),)), {"strategy": "mixed"}),
        (work(expenses=(expense("79.90"),)), {"strategy": "per_ticket"}),
        (work(expenses=(expense("79.90"),), counts_as_ticket=False), {}),
    ],
)
def test_T_24_a_fee_or_a_later_expense_needs_no_time(of, changes):
    assert cents(rated(of, terms(**changes)))[-1] == 7990


def test_T_24_a_fee_that_the_strategy_does_not_bill_is_no_reason_to_do_without_time():
    ticket = work(fee=FEE, expenses=(expense("79.90"),))

    assert rated(ticket, terms(strategy="time_based")).reason == "no_time_entries"


def test_T_25_expenses_are_lines_after_the_rest_with_their_own_tax():
    items = (expense("79.90", "2", 2, tax_rate=Decimal(7), goods=True), expense("0.335", "3", 1))

    result = rated(work(TIME, expenses=items))

    assert [(line.kind, line.amount_cents) for line in result.charges] == [
        ("time", 25000),
        ("expense", 101),
        ("expense", 15980),
    ]
    assert [(line.tax_rate, line.goods) for line in result.charges[1:]] == [(None, False), (Decimal(7), True)]
    assert result.charges[2].description == "Ticket 1001: SSD"
    assert [(source.kind, source.id, source.quantity, source.amount_cents) for source in result.charges[2].sources] == [
        ("expense", 2, Decimal(2), 15980)
    ]


def test_T_02_work_at_a_rate_of_zero_amounts_to_zero():
    result = rated(hours("1"), terms("0"))

    assert (result.reason, result.charges, result.free) == ("zero_amount", (), ())
    assert names(result.skipped) == [("time_entry", 1)]


def test_T_02_a_free_line_stays_beside_one_that_costs_something():
    assert cents(rated(work(entry("1", 1, hourly="0"), entry("1", 2)))) == [0, 10000]


def test_T_02_time_below_the_minimum_is_free_beside_the_fee():
    result = rated(work(entry("0.05"), fee=FEE), terms(rounding=Rounding(below_minimum="skip")))

    assert cents(result) == [5000]
    assert names(result.free) == [("time_entry", 1)]


def test_T_02_at_level_entry_only_what_is_below_the_minimum_is_free():
    skip = Rounding("entry", below_minimum="skip")

    result = rated(hours("0.05", "0.30"), terms(rounding=skip))

    assert cents(result) == [5000]
    assert names(result.charges[0].sources) == [("time_entry", 2)]
    assert names(result.free) == [("time_entry", 1)]


def test_T_02_an_entry_of_no_time_needs_no_rate_and_is_free():
    assert rated(hours("0"), terms(None)).reason == "nothing_to_bill"
    assert names(rated(hours("1", "0")).free) == [("time_entry", 2)]


def test_T_19_later_work_has_its_own_minimum_and_no_second_fee():
    late = replace(hours("0.40"), counts_as_ticket=False)

    assert cents(rated(late)) == [5000]


def test_T_21_a_forced_rate_prices_every_entry():
    ticket = work(entry("1", 1, hourly="120"), entry("1", 2))

    assert cents(rated(ticket, terms(override_rate=Decimal(80)))) == [16000]


def test_a_line_names_its_ticket_and_claims_its_entries_with_their_worked_time():
    line = rated(hours("0.05", "0.10")).charges[0]
    nameless = rated(replace(hours("1"), subject="")).charges[0]

    assert line.description == "Ticket 1001: Mail down"
    assert nameless.description == "Ticket 1001"
    assert [(source.id, source.quantity, source.amount_cents, source.reference) for source in line.sources] == [
        (1, Decimal(180), None, "e1"),
        (2, Decimal(360), None, "e2"),
    ]
