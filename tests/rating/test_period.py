"""Billing periods and due dates."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from rating.period import BillingPeriod, due_on, is_overdue

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_M_07_january_in_berlin_starts_and_ends_an_hour_before_midnight_in_utc():
    january = BillingPeriod.for_month(2026, 1, BERLIN)

    assert (january.start, january.end) == (utc(2025, 12, 31, 23), utc(2026, 1, 31, 23))


def test_M_07_a_call_half_an_hour_into_february_is_february():
    call = datetime.fromisoformat("2026-02-01T00:30+01:00")

    assert BillingPeriod.for_month(2026, 2, BERLIN).contains(call)
    assert not BillingPeriod.for_month(2026, 1, BERLIN).contains(call)


def test_M_07_march_has_743_hours_in_berlin_and_still_31_days():
    march = BillingPeriod.for_month(2026, 3, BERLIN)

    assert march.end - march.start == timedelta(hours=743)
    assert march.days == 31


def test_M_07_the_end_is_not_in_the_period():
    january = BillingPeriod.for_month(2026, 1, ZoneInfo(BERLIN))

    assert january.contains(january.start)
    assert not january.contains(january.end)
    assert january.is_current(utc(2026, 1, 15))
    assert not january.is_current(utc(2026, 2, 15))


def test_M_08_previous_month_of_the_31st_of_march_is_february():
    at = datetime.fromisoformat("2026-03-31T12:00+02:00")

    assert BillingPeriod.previous_month(at, BERLIN).label() == "2026-02"
    assert BillingPeriod.current_month(at, BERLIN).label() == "2026-03"


def test_M_08_the_previous_month_of_january_is_in_the_year_before():
    assert BillingPeriod.previous_month(utc(2026, 1, 31), BERLIN) == BillingPeriod.for_month(2025, 12, BERLIN)


def test_M_07_the_month_of_an_instant_is_that_of_the_zone():
    at = utc(2026, 1, 31, 23, 30)

    assert BillingPeriod.current_month(at, BERLIN).label() == "2026-02"
    assert BillingPeriod.current_month(at, "UTC").label() == "2026-01"


def test_M_08_a_label_is_a_month_whatever_the_day_is():
    assert BillingPeriod.from_label("2026-02", BERLIN) == BillingPeriod.for_month(2026, 2, BERLIN)


@pytest.mark.parametrize("label", ["2026-13", "2026-2", "2026-00", "26-02", "2026-02-01", "", "٢٠٢٦-02"])
def test_M_08_what_is_no_month_is_refused(label):
    with pytest.raises(ValueError, match="is no month"):
        BillingPeriod.from_label(label, BERLIN)


def test_M_07_days_are_given_and_taken_inclusive():
    period = BillingPeriod.from_dates(date(2026, 3, 28), date(2026, 3, 30), BERLIN)

    assert period.to_date_range() == (date(2026, 3, 28), date(2026, 3, 30))
    assert (period.first_day, period.last_day, period.days) == (date(2026, 3, 28), date(2026, 3, 30), 3)
    assert period.end - period.start == timedelta(hours=71)


def test_M_07_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="before it starts"):
        BillingPeriod.from_dates(date(2026, 1, 2), date(2026, 1, 1), BERLIN)


def test_M_07_instants_without_a_time_zone_are_refused():
    naive = datetime(2026, 1, 1)  # noqa: DTZ001

    with pytest.raises(ValueError, match="time zone"):
        BillingPeriod(naive, naive, ZoneInfo(BERLIN))
    with pytest.raises(ValueError, match="time zone"):
        BillingPeriod.current_month(naive, BERLIN)


def test_M_07_neighbours_do_not_overlap():
    january, february = (BillingPeriod.for_month(2026, month, BERLIN) for month in (1, 2))

    assert not january.overlaps(february)
    assert not february.overlaps(january)
    assert january.overlaps(BillingPeriod.from_dates(date(2026, 1, 31), date(2026, 2, 1), BERLIN))


def test_a_month_is_named_in_words():
    january = BillingPeriod.for_month(2026, 1, BERLIN)

    assert january.month_label() == "Januar 2026"
    assert january.month_label("en-GB") == "January 2026"
    assert january.label("%m/%Y") == "01/2026"
    with pytest.raises(ValueError, match="only for de, en"):
        january.month_label("fr")


def test_a_period_is_text_for_those_who_store_it():
    assert BillingPeriod.for_month(2026, 1, BERLIN).as_dict() == {
        "start": "2025-12-31T23:00:00+00:00",
        "end": "2026-01-31T23:00:00+00:00",
        "first_day": "2026-01-01",
        "last_day": "2026-01-31",
        "timezone": BERLIN,
    }


@pytest.mark.parametrize("zone", [BERLIN, "UTC", "America/Santiago", "Asia/Beirut", "Pacific/Apia", "America/Havana"])
def test_M_07_every_instant_is_in_exactly_one_month(zone):
    months = [BillingPeriod.for_month(year, month, zone) for year in range(2024, 2031) for month in range(1, 13)]
    starts = [period.start for period in months]
    random = Random(zone)  # noqa: S311
    span = int((months[-1].end - months[0].start).total_seconds())
    instants = [months[0].start + timedelta(seconds=random.randrange(span)) for _ in range(15_000)]
    moment = timedelta(microseconds=1)
    instants += [edge + shift for edge in starts[1:] for shift in (-moment, timedelta(), moment)]

    for before, after in pairwise(months):
        assert before.end == after.start
    for at in instants:
        home = months[bisect_right(starts, at) - 1]
        local = at.astimezone(ZoneInfo(zone))
        assert home.contains(at)
        assert home.label() == f"{local:%Y-%m}"


def test_M_09_due_dates_are_counted_in_days():
    assert due_on(date(2026, 1, 31), 30) == date(2026, 3, 2)
    assert due_on(date(2026, 1, 31), 0) == date(2026, 1, 31)
    with pytest.raises(ValueError, match="zero days or more"):
        due_on(date(2026, 1, 31), -1)


def test_M_09_a_document_is_overdue_from_the_day_after():
    assert not is_overdue(date(2026, 3, 2), date(2026, 3, 2))
    assert is_overdue(date(2026, 3, 2), date(2026, 3, 3))
