"""What people do in the admin goes through the use cases of automation, with their name on it."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from invoicing.models import AuditEntry, Invoice, KillSwitch
from invoicing.switches import automation_is_stopped
from tests.desk import choose, said
from tests.factories import NOW, ContractFactory, TicketFactory, TimeEntryFactory
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.events import TicketCreated, happened
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db

TICKETS = "admin:tickets_ticket_changelist"
ENTRIES = "admin:tickets_timeentry_changelist"
INVOICES = "admin:invoicing_invoice_changelist"


def billable(**fields):
    ticket = TicketFactory.create(**fields)
    TimeEntryFactory.create(ticket=ticket)
    return ticket


def drafted(**fields):
    bill_tickets([billable(**fields).pk], at=NOW, by="ann")
    return Invoice.objects.latest("pk")


# Billing by hand

YES = {"confirmed": "yes", "reason": "they asked for it"}


def test_bill_now_first_shows_the_plan_and_writes_nothing():
    ticket = billable()

    page = choose(signed_in("clerk"), TICKETS, "bill_now", [ticket])

    assert "80.00 EUR" in page.content.decode()
    assert "The whole ticket: 1.00 h to price" in page.content.decode()
    assert not Invoice.objects.exists()


def test_bill_now_bills_what_was_chosen_in_the_name_of_the_person():
    tickets = [billable(client__automation="off"), billable(status="open")]

    page = choose(signed_in("clerk", username="carl"), TICKETS, "bill_now", tickets, **YES)

    assert said(page) == ["Tickets: 1 charged, 1 skipped; 80.00 EUR."]
    assert Invoice.objects.get().subtotal_cents == 8000
    audited = {entry.action: entry for entry in AuditEntry.objects.exclude(action="ticket.created")}
    assert {(entry.by, entry.reason) for entry in audited.values()} == {("carl", "they asked for it")}
    assert audited["ticket.billed"].data["after"] == {"status": "billed", "reason": ""}
    assert audited["ticket.not_billed"].data["after"] == {"status": "skipped", "reason": "not_closed"}


def test_T_21_billing_now_needs_a_reason():
    ticket = billable()
    browser = signed_in("clerk")

    for page in (
        choose(browser, TICKETS, "bill_now", [ticket], confirmed="yes", reason=" "),
        browser.post(reverse("admin:tickets_ticket_bill_this", args=[ticket.pk]), {"confirmed": "yes"}),
    ):
        assert "Bill this ticket?" in page.content.decode()
        assert "This field is required." in page.content.decode()
    assert not Invoice.objects.exists()


def test_the_page_of_a_ticket_bills_it_after_its_plan_was_seen():
    ticket = billable()
    browser = signed_in("clerk")
    address = reverse("admin:tickets_ticket_bill_this", args=[ticket.pk])

    seen, done = browser.get(address), browser.post(address, YES)

    assert "Bill this ticket?" in seen.content.decode()
    assert said(done) == [f"Ticket {ticket.number}: 80.00 EUR went on a draft."]
    assert said(browser.post(address, YES))[-1] == f"Nothing was done: ticket {ticket.number} is billed."
    assert Invoice.objects.get().line_count == 1


def test_what_is_not_charged_says_so():
    ticket = billable(client__hourly_rate=None)

    page = choose(signed_in("clerk"), TICKETS, "bill_now", [ticket], **YES)

    assert said(page) == [f"Ticket {ticket.number}: hold, no rate."]


def test_a_ticket_that_fails_says_why(monkeypatch):
    def fails(*_, **__):
        raise ArithmeticError("the printer is on fire")

    monkeypatch.setattr("tickets.billing.apply_plans", fails)
    ticket = billable()

    page = choose(signed_in("clerk"), TICKETS, "bill_now", [ticket], **YES)

    assert said(page) == [f"Ticket {ticket.number} was not billed: ArithmeticError: the printer is on fire"]


@pytest.mark.parametrize("confirmed", [{}, YES])
def test_with_billing_switched_off_the_page_says_so(monkeypatch, confirmed):
    def off():
        from invoicing.switches import BillingDisabled

        raise BillingDisabled

    monkeypatch.setattr("tickets.billing.ensure_enabled", off)
    ticket = billable()

    page = choose(signed_in("clerk"), TICKETS, "bill_now", [ticket], **confirmed)
    own = signed_in("clerk").post(reverse("admin:tickets_ticket_bill_this", args=[ticket.pk]), confirmed)

    assert "switched off" in said(page)[0]
    assert own.status_code == 302
    assert not Invoice.objects.exists()


def test_more_tickets_than_a_page_can_show_are_refused(monkeypatch):
    monkeypatch.setattr("tickets.admin.bill.MOST_AT_ONCE", 1)

    page = choose(signed_in("clerk"), TICKETS, "bill_now", [billable(), billable()], **YES)

    assert said(page) == ["Choose at most 1 tickets."]
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "technician"])
def test_who_may_not_bill_does_not(role):
    ticket = billable()
    browser = signed_in(role)

    choose(browser, TICKETS, "bill_now", [ticket], **YES)
    own = browser.post(reverse("admin:tickets_ticket_bill_this", args=[ticket.pk]), YES)

    assert own.status_code == 403
    assert not Invoice.objects.exists()


def test_so_much_time_is_approved_by_somebody_else_and_billed():
    ticket = TicketFactory.create(number="52")
    TimeEntryFactory.create(ticket=ticket, hours="8.50", technician="kim")
    bill_tickets([ticket.pk], at=NOW, by="ann")
    address = reverse("admin:tickets_ticket_approve_this", args=[ticket.pk])
    answer = {"confirmed": "yes", "reason": "agreed by phone"}

    asked = signed_in("approver").get(address)
    own = signed_in("approver", username="kim").post(address, answer)
    clerk = signed_in("clerk").post(address, answer)
    done = signed_in("approver", username="ann").post(address, answer)

    ticket.refresh_from_db()
    assert "Approve so much time" in asked.content.decode()
    assert "somebody else must decide" in said(own)[0]
    assert clerk.status_code == 403
    assert said(done) == ["Ticket 52: 680.00 EUR went on a draft."]
    assert (ticket.approved_by, ticket.billing_status) == ("ann", "billed")


# Closing


def test_closing_from_the_list_carries_the_person():
    ticket = billable(status="open")

    browser = signed_in("technician", username="kim")
    asked = choose(browser, TICKETS, "close", [ticket])
    page = choose(browser, TICKETS, "close", [ticket], confirmed="yes")

    ticket.refresh_from_db()
    assert "Close 1 ticket?" in asked.content.decode()
    assert said(page) == ["Closed: 1 ticket."]
    assert (ticket.status, ticket.closed_by) == ("closed", "kim")


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [("close_this", "open", "closed"), ("resolve_this", "open", "resolved"), ("close_this", "resolved", "closed")],
)
def test_the_page_of_a_ticket_finishes_it(verb, before, after):
    ticket = billable(status=before)
    browser = signed_in("technician", username="kim")
    address = reverse(f"admin:tickets_ticket_{verb}", args=[ticket.pk])

    asked, done = browser.get(address), browser.post(address, {"confirmed": "yes"})

    ticket.refresh_from_db()
    assert asked.status_code == 200
    assert said(done) == [f"Ticket {ticket.number} is {after}."]
    assert ticket.status == after


def test_reopening_asks_why():
    ticket = billable()
    browser = signed_in("technician", username="kim")
    address = reverse("admin:tickets_ticket_reopen_this", args=[ticket.pk])

    silent = browser.post(address, {"confirmed": "yes", "reason": ""})
    assert "This field is required" in silent.content.decode()
    browser.post(address, {"confirmed": "yes", "reason": "not solved"})

    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    assert AuditEntry.objects.get(action="ticket.reopened").reason == "not solved"


@pytest.mark.parametrize(
    ("verb", "status"), [("close_this", "closed"), ("resolve_this", "closed"), ("reopen_this", "open")]
)
def test_a_verb_that_does_not_fit_is_not_offered_and_does_nothing(verb, status):
    ticket = billable(status=status)
    browser, address = signed_in("technician"), reverse(f"admin:tickets_ticket_{verb}", args=[ticket.pk])

    page = browser.get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))
    done = browser.post(address, {"confirmed": "yes", "reason": "so"})

    assert address not in page.content.decode()
    assert said(done) == [f"Nothing was done: ticket {ticket.number} is {status}."]


def test_a_verb_on_a_ticket_that_does_not_exist_is_refused():
    assert signed_in().get(reverse("admin:tickets_ticket_close_this", args=["none"])).status_code == 404


# The form of a ticket


def form_of(ticket, **changes):
    return {
        "number": ticket.number, "subject": ticket.subject, "client": ticket.client_id or "", "contact": "",
        "contract": ticket.contract_id or "", "priority": ticket.priority, "ticket_type": "", "billable": "on",
        "created_at_0": "2026-01-15", "created_at_1": "09:00:00", **changes,
    }  # fmt: skip


def test_a_ticket_made_in_the_form_announces_itself_with_the_person():
    seen = []
    happened.connect(lambda event, **_: seen.append(event), weak=False, dispatch_uid="test")
    ticket = TicketFactory.build(number="77", client=None)

    signed_in("technician", username="kim").post(
        reverse("admin:tickets_ticket_add"), form_of(ticket, status="open", external_id="t77")
    )
    happened.disconnect(dispatch_uid="test")

    assert Ticket.objects.get(number="77").status == "open"
    assert [(type(event), event.actor) for event in seen] == [(TicketCreated, "kim")]


def test_a_form_that_lay_open_neither_reopens_nor_unbills_a_ticket():
    ticket = billable()
    bill_tickets([ticket.pk], at=NOW, by="ann")

    page = signed_in("technician").post(
        reverse("admin:tickets_ticket_change", args=[ticket.pk]),
        form_of(ticket, subject="Mail was down", status="open", billing_status="unbilled", closed_by="mallory"),
    )

    ticket.refresh_from_db()
    assert page.status_code == 302
    assert (ticket.subject, ticket.status, ticket.billing_status) == ("Mail was down", "closed", "billed")
    assert ticket.closed_by == ""


def test_the_form_closes_nothing_that_is_the_work_of_its_own_verb():
    ticket = billable(status="open")

    page = signed_in("technician").post(
        reverse("admin:tickets_ticket_change", args=[ticket.pk]), form_of(ticket, status="closed")
    )

    assert "Select a valid choice" in page.content.decode()


# Time entries


def entry_form(entry, **changes):
    return {
        "ticket": entry.ticket_id, "technician": entry.technician, "worked_on": "2026-01-15", "seconds_worked": "1.00",
        "started_at_0": "", "started_at_1": "", "ended_at_0": "", "ended_at_1": "", "paused_seconds": "",
        "description": "", "work_type": "", "hourly_rate": "", "billable": "on", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(("typed", "seconds"), [("1.50", 5400), ("1:30", 5400), ("0:20", 1200), ("61 s", 61)])
def test_time_is_typed_in_hours(typed, seconds):
    entry = TimeEntryFactory.create()

    signed_in("technician").post(
        reverse("admin:tickets_timeentry_change", args=[entry.pk]), entry_form(entry, seconds_worked=typed)
    )

    entry.refresh_from_db()
    assert entry.seconds_worked == seconds


@pytest.mark.parametrize(("typed", "sentence"), [("soon", "is no number of hours"), ("25", "at most 24 hours")])
def test_time_that_cannot_be_is_refused_with_a_sentence(typed, sentence):
    entry = TimeEntryFactory.create()

    page = signed_in("technician").post(
        reverse("admin:tickets_timeentry_change", args=[entry.pk]), entry_form(entry, seconds_worked=typed)
    )

    assert sentence in page.content.decode()


def test_a_timer_that_ended_says_how_long_it_took():
    entry = TimeEntryFactory.create(seconds_worked=None, started_at=NOW)

    signed_in("technician").post(
        reverse("admin:tickets_timeentry_change", args=[entry.pk]),
        entry_form(
            entry, seconds_worked="", started_at_0="2026-01-16", started_at_1="09:00:00", ended_at_0="2026-01-16",
            ended_at_1="10:30:00", paused_seconds="0:15",
        ),
    )  # fmt: skip

    entry.refresh_from_db()
    assert entry.seconds_worked == 4500


def test_new_time_starts_with_the_own_name_and_today():
    page = signed_in("technician", technician_id="kim").get(reverse("admin:tickets_timeentry_add"))

    initial = page.context["adminform"].form.initial
    assert initial["technician"] == "kim"
    assert isinstance(initial["worked_on"], date)


def test_time_is_approved_by_somebody_else_only():
    theirs, own = TimeEntryFactory.create(technician="kim"), TimeEntryFactory.create(technician="ann")

    page = choose(signed_in("approver", username="ann1", technician_id="ann"), ENTRIES, "approve", [theirs, own])

    assert sorted(said(page)) == [
        "1 approved.",
        f"time entry {own.external_id}: ann1 logged this time; somebody else must decide",
    ]
    assert {entry.technician: entry.status for entry in TimeEntry.objects.all()} == {
        "kim": "approved",
        "ann": "submitted",
    }


def test_rejecting_time_asks_why():
    entry = TimeEntryFactory.create()
    browser = signed_in("approver", username="ann")

    asked = choose(browser, ENTRIES, "reject", [entry])
    done = choose(browser, ENTRIES, "reject", [entry], confirmed="yes", reason="wrong ticket")

    entry.refresh_from_db()
    assert "Reject these time entries?" in asked.content.decode()
    assert said(done) == ["1 rejected."]
    assert (entry.status, entry.decided_by, entry.decision_reason) == ("rejected", "ann", "wrong ticket")


def test_time_that_is_billed_is_not_rejected_and_the_page_says_where_it_is_billed():
    ticket = billable()
    bill_tickets([ticket.pk], at=NOW, by="ann")
    entry = ticket.time_entries.get()

    page = choose(signed_in("approver"), ENTRIES, "reject", [entry], confirmed="yes", reason="too late")

    assert "is billed on draft" in said(page)[0]
    entry.refresh_from_db()
    assert entry.status == "submitted"


def test_a_decision_that_does_not_fit_the_state_is_refused():
    entry = TimeEntryFactory.create(status="draft")

    page = choose(signed_in("approver"), ENTRIES, "approve", [entry])

    assert "cannot become approved" in said(page)[0]


# The switch of automation


def test_stopping_and_resuming_automation_asks_why_and_is_recorded():
    browser = signed_in("administrator", username="ada")
    stop, resume = (reverse(f"admin:invoicing_killswitch_{verb}_automation") for verb in ("stop", "resume"))

    assert "Stop automation?" in browser.get(stop).content.decode()
    browser.post(stop, {"confirmed": "yes", "reason": " "})
    assert not automation_is_stopped()
    browser.post(stop, {"confirmed": "yes", "reason": "stocktaking"})
    assert automation_is_stopped()
    assert browser.get(stop).status_code == 403
    assert "Resume automation?" in browser.get(resume).content.decode()
    browser.post(resume, {"confirmed": "yes", "reason": "counted"})

    assert KillSwitch.objects.get().changed_by == "ada"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "reason")) == [
        ("automation.stopped", "stocktaking"), ("automation.resumed", "counted"),
    ]  # fmt: skip


def test_a_clerk_sees_the_switch_and_cannot_turn_it():
    browser = signed_in("clerk")

    assert browser.get(reverse("admin:invoicing_killswitch_changelist")).status_code == 200
    assert browser.post(reverse("admin:invoicing_killswitch_stop_automation"), {"confirmed": "yes"}).status_code == 403


def test_a_contract_is_chosen_for_a_ticket_that_waits_for_it():
    contract = ContractFactory.create(hourly_rate="90")
    ContractFactory.create(client=contract.client)
    ticket = billable(client=contract.client)
    bill_tickets([ticket.pk], at=NOW, by="ann")
    assert Ticket.objects.get().billing_reason == "several_contracts"

    signed_in("technician").post(
        reverse("admin:tickets_ticket_change", args=[ticket.pk]), form_of(ticket, contract=contract.pk)
    )

    assert Ticket.objects.get().billing_status == "unbilled"
