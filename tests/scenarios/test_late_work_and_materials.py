"""Work that comes after the bill, work of many hours, and material (T-16, T-19, T-24, T-25)."""

from __future__ import annotations

import pytest

from invoicing.models import Claim
from tests.factories import NOW, configure
from tickets import lifecycle
from tickets.models import Ticket, TimeEntry

LATER = "2026-01-17T09:00:00+01:00"


def the_ticket():
    return Ticket.objects.get(external_id="t1")


def billed(story, **contract):
    """A ticket of two hours at 100 and a fee of 50, billed."""
    contract = {"hourly_rate": "100.00", "per_ticket_rate": "50.00", **contract}
    story.client().contract(**contract).ticket().entry("2.00").bill()
    assert story.subtotals() == [25000]
    return story


def test_T_16_eight_hours_are_billed_and_a_little_more_waits_for_an_approver(story):
    story.client(hourly_rate="100.00").ticket().entry("4.00").entry("4.00").ticket().entry("4.00").entry("4.01")

    story.bill()

    assert story.state("t1") == ("billed", "")
    assert story.state("t2") == ("held", "above_approval_threshold")
    assert story.subtotals() == [80000]


def test_T_16_once_approved_it_is_billed(story):
    story.client(hourly_rate="100.00").ticket().entry("9.00").bill()

    Ticket.objects.update(approved_by="anna", approved_at=NOW)
    story.bill(at=LATER)

    assert story.subtotals() == [90000]


def test_T_16_the_threshold_is_a_setting_and_counts_what_was_worked_not_what_is_rounded(story, settings):
    configure(settings, approval_threshold_seconds=3600)
    story.client(hourly_rate="100.00").ticket().entry("1.00").ticket().entry("1.01")

    story.bill()

    assert (story.state("t1")[0], story.state("t2")[0]) == ("billed", "held")


def test_T_19_late_work_is_a_supplement_without_a_second_fee(story):
    billed(story).entry("0.40", ticket="t1")

    story.bill(at=LATER)

    assert story.lines() == ["time 2 @ 100 = 20000", "ticket_fee 1 @ 50 = 5000", "time 0.5 @ 100 = 5000"]
    assert story.state() == ("billed", "")


def test_T_19_late_work_is_absorbed_with_a_reason_where_the_contract_says_so(story):
    billed(story, late_work="absorb").entry("0.40", ticket="t1")

    story.bill(at=LATER)

    assert story.state() == ("covered", "late_work_absorbed")
    assert story.subtotals() == [25000]
    assert list(Claim.objects.filter(outcome="absorbed").values_list("kind", flat=True)) == ["time_entry"]


def test_T_19_late_material_is_billed_even_where_late_work_is_absorbed(story):
    billed(story, late_work="absorb").entry("0.40", ticket="t1").expense("79.90", ticket="t1")

    story.bill(at=LATER)

    assert story.lines()[2:] == ["expense 1 @ 79.9 = 7990"]
    assert Claim.objects.filter(outcome="absorbed").count() == 1


def test_T_19_a_ticket_that_is_closed_again_without_new_work_bills_nothing(story):
    billed(story)
    lifecycle.reopen_ticket(the_ticket().pk, at=NOW, by="kim")
    lifecycle.close_ticket(the_ticket().pk, at=NOW, by="kim")

    story.bill(at=LATER)
    assert story.outcomes == {}
    story.bill_by_hand(at=LATER)

    assert story.outcomes["t1"]["reason"] == "already_billed"
    assert story.state() == ("billed", "")
    assert story.subtotals() == [25000]


def test_T_19_a_newly_approved_entry_makes_a_billed_ticket_due(story):
    story.client(require_entry_approval=True, hourly_rate="100.00").ticket()
    story.entry("1.00", status="approved").entry("0.40", status="rejected").bill()

    TimeEntry.objects.get(external_id="e2").approve(by="anna", at=NOW)
    story.bill(at=LATER)

    assert story.lines() == ["time 1 @ 100 = 10000", "time 0.5 @ 100 = 5000"]


def test_T_19_new_work_that_is_taken_away_again_leaves_the_ticket_billed(story):
    billed(story).entry("0.40", ticket="t1").import_lines()
    TimeEntry.objects.filter(external_id="e2").delete()

    story.bill(at=LATER)

    assert story.state() == ("billed", "already_billed")
    assert story.subtotals() == [25000]


def test_T_19_late_work_that_does_not_count_changes_nothing(story):
    billed(story).entry("0.40", ticket="t1", billable=False).entry("1.00", ticket="t1", status="draft")

    story.bill(at=LATER)

    assert story.outcomes == {}
    assert story.state() == ("billed", "")


@pytest.mark.parametrize(
    ("required", "state", "lines"),
    [(True, ("held", "no_time_entries"), []), (False, ("billed", ""), ["expense 2 @ 79.9 = 15980"])],
)
def test_T_24_material_without_time_is_held_where_time_is_required(story, settings, required, state, lines):
    configure(settings, require_time_entries=required)
    story.client().ticket().expense("79.90", quantity="2")

    story.bill()

    assert story.state() == state
    assert story.lines() == lines


def test_T_24_a_fee_needs_no_time(story):
    story.client().contract(per_ticket_rate="50.00").ticket().expense("10.00")

    story.bill()

    assert story.lines() == ["ticket_fee 1 @ 50 = 5000", "expense 1 @ 10 = 1000"]


def test_T_25_material_is_a_line_of_its_own_with_its_tax(story):
    story.client(hourly_rate="100.00").ticket().entry("1.00").expense("79.90", quantity="1.5", tax_rate="7", goods=True)

    story.bill()

    (line,) = story.outcomes["t1"]["lines"][1:]
    assert story.lines() == ["time 1 @ 100 = 10000", "expense 1.5 @ 79.9 = 11985"]
    assert (line["description"], line["tax_rate"], line["sources"][0]["id"]) == ("Ticket t1: SSD", "7", "x1")


def test_what_another_system_has_billed_is_never_billed_here(story):
    story.client().contract(hourly_rate="100.00", per_ticket_rate="50.00").ticket(billed_elsewhere="A-17")
    story.entry("1.00").entry("2.00", billed_elsewhere="A-18").expense("10.00", billed_elsewhere="A-19")

    story.bill()

    assert story.lines() == ["time 1 @ 100 = 10000"]
    assert Claim.objects.filter(outcome="elsewhere").count() == 3


def test_a_ticket_all_of_whose_work_another_system_has_billed_is_skipped(story):
    story.client().ticket().entry("2.00", billed_elsewhere="A-18")

    story.bill()

    assert story.state() == ("skipped", "billed_elsewhere")
