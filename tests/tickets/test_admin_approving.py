"""Approvers decide about time in sets, clerks bill chosen time; nobody decides about their own."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.models import Invoice
from tests.desk import choose, said
from tests.factories import NOW, TicketFactory, TimeEntryFactory, closed_ticket
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.models import TimeEntry

pytestmark = pytest.mark.django_db

LIST = "admin:tickets_timeentry_changelist"
YES = {"confirmed": "yes", "reason": "asked for"}


def listed(page):
    return {entry.external_id: page.context["cl"].model_admin.note(entry) for entry in page.context["cl"].result_list}


def test_T_03_the_list_to_approve_has_what_waits_and_says_what_keeps_one_from_deciding():
    ticket = TicketFactory.create(client__name="Ångström AG")
    billed = TimeEntryFactory.create(ticket=ticket, external_id="billed")
    bill_tickets([ticket.pk], at=NOW, by="ann")
    TimeEntryFactory.create(external_id="theirs", technician="kim")
    TimeEntryFactory.create(external_id="own", technician="ann")
    TimeEntryFactory.create(external_id="draft", status="draft")
    TimeEntryFactory.create(external_id="running", seconds_worked=None, started_at=NOW)
    browser = signed_in("approver", username="ann1", technician_id="ann")

    waiting = browser.get(browser.get(reverse("time-to-approve")).headers["Location"])
    with CaptureQueriesContext(connection) as queries:
        whole = browser.get(reverse(LIST))

    assert listed(waiting) == {
        "theirs": "waits for approval", "own": "yours: somebody else must decide",
    }  # fmt: skip
    assert listed(whole)[billed.external_id] == "settled"
    assert len(queries) <= 20
    for asked, found in (
        ({"technician": "ann", "worked_on_from": "2026-01-01"}, {"own"}), ({"client": "ångs"}, {"billed"}),
        ({"worked_on_from": "2026-02-01"}, set()), ({"ticket__id__exact": ticket.pk}, {"billed"}),
    ):  # fmt: skip
        assert listed(browser.get(reverse(LIST), asked)).keys() == found, asked


def test_T_03_a_hundred_entries_are_approved_as_one_set_and_the_others_say_why_not():
    ticket = TicketFactory.create()
    theirs = [TimeEntryFactory.create(ticket=ticket, technician="kim") for _ in range(100)]
    own = [TimeEntryFactory.create(ticket=ticket, technician="ann") for _ in range(12)]

    browser = signed_in("approver", username="ann")
    with CaptureQueriesContext(connection) as queries:
        page = choose(browser, LIST, "approve", [*theirs, *own])

    assert said(page)[-1] == "100 approved."
    assert said(page)[0] == f"time entry {own[0].external_id}: ann logged this time; somebody else must decide"
    assert said(page)[-2] == "2 more were refused."
    assert TimeEntry.objects.filter(status="approved").count() == 100
    assert len(queries) <= 30


def test_more_entries_than_can_be_decided_at_once_are_refused(monkeypatch):
    monkeypatch.setattr("tickets.admin.approving.MOST_APPROVED", 1)
    monkeypatch.setattr("tickets.admin.approving.MOST_ASKED", 1)
    entries, browser = [TimeEntryFactory.create(), TimeEntryFactory.create()], signed_in("approver")

    for action in ("approve", "reject", "bill_chosen"):
        assert said(choose(browser, LIST, action, entries, **YES))[-1] == "Choose at most 1 entries."
    assert not TimeEntry.objects.exclude(status="submitted").exists()


def test_T_21_chosen_entries_are_billed_as_they_were_shown_and_only_those():
    ticket = TicketFactory.create(status="open")
    chosen, other = (TimeEntryFactory.create(ticket=ticket, hours=hours) for hours in ("1.00", "3.00"))
    browser = signed_in("clerk")

    asked = choose(browser, LIST, "bill_chosen", [chosen])
    answer = {**YES, "seen": asked.context["question"].seen}
    done, again = (choose(browser, LIST, "bill_chosen", [chosen], **answer) for _click in range(2))

    draft = Invoice.objects.get()
    assert "80.00 EUR" in asked.content.decode()
    assert done.url == reverse("admin:invoicing_invoice_change", args=[draft.pk])
    assert "billed already" in said(again)[-1]
    assert draft.subtotal_cents == 8000
    choose(signed_in("technician"), LIST, "bill_chosen", [other], **YES)
    assert Invoice.objects.count() == 1


def test_T_16_chosen_time_above_the_threshold_is_approved_by_who_may_and_did_not_log_it():
    entry = closed_ticket("8.50").time_entries.get()

    clerk = choose(signed_in("clerk"), LIST, "bill_chosen", [entry], **YES)
    own = choose(signed_in("approver", username="kim"), LIST, "bill_chosen", [entry], **YES)
    asked = choose(signed_in("approver", username="ann"), LIST, "bill_chosen", [entry])
    choose(signed_in("approver", username="eve"), LIST, "bill_chosen", [entry], **YES)

    assert "above_approval_threshold" in said(clerk)[0]
    assert "somebody else must decide" in said(own)[0]
    assert "Approve and bill this time?" in asked.content.decode()
    assert Invoice.objects.get().subtotal_cents == 68000
