"""Worked examples: how hours are rounded and priced (T-07 to T-09, T-23)."""

from __future__ import annotations

import pytest

from rating.hours import parse_hours


@pytest.mark.parametrize(
    ("worked", "billed"),
    [
        (["0.10", "0.55", "0.55", "0.55"], "1.75"),
        (["0.10", "0.95", "1.10", "1.10"], "3.25"),
        (["1.25"], "1.25"),
        (["1.26"], "1.5"),
        (["3.51"], "3.75"),
        (["0.05"], "0.25"),
        (["0.05", "0.05"], "0.25"),
    ],
)
def test_T_07_hours_are_rounded_up_to_the_quarter_per_ticket(story, worked, billed):
    story.client(hourly_rate="100.00").ticket()
    for hours in worked:
        story.entry(hours)

    story.bill()

    assert story.lines() == [f"time {billed} @ 100 = {parse_hours(billed) * 10000 // 3600}"]


@pytest.mark.parametrize(
    ("rounding", "worked", "billed"),
    [
        ({"level": "entry"}, ["0.05", "0.05"], "0.5"),
        ({"minimum_hours": "0.30"}, ["0.05"], "0.5"),
        ({"direction": "nearest"}, ["1.12"], "1"),
        ({"direction": "nearest"}, ["1.13"], "1.25"),
        ({"direction": "down"}, ["1.49"], "1.25"),
        ({"direction": "none"}, ["1.01"], "1.01"),
        ({"increment_minutes": 6}, ["1.01"], "1.1"),
    ],
)
def test_T_07_the_contract_says_how_hours_are_rounded(story, rounding, worked, billed):
    story.client().contract(hourly_rate="100.00", rounding=rounding).ticket()
    for hours in worked:
        story.entry(hours)

    story.bill()

    assert story.lines() == [f"time {billed} @ 100 = {parse_hours(billed) * 10000 // 3600}"]


def test_T_07_days_are_rounded_one_by_one_where_the_contract_says_so(story):
    story.client().contract(hourly_rate="100.00", rounding={"level": "day"}).ticket()
    story.entry("0.05", work_date="2026-01-14").entry("0.05", work_date="2026-01-14").entry("0.05")

    story.bill()

    assert story.lines() == ["time 0.5 @ 100 = 5000"]


def test_T_07_less_than_the_minimum_is_skipped_where_the_contract_says_so(story):
    story.client().contract(hourly_rate="100.00", below_minimum="skip").ticket().entry("0.10")

    story.bill()

    assert story.state() == ("skipped", "below_minimum")


def test_T_08_what_rounding_adds_goes_to_the_higher_rate_on_a_tie(story):
    story.client(hourly_rate="100.00").ticket().entry("0.10").entry("0.10", hourly_rate="50.00")

    story.bill()

    assert story.lines() == ["time 0.15 @ 100 = 1500", "time 0.1 @ 50 = 500"]


def test_T_08_what_rounding_adds_goes_to_the_rate_with_the_most_hours(story):
    story.client(hourly_rate="100.00").ticket().entry("0.10").entry("0.20", hourly_rate="50.00")

    story.bill()

    assert story.lines() == ["time 0.1 @ 100 = 1000", "time 0.4 @ 50 = 2000"]


@pytest.mark.parametrize(("hours", "cents"), [("0.25", 833), ("0.75", 2500)])
def test_T_09_the_amount_is_rounded_half_up_once_per_line(story, hours, cents):
    story.client(hourly_rate="33.33").ticket().entry(hours)

    story.bill()

    assert story.subtotals() == [cents]


def test_T_09_three_entries_are_one_line(story):
    story.client(hourly_rate="25.00").ticket().entry("2.50").entry("2.50").entry("2.50")

    story.bill()

    assert story.lines() == ["time 7.5 @ 25 = 18750"]


def test_T_09_a_timer_of_twenty_minutes_is_exact(story):
    story.client().contract(hourly_rate="120.00", rounding={"direction": "none", "minimum_hours": "0"}).ticket()
    story.has("time_entry", seconds_worked=1200)

    story.bill()

    assert story.lines() == ["time 1200 @ 120 = 4000"]


def test_T_23_a_timer_is_billed_without_its_pause(story):
    story.client(hourly_rate="100.00").ticket()
    story.has(
        "time_entry", started_at="2026-01-15T09:00:00+01:00", ended_at="2026-01-15T11:00:00+01:00", paused_seconds=1800
    )

    story.bill()

    assert story.lines() == ["time 1.5 @ 100 = 15000"]
