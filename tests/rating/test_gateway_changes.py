"""Changes made for a company: once or every month (G-08)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.gateway.changes import change_charges
from rating.period import BillingPeriod
from tests.rating.gateway import ENGLISH, JANUARY, SUB, change, proved, stored, told

NONE: frozenset[str] = frozenset()
APRIL = BillingPeriod.for_month(2026, 4, "Europe/Berlin")


def lines(of, month=JANUARY, billed=NONE, company=SUB):
    return [proved(line) for line in change_charges(company, of, month, billed)]


def parts(of, month=APRIL, billed=NONE):
    return [line.sources[0].part for line in lines(of, month, billed)]


def test_G_08_a_change_is_one_line_at_its_amount():
    (line,) = lines(change("250.00"))

    assert (line.kind, line.company, line.quantity, line.amount_cents) == ("service_change", 7, 1, 25000)
    assert line.description == "Number porting, 15.01.2026"
    (source,) = line.sources
    assert (source.kind, source.id, source.part, source.reference) == ("service_change", 5, "", "h1")
    assert stored(line)["inputs"] == {
        "company": "sub1", "service_change": "h1", "service_date": "2026-01-15", "month": "", "quantity": "1",
        "unit_price": "250.00", "currency": "EUR",
    }  # fmt: skip
    assert told(line) == ["Service change h1 of 15 January 2026.", "1 × 250.00 EUR = 250.00 EUR."]


def test_G_08_support_by_the_hour_is_hours_times_rate():
    (line,) = lines(change(None, hours=Decimal("1.5"), hourly_rate=Decimal("75.00")))

    assert (line.quantity, line.unit, line.unit_price, line.amount_cents) == (Decimal("1.5"), "h", 75, 11250)


@pytest.mark.parametrize(
    ("description", "category", "named"),
    [("Number porting", "move", "Number porting"), ("", "move", "move"), ("", "", "Service change")],
)
def test_G_08_a_change_is_named_by_what_is_known_of_it(description, category, named):
    (line,) = lines(change(description=description, category=category), company=ENGLISH)

    assert line.description == f"{named}, 15 January 2026"


def test_G_08_a_change_counts_from_its_day_until_it_is_billed():
    later = change(service_date=date(2026, 2, 1))

    assert lines(later) == []
    assert parts(later) == [""]
    assert parts(later, billed=frozenset({""})) == []


def test_G_08_a_recurring_change_is_billed_for_every_month_that_is_not_billed_yet():
    monthly = change(recurring=True)

    assert parts(monthly) == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert parts(monthly, billed=frozenset({"2026-01", "2026-03"})) == ["2026-02", "2026-04"]
    assert parts(monthly, billed=frozenset({""})) == []
    first, *_ = lines(monthly)
    assert first.description == "Number porting, Januar 2026"
    assert told(first)[0] == "Service change h1 of 15 January 2026, every month; for January 2026."


@pytest.mark.parametrize(
    ("until", "months"),
    [(date(2026, 3, 15), 3), (date(2026, 3, 14), 2), (date(2026, 1, 15), 1), (date(2027, 1, 1), 4)],
)
def test_G_08_a_recurring_change_repeats_until_it_ends(until, months):
    assert len(parts(change(recurring=True, recurring_until=until))) == months


def test_G_08_a_recurring_change_of_the_31st_comes_on_the_last_day_of_a_shorter_month():
    monthly = change(recurring=True, service_date=date(2026, 1, 31))

    assert parts(monthly) == ["2026-01", "2026-02", "2026-03", "2026-04"]


def test_a_recurring_change_without_an_end_ends_with_the_calendar():
    monthly = change(recurring=True, service_date=date(9999, 11, 30))

    assert parts(monthly, BillingPeriod(JANUARY.start, APRIL.end.replace(year=9999, month=12), JANUARY.zone)) == [
        "9999-11"
    ]


def test_a_change_without_a_price_is_refused():
    with pytest.raises(ValueError, match="h1 has neither an amount nor hours and their rate"):
        lines(change(None, hours=Decimal(1)))


@given(
    st.dates(date(2024, 1, 1), date(2026, 4, 30)),
    st.sets(st.integers(0, 27), max_size=9),
    st.booleans(),
)
def test_G_08_billed_month_by_month_or_at_once_the_same_months_are_billed_once(day, run_in, recurring):
    of = change(service_date=day, recurring=recurring)
    months = [BillingPeriod.for_month(2024 + number // 12, number % 12 + 1, "UTC") for number in sorted(run_in)]
    billed: list[str] = []

    for month in (*months, APRIL):
        billed += [line.sources[0].part for line in lines(of, month, frozenset(billed))]

    assert billed == parts(of)
    assert len(billed) == len(set(billed)) == ((2026 - day.year) * 12 + 5 - day.month if recurring else 1)
