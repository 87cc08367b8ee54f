"""What a person decides, through the commands, and what the export then says (T-16, T-20, T-21)."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from invoicing.models import AuditEntry, Claim
from tests.scenarios.story import RUN

LATER = "2026-01-17T09:00:00+01:00"
WHY = {"reason": "agreed on the phone"}


def trail(action):
    """Who did it, why, and the state before and after."""
    entry = AuditEntry.objects.get(action=action)
    return entry.by, entry.reason, entry.data.get("before", {}), entry.data.get("after", {})


def test_T_16_a_ticket_above_the_threshold_is_billed_by_its_approval_and_never_by_who_logged_it(story):
    story.client(hourly_rate="100.00").ticket().entry("4.00").entry("4.01").bill()
    held = story.state()

    with pytest.raises(CommandError, match="somebody else must decide"):
        story.decide("approve_ticket", "t1", by="kim")
    answer = story.decide("approve_ticket", "t1", by="anna", **WHY)

    assert held == ("held", "above_approval_threshold")
    assert [(one["outcome"], one["subtotal_cents"]) for one in answer["tickets"]] == [("charge", 82500)]
    assert story.lines() == ["time 8.25 @ 100 = 82500"]
    assert trail("ticket.approved")[:2] == ("anna", "agreed on the phone")


def discarded(story, then):
    """Time partly prepaid, a fee and an expense, billed and given back."""
    story.client().contract(included_hours="0.50", hourly_rate="100.00", per_ticket_rate="50.00")
    story.ticket().entry("1.00").expense("10.00").bill()
    (document,) = story.documents()
    story.decide("discard_draft", document["id"], then=then, **WHY)
    return story


def test_T_20_what_is_given_back_is_billed_again_to_the_same_figures(story):
    discarded(story, "bill")
    assert (story.state(), story.lines(), story.used()) == (("unbilled", ""), [], {})
    assert not Claim.objects.filter(released_at=None).exists()

    story.bill(at=LATER)

    lines = ["time 0.5 @ 100 = 5000", "ticket_fee 1 @ 50 = 5000", "expense 1 @ 10 = 1000"]
    assert story.lines() == lines
    assert [document["status"] for document in story.documents()] == ["discarded", "draft"]
    assert story.used() == {"2026-01": (0, 1800)}


@pytest.mark.parametrize(("then", "state"), [("hold", ("held", "held_by_person")), ("waive", ("waived", "waived"))])
def test_T_20_work_that_was_given_back_to_a_person_is_left_to_the_person(story, then, state):
    discarded(story, then)

    story.bill(at=LATER)

    assert (story.state(), story.lines(), story.outcomes) == (state, [], {})


def test_T_20_only_what_was_given_up_comes_back(story):
    story.client(hourly_rate="100.00").contract(grouping="per_ticket")
    story.ticket().entry("1.00").ticket().entry("2.00").bill()
    first = next(one for one in story.documents() if one["subtotal_cents"] == 10000)
    story.decide("discard_draft", first["id"], then="bill", **WHY)

    story.bill(at=LATER)

    assert sorted(story.outcomes) == ["t1"]
    assert sorted(story.lines()) == ["time 1 @ 100 = 10000", "time 2 @ 100 = 20000"]


def test_T_21_force_bills_what_is_not_billable_or_covered_and_nothing_twice(story):
    story.client(hourly_rate="100.00").contract(included_hours="1.00").ticket().entry("1.00")
    story.ticket(billable=False).entry("2.00").ticket(ticket_type="warranty").entry("3.00").bill()
    before = (story.state("t1"), story.state("t2"), story.state("t3"))

    for ticket in ("t1", "t2", "t3", "t1", "t2"):
        story.decide("override_ticket", ticket, force=True, **WHY)

    assert before == (("covered", "included_hours"), ("skipped", "not_billable"), ("skipped", "non_billable_type"))
    assert story.lines() == ["time 1 @ 100 = 10000", "time 2 @ 100 = 20000", "time 3 @ 100 = 30000"]
    assert story.used() == {}


def test_T_21_a_person_chooses_the_strategy_and_sets_the_rate(story):
    story.client().contract(hourly_rate="100.00", per_ticket_rate="50.00")
    story.ticket().entry("1.00").ticket().entry("1.00", hourly_rate="120.00")
    story.decide("override_ticket", "t1", strategy="per_ticket", **WHY)
    story.decide("override_ticket", "t2", rate="85.00", **WHY)

    story.bill()

    assert story.lines() == ["ticket_fee 1 @ 50 = 5000", "time 1 @ 85 = 8500", "ticket_fee 1 @ 50 = 5000"]
    assert story.documents()[0]["lines"][1]["explanation"]["inputs"]["time_entries"][0]["rate_source"] == "override"
    by, why, before, after = trail("ticket.rate")
    assert (by, why, before["hourly_rate_override"], after["hourly_rate_override"]) == (
        "petra",
        WHY["reason"],
        None,
        "85.0000",
    )


def test_T_21_what_is_held_or_waived_is_billed_when_it_is_released(story):
    story.client(hourly_rate="100.00").ticket().entry("1.00").ticket().entry("2.00")
    story.decide("override_ticket", "t1", hold=True, **WHY)
    story.decide("override_ticket", "t2", waive=True, **WHY)
    story.bill()
    aside = (story.state("t1"), story.state("t2"), story.lines())

    for ticket in ("t1", "t2"):
        story.decide("override_ticket", ticket, release=True, **WHY)
    story.bill(at=LATER)

    assert aside == (("held", "held_by_person"), ("waived", "waived"), [])
    assert story.lines() == ["time 1 @ 100 = 10000", "time 2 @ 100 = 20000"]
    assert trail("ticket.held")[3] == {"status": "held", "reason": "held_by_person"}


def test_T_21_nothing_is_overruled_without_a_reason(story):
    story.client().ticket().entry("1.00", billable=False)

    with pytest.raises(CommandError, match="say why"):
        story.decide("override_ticket", "t1", force=True)

    assert story.lines() == []


def test_T_21_chosen_entries_are_billed_on_a_draft_of_their_own_and_the_rest_with_the_ticket(story):
    story.client(hourly_rate="100.00").contract(per_ticket_rate="50.00")
    story.ticket(status="in_progress", closed_at=None).entry("0.40").entry("1.00")
    story.decide("bill_time_entries", "e1", **WHY)
    story.ticket(id="t1").bill(at=LATER)

    assert [document["subtotal_cents"] for document in story.documents()] == [5000, 15000]
    assert story.lines() == ["time 0.5 @ 100 = 5000", "time 1 @ 100 = 10000", "ticket_fee 1 @ 50 = 5000"]
    assert AuditEntry.objects.filter(action="ticket.billed", at__lt=LATER, at__gte=RUN).get().by == "petra"
