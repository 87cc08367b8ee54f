"""Charges that recur: their periods, when they are due, what part of a period costs, and why (T-26)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.money import amount
from rating.proration import calendar_start, months_after, periods_from, price_of_days
from rating.recompute import recompute
from rating.recurring import Recurring, due_periods, recurring_charge
from rating.single_charge import Single, single_charge

LATER = date(2027, 6, 30)


def seats(**facts):
    usual: dict[str, Any] = {
        "id": 7, "reference": "m1", "contract": "c1", "description": "Managed seat", "quantity": Decimal(12),
        "unit_price": Decimal("19.00"), "currency": "EUR", "interval": "monthly", "timing": "advance", "prorate": False,
        "valid_from": date(2026, 1, 1),
    }  # fmt: skip
    terms = usual | facts
    return Recurring(**{"first_day": terms["valid_from"], **terms})


def periods(charge, on=LATER):
    return [
        f"{period.first_day:%m-%d}..{period.last_day:%m-%d} due {period.due_on:%Y-%m-%d}"
        for period in due_periods(charge, on=on)
    ]


def cents(charge, on=LATER):
    return [recurring_charge(charge, period).amount_cents for period in due_periods(charge, on=on)]


@pytest.mark.parametrize(
    ("interval", "found"),
    [
        ("monthly", ["01-01..01-31", "02-01..02-28", "03-01..03-31", "04-01..04-30", "05-01..05-31", "06-01..06-30"]),
        ("quarterly", ["01-01..03-31", "04-01..06-30"]),
        ("yearly", ["01-01..12-31"]),
    ],
)
def test_T_26_a_charge_recurs_every_month_quarter_or_year(interval, found):
    charge = seats(interval=interval)

    assert [period.split()[0] for period in periods(charge, date(2026, 6, 30))] == found


def test_T_26_in_advance_is_billed_in_the_month_in_which_the_period_begins():
    charge = seats(valid_from=date(2026, 1, 16))

    assert periods(charge, date(2025, 12, 31)) == []
    assert periods(charge, date(2026, 1, 31)) == ["01-16..02-15 due 2026-01-01"]
    assert periods(charge, date(2026, 2, 1))[1:] == ["02-16..03-15 due 2026-02-01"]


def test_T_26_in_arrears_is_billed_when_the_period_is_over():
    charge = seats(timing="arrears")

    assert periods(charge, date(2026, 1, 31)) == []
    assert periods(charge, date(2026, 2, 1)) == ["01-01..01-31 due 2026-02-01"]


def test_T_26_periods_that_begin_at_the_end_of_a_month_keep_to_it():
    charge = seats(valid_from=date(2026, 1, 31))

    assert [period.split()[0] for period in periods(charge, date(2026, 4, 30))] == [
        "01-31..02-27", "02-28..03-30", "03-31..04-29", "04-30..05-30",
    ]  # fmt: skip


def test_T_26_without_proration_a_period_that_began_is_charged_whole():
    charge = seats(last_day=date(2026, 2, 10))

    assert periods(charge) == ["01-01..01-31 due 2026-01-01", "02-01..02-28 due 2026-02-01"]
    assert cents(charge) == [22800, 22800]


def test_T_26_without_proration_a_period_that_began_before_the_contract_is_not_charged():
    charge = seats(first_day=date(2026, 1, 15), last_day=date(2026, 3, 1))

    assert periods(charge) == ["02-01..02-28 due 2026-02-01", "03-01..03-31 due 2026-03-01"]


def test_T_26_with_proration_the_first_and_the_last_month_are_charged_by_the_day():
    charge = seats(prorate=True, valid_from=date(2026, 1, 16), last_day=date(2026, 3, 10))

    assert periods(charge) == [
        "01-16..01-31 due 2026-01-01", "02-01..02-28 due 2026-02-01", "03-01..03-10 due 2026-03-01",
    ]  # fmt: skip
    assert cents(charge) == [11768, 22800, 7355]


def test_T_26_with_proration_in_arrears_the_part_is_due_when_its_days_are_over():
    charge = seats(prorate=True, timing="arrears", last_day=date(2026, 1, 10))

    assert periods(charge, date(2026, 1, 10)) == []
    assert periods(charge, date(2026, 1, 11)) == ["01-01..01-10 due 2026-01-11"]


def test_T_26_a_prorated_quarter_is_one_of_the_calendar_and_is_due_when_its_charged_days_begin():
    charge = seats(prorate=True, interval="quarterly", valid_from=date(2026, 2, 10), unit_price=Decimal(90))

    assert periods(charge, date(2026, 1, 31)) == []
    assert periods(charge, date(2026, 4, 1)) == ["02-10..03-31 due 2026-02-01", "04-01..06-30 due 2026-04-01"]
    assert cents(charge, date(2026, 4, 1)) == [60000, 108000]


def test_T_26_a_prorated_charge_that_is_never_in_force_is_never_charged():
    assert periods(seats(prorate=True, first_day=date(2026, 3, 10), last_day=date(2026, 3, 9))) == []


def test_T_26_a_charge_and_its_successor_share_the_month_to_the_cent():
    before = seats(prorate=True, unit_price=Decimal("0.33"), quantity=Decimal(1), last_day=date(2026, 1, 10))
    between = seats(
        prorate=True, unit_price=Decimal("0.33"), quantity=Decimal(1), valid_from=date(2026, 1, 11),
        last_day=date(2026, 1, 20),
    )  # fmt: skip
    after = seats(prorate=True, unit_price=Decimal("0.33"), quantity=Decimal(1), valid_from=date(2026, 1, 21))

    parts = [cents(charge, date(2026, 1, 31)) for charge in (before, between, after)]

    assert parts == [[11], [10], [12]]
    assert sum(map(sum, parts)) == 33


@given(
    quantity=st.decimals(0, 9999, places=4),
    price=st.decimals(0, 99999, places=4),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    days=st.integers(1, 366),
    data=st.data(),
)
def test_T_26_however_a_period_is_cut_its_parts_sum_to_the_whole(quantity, price, currency, days, data):
    inner = data.draw(st.sets(st.integers(1, max(1, days - 1)), max_size=12))
    cuts = sorted({0, days, *(cut for cut in inner if cut < days)})

    parts = [
        price_of_days(quantity, price, currency=currency, first=first, after=after, days=days)
        for first, after in pairwise(cuts)
    ]

    assert sum(parts) == amount(quantity, price, currency=currency)
    assert min(parts) >= 0


@given(
    anchor=st.dates(date(1970, 1, 1), date(2199, 12, 31)),
    interval=st.sampled_from(["monthly", "quarterly", "yearly"]),
    prorate=st.booleans(),
    length=st.integers(0, 900),
)
def test_T_26_periods_follow_one_another_and_leave_no_day_out(anchor, interval, prorate, length):
    last = anchor + timedelta(days=length)
    charge = seats(valid_from=anchor, interval=interval, prorate=prorate, last_day=last)

    found = list(due_periods(charge, on=last))

    assert found[0].first_day == anchor
    assert all(one.after == other.start for one, other in pairwise(found))
    assert found[-1].last_day == last if prorate else found[-1].start <= last < found[-1].after
    assert len({period.label for period in found}) == len(found)


@given(anchor=st.dates(date(1970, 1, 1), date(2199, 12, 31)), months=st.sampled_from([1, 3, 12]))
def test_T_26_a_period_begins_on_the_anchor_s_day_or_on_the_last_of_a_shorter_month(anchor, months):
    for start, after in islice(periods_from(anchor, months), 30):
        assert start.day == anchor.day or (start + timedelta(days=1)).day == 1
        assert (after.year * 12 + after.month) - (start.year * 12 + start.month) == months


def test_periods_end_with_the_calendar():
    assert list(periods_from(date(9999, 11, 5), 1)) == [(date(9999, 11, 5), date(9999, 12, 5))]
    assert months_after(date(9999, 12, 31), 1) is None


def test_a_charge_without_an_end_ends_with_the_calendar():
    assert periods(seats(valid_from=date(9999, 11, 5)), date.max) == ["11-05..12-04 due 9999-11-01"]


def test_a_period_of_no_month_is_refused():
    with pytest.raises(ValueError, match="one month or more"):
        next(periods_from(date(2026, 1, 1), 0))


@pytest.mark.parametrize(("months", "start"), [(1, (8, 1)), (3, (7, 1)), (12, (1, 1))])
def test_the_calendar_has_months_quarters_and_years(months, start):
    assert calendar_start(date(2026, 8, 31), months) == date(2026, *start)


@pytest.mark.parametrize(("first", "after"), [(-1, 3), (3, 3), (4, 3), (0, 32)])
def test_days_outside_the_period_are_no_part_of_it(first, after):
    with pytest.raises(ValueError, match="no part of a period of 31 days"):
        price_of_days(Decimal(1), Decimal(1), currency="EUR", first=first, after=after, days=31)


def line(charge, number=0):
    period = list(due_periods(charge, on=LATER))[number]
    return recurring_charge(charge, period)


def told(charge):
    return json.loads(json.dumps(charge.explanation.as_dict()))


def test_T_26_a_whole_period_is_quantity_times_price():
    found = line(seats())

    assert (found.kind, found.description) == ("recurring", "Managed seat, 1 January 2026 to 31 January 2026")
    assert (found.quantity, found.unit_price, found.price_per, found.amount_cents) == (12, Decimal("19.00"), 1, 22800)
    (source,) = found.sources
    assert (source.kind, source.id, source.part, source.reference) == ("recurring", 7, "2026-01-01", "m1")
    assert (source.quantity, source.amount_cents) == (12, 22800)


def test_T_26_a_part_of_a_period_is_one_unit_at_the_price_of_its_days():
    found = line(seats(prorate=True, valid_from=date(2026, 1, 16), unit_price=Decimal("19.0000")))

    assert found.description == ("Managed seat, 16 January 2026 to 31 January 2026 (16 of 31 days of 12 × 19.00)")
    assert (found.quantity, found.unit_price, found.amount_cents) == (1, Decimal("117.68"), 11768)
    assert found.sources[0].part == "2026-01-01"
    assert told(found)["steps"][0] == {
        "step": "proration", "days": 16, "days_of_period": 31, "whole_period_cents": 22800, "part_cents": 11768,
    }  # fmt: skip


def test_T_26_the_explanation_names_charge_contract_and_days():
    found = told(line(seats(prorate=True, last_day=date(2026, 1, 15))))

    assert (found["rule"], found["version"]) == ("recurring", 1)
    assert found["inputs"] == {
        "recurring_charge": "m1", "contract": "c1", "quantity": "12", "unit_price": "19.00", "currency": "EUR",
        "interval": "monthly", "timing": "advance", "prorate": True, "period_first_day": "2026-01-01",
        "period_last_day": "2026-01-31", "charged_first_day": "2026-01-01", "charged_last_day": "2026-01-15",
    }  # fmt: skip


@given(
    quantity=st.decimals(0, 9999, places=4),
    price=st.decimals(0, 99999, places=4),
    anchor=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    length=st.integers(0, 100),
    prorate=st.booleans(),
)
def test_P5_every_recurring_line_is_recomputed_from_its_own_explanation(quantity, price, anchor, length, prorate):
    last = anchor + timedelta(days=length)
    charge = seats(quantity=quantity, unit_price=price, valid_from=anchor, last_day=last, prorate=prorate)

    for period in due_periods(charge, on=LATER):
        found = recurring_charge(charge, period)
        assert recompute(told(found)) == found.amount_cents
        assert amount(found.quantity, found.unit_price, currency="EUR") == found.amount_cents


def test_P5_days_outside_the_period_are_not_believed():
    found = told(line(seats()))
    found["inputs"]["charged_last_day"] = "2026-02-01"

    with pytest.raises(ValueError, match="no part of a period"):
        recompute(found)


def test_a_single_charge_is_quantity_times_price_with_its_own_tax_rate():
    found = single_charge(
        Single(3, "z1", date(2026, 1, 15), "Rack", Decimal(2), Decimal("10.05"), "EUR", Decimal(7), goods=True)
    )

    assert (found.kind, found.description, found.amount_cents) == ("charge", "Rack", 2010)
    assert (found.tax_rate, found.goods) == (7, True)
    (source,) = found.sources
    assert (source.kind, source.id, source.part, source.reference, source.amount_cents) == ("charge", 3, "", "z1", 2010)
    assert told(found)["inputs"] == {
        "charge": "z1", "charged_on": "2026-01-15", "quantity": "2", "unit_price": "10.05", "currency": "EUR",
    }  # fmt: skip
    assert recompute(told(found)) == 2010
