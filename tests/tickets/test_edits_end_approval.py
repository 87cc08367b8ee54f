"""An approval is of the work as it was: edited time waits for another one, and so does a large ticket with more work
(T-03, T-16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse

from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import Invoice
from tests.factories import CLOSED, DAY, NOW, ClientFactory, TimeEntryFactory, closed_ticket, later
from tests.office.lines import EVERYTHING, import_lines, line
from tests.signing_in import signed_in
from tests.test_admin_actions import entry_form
from tickets import billing
from tickets.approval import Approver, approve_entries, approve_ticket
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db

PETRA = Approver("petra", "pe")


@pytest.fixture
def approved():
    """An entry that petra has approved."""
    one = TimeEntryFactory.create(ticket=closed_ticket(status="open"))
    approve_entries([one.pk], approver=PETRA, at=NOW)
    one.refresh_from_db()
    return one


def decision(entry):
    entry.refresh_from_db()
    return entry.status, entry.decided_by, entry.decided_at


WAITS = ("submitted", "", None)
STANDS = ("approved", "petra", NOW)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


EDITS = {
    "hours": {"seconds_worked": 60},
    "date": {"worked_on": DAY + timedelta(days=1)},
    "start": {"started_at": CLOSED},
    "rate": {"hourly_rate": Decimal(9)},
    "not billable": {"billable": False},
    "work type": {"work_type": "travel"},
    "emergency": {"emergency": True},
    "technician": {"technician": "mira"},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_T_03_an_approved_entry_waits_again_when_what_was_approved_is_edited(approved, edit):
    TimeEntry.objects.filter(pk=approved.pk).update(**edit)

    assert decision(approved) == WAITS


def save(entry):
    entry.seconds_worked = 7200
    entry.save()


def bulk(entry):
    entry.seconds_worked = 7200
    TimeEntry.objects.bulk_update([entry], ["seconds_worked", "status", "decided_by"])


def post(entry):
    page = signed_in("technician").post(
        reverse("admin:tickets_timeentry_change", args=[entry.pk]), entry_form(entry, seconds_worked="2:00")
    )
    assert page.status_code == 302


WAYS = {
    "saving it": save,
    "the form": post,
    "a mass update": bulk,
    "SQL": lambda _: execute("UPDATE tickets_timeentry SET seconds_worked = 7200"),
    "SQL that keeps the status": lambda _: execute(
        "UPDATE tickets_timeentry SET seconds_worked = 7200, status = 'approved', decided_by = 'eve'"
    ),
    "moving it to another ticket": lambda e: TimeEntry.objects.filter(pk=e.pk).update(ticket=closed_ticket()),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_T_03_whoever_edits_it_in_whatever_way(approved, way):
    way(approved)

    assert decision(approved) == WAITS


def test_T_03_words_and_the_same_figures_again_edit_nothing(approved):
    TimeEntry.objects.filter(pk=approved.pk).update(description="changed a disk", seconds_worked=3600)
    approved.save()

    assert decision(approved) == STANDS


def test_T_03_a_rejection_that_edits_too_is_a_rejection(approved):
    TimeEntry.objects.filter(pk=approved.pk).update(status="rejected", seconds_worked=60)

    assert TimeEntry.objects.get().status == "rejected"


def test_T_03_a_file_that_changes_the_work_asks_again_unless_it_says_the_status(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    entry = TimeEntry.objects.get()
    approve_entries([entry.pk], approver=PETRA, at=NOW)

    assert import_lines(tmp_path, line("time_entry", description="again"))[0] == 0
    assert decision(entry) == STANDS
    assert import_lines(tmp_path, line("time_entry", hours_worked="2.00"))[0] == 0
    assert decision(entry) == WAITS

    approve_entries([entry.pk], approver=PETRA, at=NOW)
    assert import_lines(tmp_path, line("time_entry", hours_worked="3.00", status="approved"), by="carl")[0] == 0
    assert (decision(entry)[:2], entry.seconds_worked) == (("approved", "carl"), 10800)


def test_T_03_an_edited_entry_holds_a_ticket_whose_client_wants_approval():
    ticket = closed_ticket("1.00", client=ClientFactory.create(require_entry_approval=True))
    approve_entries([ticket.time_entries.get().pk], approver=PETRA, at=NOW)
    ticket.time_entries.update(seconds_worked=7200)

    (result,) = billing.bill_tickets([ticket.pk], at=later(hours=1)).results

    assert (result.outcome, result.reason) == ("hold", "entries_pending_approval")


def test_what_is_billed_is_refused_rather_than_put_back(approved):
    Ticket.objects.filter(pk=approved.ticket_id).update(status="closed")
    billing.bill_ticket(approved.ticket_id, at=NOW, by_hand=True)

    with pytest.raises(DatabaseError, match="is billed on draft"):
        TimeEntry.objects.filter(pk=approved.pk).update(seconds_worked=60)


@pytest.fixture
def large(monkeypatch):
    """A ticket of nine hours that petra approved, and whose billing then failed."""
    ticket = closed_ticket("5.00", "4.00")
    TimeEntryFactory.create(ticket=ticket, hours="1.00", billable=False)
    TimeEntryFactory.create(ticket=ticket, hours="1.00", status="draft")
    with monkeypatch.context() as broken:
        broken.setattr("tickets.billing.apply_plans", lambda *_, **__: 1 / 0)
        assert approve_ticket(ticket.pk, approver=PETRA, at=NOW).outcome == "failed"
    return ticket


def approval(ticket):
    ticket.refresh_from_db()
    return ticket.approved_by, ticket.approved_at


def entries(**facts):
    return TimeEntry.objects.filter(seconds_worked=5 * 3600, **facts)


MORE = {
    "a new entry": lambda t: TimeEntryFactory.create(ticket=t),
    "new entries at once": lambda t: TimeEntry.objects.bulk_create([TimeEntryFactory.build(ticket=t)]),
    "a longer entry": lambda _: entries().update(seconds_worked=6 * 3600),
    "an entry of somebody else": lambda _: entries().update(technician="petra"),
    "an entry that becomes billable": lambda _: TimeEntry.objects.filter(billable=False).update(billable=True),
    "an entry that is submitted": lambda _: TimeEntry.objects.filter(status="draft").update(status="submitted"),
    "an entry of another ticket": lambda t: TimeEntryFactory.create(ticket=closed_ticket()).ticket.time_entries.update(
        ticket=t
    ),
    "forcing what is not billable": lambda t: Ticket.objects.filter(pk=t.pk).update(forced=True),
}


@pytest.mark.parametrize("work", MORE.values(), ids=MORE.keys())
def test_T_16_more_work_ends_the_approval_of_a_ticket(large, work):
    assert approval(large) == ("petra", NOW)

    work(large)

    assert approval(large) == ("", None)
    (result,) = billing.bill_tickets([large.pk], at=later(hours=1), by_hand=True).results
    assert result.reason == "above_approval_threshold"


NO_MORE = {
    "a shorter entry": lambda _: entries().update(seconds_worked=4 * 3600),
    "an entry less": lambda t: t.time_entries.filter(seconds_worked=5 * 3600).delete(),
    "a rejected entry": lambda t: t.time_entries.filter(seconds_worked=5 * 3600).update(status="rejected"),
    "an approved entry": lambda t: t.time_entries.filter(status="submitted").update(status="approved"),
    "time that is not billable": lambda t: TimeEntryFactory.create(ticket=t, billable=False),
    "a draft": lambda t: TimeEntryFactory.create(ticket=t, status="draft"),
    "a running timer": lambda t: TimeEntryFactory.create(ticket=t, seconds_worked=None, started_at=NOW),
    "time billed elsewhere": lambda t: TimeEntryFactory.create(ticket=t, billed_elsewhere="A-17"),
    "another ticket's": lambda _: TimeEntryFactory.create(ticket=closed_ticket()),
}


@pytest.mark.parametrize("work", NO_MORE.values(), ids=NO_MORE.keys())
def test_T_16_an_approval_stays_with(large, work):
    work(large)

    assert approval(large) == ("petra", NOW)


def test_T_16_of_a_forced_ticket_time_that_is_not_billable_counts(large):
    Ticket.objects.filter(pk=large.pk).update(forced=True, approved_at=NOW, approved_by="petra")
    Ticket.objects.filter(pk=large.pk).update(approved_at=NOW, approved_by="petra")
    large.time_entries.filter(billable=False).update(billable=True)
    assert approval(large) == ("petra", NOW)

    TimeEntryFactory.create(ticket=large, billable=False)

    assert approval(large) == ("", None)


def test_T_16_what_is_logged_after_an_approved_bill_needs_another_even_when_the_draft_is_given_up():
    ticket = closed_ticket("9.00")
    approve_ticket(ticket.pk, approver=PETRA, at=NOW)
    TimeEntryFactory.create(ticket=ticket, hours="0.50")
    discard_draft(Invoice.objects.get().pk, reason="wrong client", by="ann", at=later(hours=1))

    (result,) = billing.bill_tickets([ticket.pk], at=later(hours=2)).results

    assert result.reason == "above_approval_threshold"


def test_T_16_the_same_work_of_a_draft_that_was_given_up_is_billed_on_its_approval():
    ticket = closed_ticket("9.00")
    approve_ticket(ticket.pk, approver=PETRA, at=NOW)
    discard_draft(Invoice.objects.get().pk, reason="wrong month", by="ann", at=later(hours=1))

    (result,) = billing.bill_tickets([ticket.pk], at=later(hours=2)).results

    assert result.outcome == "charge"
