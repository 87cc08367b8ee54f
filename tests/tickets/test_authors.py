"""Who entered the hours does not approve them, and a ticket that is put back by itself leaves a trace (T-03, T-02)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.acting import act_as
from contracts.models import Client
from invoicing.models import AuditEntry
from tests.desk import said
from tests.factories import NOW, ClientFactory, TimeEntryFactory, closed_ticket
from tests.invoicing.pages import shown
from tests.office.lines import import_lines
from tests.signing_in import signed_in
from tests.test_admin_stale_forms import Fields
from tests.tickets.asides import set_aside
from tickets import billing
from tickets.approval import Approver, OwnWork, approve_entries, approve_ticket, decidable
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db
LIST, ADD = "admin:tickets_timeentry_changelist", "admin:tickets_timeentry_add"


def page_of(entry):
    return reverse("admin:tickets_timeentry_change", args=[entry.pk])


def changed(browser, entry, **values):
    return browser.post(page_of(entry), {**Fields(browser.get(page_of(entry))).found, **values})


def test_T_03_who_enters_time_for_somebody_else_or_changes_it_does_not_approve_it():
    boss, ticket = signed_in(username="boss"), closed_ticket(status="open")
    time = {"ticket": ticket.pk, "technician": "tom", "worked_on": "2026-01-15", "seconds_worked": "1.00",
            "status": "submitted", "entered_by": "tom", "decided_by": "tom"}  # fmt: skip
    assert boss.post(reverse(ADD), {**Fields(boss.get(reverse(ADD))).found, **time}).status_code == 302
    entered, other = TimeEntry.objects.get(), TimeEntryFactory.create(ticket=ticket, technician="kim")
    assert (entered.entered_by, other.entered_by) == ("boss", "")

    changed(boss, other, description="disk")
    other.refresh_from_db()
    assert other.entered_by == ""
    changed(boss, other, seconds_worked="3.00", entered_by="kim")
    other.refresh_from_db()
    assert other.entered_by == "boss"
    free = TimeEntryFactory.create(ticket=ticket, technician="kim")

    chosen = {"action": "approve", "_selected_action": [entered.pk, other.pk, free.pk]}
    answer = boss.post(reverse(LIST), chosen, follow=True)

    why = "boss entered or changed this time; somebody else must decide"
    assert {"1 approved.", *(f"time entry {one.external_id}: {why}" for one in (entered, other))} <= set(said(answer))
    assert "yours: somebody else must decide" in shown(boss.get(reverse(LIST)))
    assert "Entered by" in shown(boss.get(page_of(entered)))
    told = shown(boss.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])))
    assert "Time was entered" in told
    assert "Time was changed" in told
    trail = AuditEntry.objects.filter(subject_kind="timeentry", by="boss").order_by("pk")
    assert [(entry.action, entry.data.get("fields")) for entry in trail[:2]] == [
        ("time_entry.entered", None), ("time_entry.changed", ["seconds_worked"]),
    ]  # fmt: skip
    assert decidable([entered.pk, other.pk], "approved", Approver("petra", "boss")) == ([entered.pk, other.pk], [])
    assert len(approve_entries([entered.pk, other.pk], approver=Approver("petra"), at=NOW)) == 2


def test_T_16_who_entered_time_on_a_large_ticket_does_not_approve_the_ticket():
    ticket = closed_ticket("9.00")
    TimeEntry.objects.update(entered_by="petra")
    billing.bill_ticket(ticket.pk, at=NOW)

    with pytest.raises(OwnWork, match="petra entered or changed this time"):
        approve_ticket(ticket.pk, approver=Approver("petra"), at=NOW)


def test_T_03_what_a_file_changes_of_an_entry_is_nobodys_own(tmp_path):
    entry = TimeEntryFactory.create(ticket=closed_ticket(status="open", external_id="t1"), external_id="e1")
    TimeEntry.objects.update(entered_by="boss")
    old, new = ({"type": "time_entry", "id": name, "ticket": "t1"} for name in ("e1", "e2"))
    new |= {"technician": "kim", "work_date": "2026-01-15", "hours_worked": "1.00"}

    def authors(*lines):
        assert import_lines(tmp_path, *lines)[0] == 0
        return dict(TimeEntry.objects.values_list("external_id", "entered_by"))

    assert authors(old | {"description": "disk"}) == {"e1": "boss"}
    assert authors(old | {"hours_worked": "2.00"}, new) == {"e1": "import", "e2": "import"}
    entry.refresh_from_db()
    assert (entry.description, entry.seconds_worked) == ("disk", 7200)


def put_back():
    entries = AuditEntry.objects.filter(action="ticket.put_back").order_by("subject_id", "pk")
    return [(entry.subject_id, entry.by, entry.data["before"], entry.data["because"]) for entry in entries]


def test_T_02_a_ticket_that_is_put_back_says_so_in_the_trail_with_who_did_what_and_what_it_was():
    client = ClientFactory.create()
    one, two, three = (closed_ticket("1.00", client=client) for _ in range(3))
    billing.bill_tickets([one.pk], at=NOW)
    set_aside(two, "no_rate")
    set_aside(three, "held_by_person")
    TimeEntryFactory.create(ticket=one, billable=False)
    Ticket.objects.filter(pk=three.pk).update(ticket_type="warranty")
    assert put_back() == []

    act_as("kim")
    TimeEntry.objects.bulk_create([TimeEntryFactory.build(ticket=ticket) for ticket in (one, one, two, three)])
    billed, aside = {"status": "billed", "reason": ""}, {"status": "held", "reason": "no_rate"}
    assert put_back() == [(one.pk, "kim", billed, "work"), (two.pk, "kim", aside, "work")]
    entry = AuditEntry.objects.filter(action="ticket.put_back").earliest("pk")
    assert entry.data["after"] == {"status": "unbilled", "reason": ""}
    assert (entry.subject_kind, entry.reason, hasattr(entry, "seal")) == ("ticket", "", True)

    act_as("")
    set_aside(two, "no_rate")
    Client.objects.filter(pk=client.pk).update(hourly_rate=90)
    set_aside(two, "no_rate")
    Ticket.objects.filter(pk=two.pk).update(ticket_type="warranty")
    Ticket.objects.filter(pk=two.pk).update(ticket_type="request")
    assert put_back()[2:] == [(two.pk, "system", aside, "terms"), (two.pk, "system", aside, "ticket")]
