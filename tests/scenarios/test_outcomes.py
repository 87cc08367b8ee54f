"""Every reason for which a ticket is not charged, as the run tells it and the ticket keeps it (T-02)."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from tests.factories import configure
from tests.scenarios.story import RUN, moment
from tickets.models import Ticket

COVERED = ("included_ticket", "included_hours", "unlimited_plan", "late_work_absorbed")
HELD = (
    "entries_pending_approval", "several_contracts", "no_rate", "above_approval_threshold", "fair_use_review",
    "no_time_entries", "held_by_person",
)  # fmt: skip
SKIPPED = (
    "internal", "no_client", "not_billable", "non_billable_type", "billed_elsewhere", "closed_before_enrolment",
    "client_not_enrolled", "below_minimum", "nothing_to_bill", "zero_amount",
)  # fmt: skip


def of_client(story, reason, *hours, client=None, contract=None, ticket=None, entry=None):
    """A client of the reason's name with one ticket of that name, an hour on it unless hours are named."""
    story.client(**{"id": reason, "hourly_rate": "100.00", **(client or {})})
    if contract is not None:
        story.contract(**{"id": reason, "client": reason, **contract})
    story.ticket(**{"id": reason, "client": reason, **(ticket or {})})
    for text in hours or ("1.00",):
        story.entry(text, **(entry or {}))
    return story


def covered(story):
    of_client(story, "late_work_absorbed", contract={"late_work": "absorb"}).bill(at="2026-01-16T08:00:00+01:00")
    story.entry("0.40")
    of_client(story, "included_ticket", contract={"included_tickets": 1})
    of_client(story, "included_hours", contract={"included_hours": "1.00"})
    of_client(story, "unlimited_plan", contract={"included_hours": "unlimited"})


def held(story):
    of_client(story, "entries_pending_approval", client={"require_entry_approval": True})
    of_client(story, "several_contracts", contract={}).contract(id="other", client="several_contracts")
    of_client(story, "no_rate", client={"hourly_rate": None})
    of_client(story, "above_approval_threshold", "4.00", "4.01")
    story.client(id="no_time_entries").ticket(id="no_time_entries", client="no_time_entries").expense("79.90")
    of_client(story, "fair_use_review", contract={"included_hours": "unlimited", "start_date": "2025-01-01"})
    for month in ("2025-10", "2025-11", "2025-12"):
        story.has("allocation", contract="fair_use_review", month=month, hours="0.30")
    of_client(story, "held_by_person").decide("override_ticket", "held_by_person", hold=True, reason="asks for a list")


def skipped(story):
    of_client(story, "internal", ticket={"internal": True})
    story.ticket(id="no_client", client=None).entry("1.00")
    of_client(story, "not_billable", ticket={"billable": False})
    of_client(story, "non_billable_type", ticket={"ticket_type": "warranty"})
    of_client(story, "billed_elsewhere", entry={"billed_elsewhere": "A-17"})
    of_client(story, "closed_before_enrolment", client={"automation_from": RUN})
    of_client(story, "client_not_enrolled", client={"automation": "off"})
    of_client(story, "below_minimum", "0.10", contract={"below_minimum": "skip"})
    of_client(story, "nothing_to_bill", entry={"billable": False})
    of_client(story, "zero_amount", contract={"hourly_rate": "0"})


@pytest.mark.parametrize(
    ("told", "status", "reasons", "tell"),
    [("covered", "covered", COVERED, covered), ("hold", "held", HELD, held), ("skip", "skipped", SKIPPED, skipped)],
    ids=["covered", "held", "skipped"],
)
def test_T_02_every_reason_is_told_by_the_run_and_kept_on_the_ticket_with_its_date(story, told, status, reasons, tell):
    tell(story)

    story.bill()

    found = {name: (one["outcome"], one["reason"]) for name, one in story.outcomes.items()}
    assert found == {reason: (told, reason) for reason in reasons if reason != "held_by_person"}
    kept = Ticket.objects.in_bulk(reasons, field_name="external_id")
    assert {name: one.billing_reason for name, one in kept.items()} == {reason: reason for reason in reasons}
    assert {(one.billing_status, one.billing_decided_at) for one in kept.values()} == {(status, moment(RUN))}
    assert story.bill(at="2026-01-17T09:00:00+01:00").outcomes == {}


def test_T_02_what_is_not_closed_or_waived_or_billed_is_told_to_whoever_bills_it_by_hand(story):
    story.client().ticket(status="in_progress", closed_at=None).entry("1.00").ticket().entry("1.00")
    story.ticket().entry("1.00").decide("override_ticket", "t3", waive=True, reason="goodwill")
    story.bill()

    told = [story.bill_by_hand(ticket).outcomes[ticket]["reason"] for ticket in ("t1", "t2", "t3")]

    assert told == ["not_closed", "already_billed", "waived"]
    assert (story.state("t1"), story.state("t2")) == (("skipped", "not_closed"), ("billed", ""))


def test_T_02_a_ticket_that_fails_again_and_again_is_parked_with_the_error(story, settings):
    configure(settings, max_retry_attempts=0)
    story.client().ticket().entry("1.00").ticket().entry("2.00").import_lines()
    Ticket.objects.filter(external_id="t1").update(strategy_override="by_the_moon")

    with pytest.raises(CommandError, match="1 ticket failed; the others are done"):
        story.bill()

    assert (story.state("t1"), story.state("t2")) == (("held", "parked"), ("billed", ""))
    assert "by_the_moon" in Ticket.objects.get(external_id="t1").billing_detail


def test_T_02_what_could_lift_a_reason_puts_the_ticket_back(story):
    of_client(story, "no_rate", client={"hourly_rate": None})
    of_client(story, "not_billable", ticket={"billable": False})
    of_client(story, "nothing_to_bill", entry={"billable": False}).bill()
    story.client(id="no_rate", hourly_rate="90.00").ticket(id="not_billable", client="not_billable", billable=True)
    story.entry("2.00", ticket="nothing_to_bill")

    story.bill(at="2026-01-17T09:00:00+01:00")

    assert {name: one["subtotal_cents"] for name, one in story.outcomes.items()} == {
        "no_rate": 9000, "not_billable": 10000, "nothing_to_bill": 20000,
    }  # fmt: skip
