"""Worked examples: what an hour costs, and when (T-05, T-06)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.factories import configure


def test_T_05_the_entry_s_own_rate_comes_before_the_contract_s(story):
    story.client(hourly_rate="80.00").contract(hourly_rate="90.00").ticket()
    story.entry("1.00", hourly_rate="120.00").entry("0.50")

    story.bill()

    assert story.lines() == ["time 1 @ 120 = 12000", "time 0.5 @ 90 = 4500"]
    assert story.subtotals() == [16500]


def test_T_05_without_a_contract_the_client_s_rate_counts(story):
    story.client(hourly_rate="80.00").ticket().entry("1.00", hourly_rate="120.00").entry("0.50")

    story.bill()

    assert story.lines() == ["time 1 @ 120 = 12000", "time 0.5 @ 80 = 4000"]


def test_T_05_the_card_comes_before_the_assignment_and_that_before_the_contract(story):
    story.client().contact().contract(hourly_rate="90.00").assignment(hourly_rate="95.00")
    story.rate(work_type="network", hourly_rate="110.00")
    story.ticket(contact="ann").entry("1.00", work_type="network").entry("2.00", work_type="desk")

    story.bill()

    assert story.lines() == ["time 1 @ 110 = 11000", "time 2 @ 95 = 19000"]


def test_T_05_work_type_and_time_come_before_work_type_and_that_before_time(story):
    story.client(hourly_rate="10.00").contract().rate(hourly_rate="1.00").rate(
        time_of_day="weekend", hourly_rate="2.00"
    )
    story.rate(work_type="network", hourly_rate="3.00")
    story.rate(work_type="network", time_of_day="weekend", hourly_rate="4.00")
    for kind, day in (("desk", "15"), ("desk", "17"), ("network", "15"), ("network", "17")):
        story.ticket().entry("1.00", work_type=kind, work_date=f"2026-01-{day}")

    story.bill()

    assert [line.split(" = ")[1] for line in story.lines()] == ["100", "200", "300", "400"]


def test_T_05_the_card_row_valid_on_the_work_date_counts(story):
    story.client().contract().rate(hourly_rate="100.00", valid_to="2026-01-14")
    story.rate(hourly_rate="105.00", valid_from="2026-01-15")
    story.ticket().entry("1.00", work_date="2026-01-14").entry("1.00", work_date="2026-01-15")

    story.bill()

    assert story.lines() == ["time 1 @ 100 = 10000", "time 1 @ 105 = 10500"]


def test_T_05_the_setting_is_the_last_rate_that_is_asked(story, settings):
    configure(settings, default_hourly_rate=Decimal(70))
    story.client(hourly_rate=None).ticket().entry("1.00")

    story.bill()

    assert story.lines() == ["time 1 @ 70 = 7000"]


def test_T_05_no_rate_anywhere_holds_the_ticket_and_names_the_entries(story):
    story.client(hourly_rate=None).ticket().entry("1.00").entry("1.00", hourly_rate="90.00")

    story.bill()

    assert story.state() == ("held", "no_rate")
    assert story.lines() == []


def test_T_05_a_rate_of_nothing_is_a_price(story):
    story.client(hourly_rate="80.00").contract(hourly_rate="0").ticket().entry("1.00")

    story.bill()

    assert story.state() == ("skipped", "zero_amount")


def test_T_06_a_multiplier_applies_to_the_rate_found_below_it(story):
    story.client().contract(hourly_rate="90.00", business_hours={"mon-fri": "08:00-18:00"})
    story.rate(time_of_day="after_hours", multiplier="1.5").ticket()
    story.entry("1.00", started_at="2026-01-15T17:59:00+01:00").entry("1.00", started_at="2026-01-15T18:00:00+01:00")

    story.bill()

    assert story.lines() == ["time 1 @ 90 = 9000", "time 1 @ 135 = 13500"]


def test_T_06_the_time_of_day_is_judged_in_the_zone_of_the_client(story):
    story.client(timezone="America/New_York").contract(hourly_rate="90.00")
    story.rate(time_of_day="after_hours", hourly_rate="200.00").ticket()
    story.entry("1.00", started_at="2026-01-15T20:00:00+01:00")

    story.bill()

    assert story.lines() == ["time 1 @ 90 = 9000"]


@pytest.mark.parametrize(
    ("facts", "cents"),
    [
        ({"work_date": "2026-01-17"}, 12000),  # a Saturday
        ({"work_date": "2026-01-01"}, 13000),  # New Year
        ({"work_date": "2026-01-15"}, 9000),
        ({"work_date": "2026-01-15", "emergency": True}, 14000),
    ],
)
def test_T_06_without_a_start_only_emergency_weekend_and_holiday_are_known(story, facts, cents):
    story.client().contract(hourly_rate="90.00").ticket().entry("1.00", **facts)
    for when, price in (("weekend", "120"), ("holiday", "130"), ("emergency", "140"), ("after_hours", "150")):
        story.rate(time_of_day=when, hourly_rate=price)

    story.bill()

    assert story.subtotals() == [cents]
