"""Worked examples: which entries count, what an hour costs, how hours are rounded (T-03 to T-09)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rating.hours import parse_hours
from tests.factories import configure


def test_T_03_a_rejected_entry_is_not_billed(story):
    story.client(hourly_rate="100.00").ticket()
    story.entry("1.00", status="approved").entry("2.00", status="rejected")

    story.bill()

    assert story.lines() == ["time 1 @ 100 = 10000"]


def test_T_03_an_entry_that_is_not_billable_is_not_billed(story):
    story.client(hourly_rate="100.00").ticket().entry("1.00").entry("2.00", billable=False)

    story.bill()

    assert story.lines() == ["time 1 @ 100 = 10000"]


def test_T_03_only_entries_that_are_not_billable_and_no_fee_are_skipped(story):
    story.client().ticket().entry("2.00", billable=False)

    story.bill()

    assert story.state() == ("skipped", "nothing_to_bill")
    assert story.lines() == []


def test_T_03_a_draft_entry_and_a_running_timer_do_not_count(story):
    story.client(hourly_rate="100.00").ticket().entry("1.00").entry("1.00", status="draft")
    story.has("time_entry", started_at="2026-01-15T09:00:00+01:00")

    story.bill()

    assert story.lines() == ["time 1 @ 100 = 10000"]


@pytest.mark.parametrize("of_client", [True, False])
def test_T_03_one_entry_that_waits_for_approval_holds_the_whole_ticket(story, settings, of_client):
    configure(settings, require_entry_approval=not of_client)
    story.client(**({"require_entry_approval": True} if of_client else {}))
    story.ticket().entry("1.00", status="approved").entry("1.00", status="submitted")

    story.bill()

    assert story.state() == ("held", "entries_pending_approval")
    assert story.lines() == []


def test_T_03_a_client_who_needs_no_approval_is_billed_where_others_need_it(story, settings):
    configure(settings, require_entry_approval=True)
    story.client(require_entry_approval=False).ticket().entry("1.00")

    story.bill()

    assert story.subtotals() == [8000]


def test_T_04_the_strategy_of_the_contract_comes_before_the_derived_one(story):
    story.client().contract(per_ticket_rate="50.00", strategy="per_ticket").ticket().entry("1.00")

    story.bill()

    assert story.outcomes["t1"]["strategy"] == "per_ticket"
    assert story.lines() == ["ticket_fee 1 @ 50 = 5000"]


@pytest.mark.parametrize(
    ("fee", "hours", "strategy"),
    [("50.00", "1.00", "mixed"), (None, "1.00", "time_based"), ("50.00", None, "per_ticket"), ("0", "1.00", "time_based")],
)
def test_T_04_the_strategy_follows_from_what_there_is_to_bill(story, fee, hours, strategy):
    story.client().contract(**({"per_ticket_rate": fee} if fee else {})).ticket()
    if hours:
        story.entry(hours)

    story.bill()

    assert story.outcomes["t1"]["strategy"] == strategy


@pytest.mark.parametrize(
    ("default", "lines"), [("time_based", ["time 1 @ 80 = 8000"]), ("per_ticket", ["ticket_fee 1 @ 50 = 5000"])]
)
def test_T_04_without_mixed_the_configured_default_decides(story, settings, default, lines):
    configure(settings, allow_mixed=False, strategy_default=default)
    story.client().contract(per_ticket_rate="50.00").ticket().entry("1.00")

    story.bill()

    assert story.lines() == lines


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
    story.client(hourly_rate="10.00").contract().rate(hourly_rate="1.00").rate(time_of_day="weekend", hourly_rate="2.00")
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
