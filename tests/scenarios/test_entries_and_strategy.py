"""Worked examples: which entries count, and by which strategy they are billed (T-03, T-04)."""

from __future__ import annotations

import pytest

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
    [
        ("50.00", "1.00", "mixed"),
        (None, "1.00", "time_based"),
        ("50.00", None, "per_ticket"),
        ("0", "1.00", "time_based"),
    ],
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
