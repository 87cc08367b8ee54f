"""Which rate applies, and when work was done."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from rating.business_hours import BusinessHours
from rating.rates import applied_rate
from rating.time_of_day import time_of_day
from tests.rating.make import EXACT, card, cents, entry, rate, rated, started, terms, work


def applied(of, **agreed):
    found = applied_rate(of, terms(None, **agreed))
    return None if found is None else (str(found.hourly), found.label)


def new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


LADDER = (rate("70", "assignment"), rate("90"), rate("80", "client"), rate("60", "setting"))


def test_T_05_each_level_gives_way_to_the_one_above_it():
    own, other = entry("1", hourly="120"), entry("1")
    row = card("r1", hourly_rate="100")

    assert applied(own, override_rate=Decimal(150), card=(row,), ladder=LADDER) == ("150", "override")
    assert applied(own, card=(row,), ladder=LADDER) == ("120", "entry")
    assert applied(other, card=(row,), ladder=LADDER) == ("100", "card r1")
    assert applied(other, ladder=LADDER) == ("70", "assignment")
    assert applied(other, ladder=LADDER[1:]) == ("90", "contract")
    assert applied(other, ladder=LADDER[2:]) == ("80", "client")
    assert applied(other, ladder=LADDER[3:]) == ("60", "setting")
    assert applied(other) is None


def test_T_05_an_entry_with_its_own_rate_beside_one_without():
    two = work(entry("1.00", 1, hourly="120.00"), entry("0.50", 2))

    assert cents(rated(two, terms("90.00", rounding=EXACT))) == [12000, 4500]
    assert cents(rated(two, terms("80.00", rounding=EXACT, contract=None))) == [12000, 4000]


def test_T_05_zero_is_a_price_and_not_a_missing_rate():
    assert applied(entry("1", hourly="0"), ladder=LADDER) == ("0", "entry")
    assert applied(entry("1"), override_rate=Decimal(0), ladder=LADDER) == ("0", "override")


def test_T_05_the_more_specific_row_of_a_card_wins():
    evening = started("2026-01-15T20:00+01:00", work_type="server")
    rows = (
        card("neither", hourly_rate="1"),
        card("time", time_of_day="after_hours", hourly_rate="2"),
        card("type", work_type="server", hourly_rate="3"),
        card("both", work_type="server", time_of_day="after_hours", hourly_rate="4"),
    )

    winners = [applied(evening, card=rows[:count], ladder=LADDER) for count in range(5)]

    assert [label for _, label in winners] == ["assignment", "card neither", "card time", "card type", "card both"]


def test_T_05_a_row_counts_from_its_first_to_its_last_day():
    rows = (card("r1", valid_from=date(2026, 1, 10), valid_to=date(2026, 1, 20), hourly_rate="100"),)
    days = (9, 10, 20, 21)

    found = [applied(entry("1", on=date(2026, 1, day)), card=rows, ladder=LADDER) for day in days]

    assert [label for _, label in found] == ["assignment", "card r1", "card r1", "assignment"]


def test_T_05_a_row_for_other_work_does_not_count():
    rows = (card("r1", work_type="server", hourly_rate="1"), card("r2", time_of_day="weekend", hourly_rate="2"))

    assert applied(entry("1", work_type="phone"), card=rows, ladder=LADDER) == ("70", "assignment")


def test_T_05_of_two_equal_rows_the_later_one_counts_whatever_their_order():
    rows = (card("old", hourly_rate="1"), card("new", valid_from=date(2026, 1, 2), hourly_rate="2"))

    assert applied(entry("1"), card=rows) == applied(entry("1"), card=rows[::-1]) == ("2", "card new")


def test_T_05_a_multiplier_applies_to_the_rate_found_below_it():
    weekend = started("2026-01-17T10:00+01:00")
    row = card("r1", time_of_day="weekend", multiplier="1.5")

    assert applied(weekend, card=(row,), ladder=(rate("90"),)) == ("135.0", "card r1 x 1.5 on contract")
    assert applied(weekend, card=(row, card("r2", hourly_rate="100")), ladder=LADDER) == (
        "150.0",
        "card r1 x 1.5 on card r2",
    )
    assert applied(weekend, card=(row,)) is None
    assert applied(started("2026-01-17T10:00+01:00", hourly="10"), card=(row,)) == ("10", "entry")


def test_T_05_multipliers_on_one_another_are_exact():
    night = started("2026-01-15T20:00+01:00", work_type="server")
    rows = (card("a", work_type="server", multiplier="1.3333"), card("b", time_of_day="after_hours", multiplier="1.25"))

    found = applied_rate(night, terms("33.3333", card=rows))

    assert found is not None
    assert found.hourly == Decimal("33.3333") * Decimal("1.3333") * Decimal("1.25")
    assert (found.base, found.multipliers) == (Decimal("33.3333"), (Decimal("1.3333"), Decimal("1.25")))
    assert found.label == "card a x 1.3333 on card b x 1.25 on contract"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-01-15T08:00+01:00", "standard"),
        ("2026-01-15T17:59+01:00", "standard"),
        ("2026-01-15T18:00+01:00", "after_hours"),
        ("2026-01-15T07:59+01:00", "after_hours"),
        ("2026-01-15T17:30+00:00", "after_hours"),
        ("2026-01-17T10:00+01:00", "weekend"),
        ("2026-01-18T23:30+00:00", "after_hours"),
        ("2026-01-01T10:00+01:00", "holiday"),
        ("2025-12-31T23:30+00:00", "holiday"),
        ("2022-01-01T10:00+01:00", "holiday"),
    ],
)
def test_T_06_the_start_decides_in_the_clients_time_zone(start, expected):
    assert time_of_day(started(start), terms(holidays=new_year)) == expected


def test_T_06_an_emergency_beats_all():
    assert time_of_day(started("2022-01-01T10:00+01:00", emergency=True), terms(holidays=new_year)) == "emergency"
    assert time_of_day(entry("1", emergency=True), terms()) == "emergency"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 15), "standard"),
        (date(2026, 1, 17), "weekend"),
        (date(2026, 1, 18), "weekend"),
        (date(2026, 1, 1), "holiday"),
    ],
)
def test_T_06_without_a_start_the_work_date_decides(day, expected):
    assert time_of_day(entry("1", on=day), terms(holidays=new_year)) == expected


def test_T_06_a_day_off_in_the_week_is_standard_without_a_start_and_after_hours_with_one():
    short_week = terms(business_hours=BusinessHours.parse({"mon-wed": "08:00-18:00"}))

    assert time_of_day(entry("1"), short_week) == "standard"
    assert time_of_day(started("2026-01-15T10:00+01:00"), short_week) == "after_hours"


def test_T_06_a_saturday_with_business_hours_is_a_working_day_within_them():
    six_days = terms(business_hours=BusinessHours.parse({"mon-fri": "08:00-18:00", "sat": "09:00-12:00"}))

    assert time_of_day(started("2026-01-17T10:00+01:00"), six_days) == "standard"
    assert time_of_day(started("2026-01-17T14:00+01:00"), six_days) == "weekend"
    assert time_of_day(entry("1", on=date(2026, 1, 17)), six_days) == "standard"


def test_T_06_a_start_without_a_time_zone_is_refused():
    naive = datetime(2026, 1, 15, 10)  # noqa: DTZ001

    with pytest.raises(ValueError, match="e1 has a start without a time zone"):
        time_of_day(entry("1", started_at=naive), terms())
