"""Chosen time entries of one client on one draft: the same plan, claims and audit as automation (T-21)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Allocation
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine
from invoicing.switches import BillingDisabled, stop_automation
from invoicing.transitions import InvalidTransition
from tests.factories import (
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
    state,
)
from tickets import automation, billing, lifecycle
from tickets.approval import Approver, OwnWork
from tickets.chosen import CannotBeBilled, bill_time_entries, plan_time_entries
from tickets.models import Ticket
from tickets.overrides import hold_ticket, waive_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return ClientFactory.create(external_id="acme")


def keys(*tickets):
    return [entry.pk for ticket in tickets for entry in ticket.time_entries.order_by("pk")]


def bill(*entries, at=NOW, **how):
    return bill_time_entries(entries, by="carl", at=at, **how)


def lines(document=None):
    found = InvoiceLine.objects.exclude(invoice__status="discarded").order_by("invoice_id", "position")
    found = found if document is None else found.filter(invoice=document)
    return list(found.values_list("kind", "amount_cents"))


def test_T_21_entries_of_open_and_closed_tickets_go_on_one_draft_of_a_person(acme):
    first, second = closed_ticket("1.00", "2.00", client=acme), closed_ticket("0.50", client=acme, status="open")

    draft = bill(*keys(first)[:1], *keys(second), reason="monthly statement")

    assert lines() == [("time", 8000), ("time", 4000)]
    assert (draft.collects, draft.period_start, draft.period_end) == ("", None, None)
    assert (draft.status, draft.subtotal_cents, draft.line_count) == ("draft", 12000, 2)
    assert Claim.objects.filter(outcome="billed").count() == 2


def test_T_21_it_is_audited_for_the_draft_and_for_each_ticket(acme):
    ticket = closed_ticket("1.00", client=acme, status="open")

    draft = bill(*keys(ticket), reason=" monthly statement ")

    drafted = AuditEntry.objects.get(action="invoice.drafted")
    assert (drafted.by, drafted.at, drafted.reason, drafted.subject_id) == ("carl", NOW, "monthly statement", draft.pk)
    assert drafted.data == {"entries": 1, "amount_cents": 8000}
    billed = AuditEntry.objects.get(action="ticket.billed")
    assert (billed.by, billed.subject_id, billed.data["draft"]) == ("carl", ticket.pk, draft.pk)


def test_T_15_the_machine_never_adds_to_that_draft(acme):
    draft = bill(*keys(closed_ticket("1.00", client=acme, status="open")))
    closed_ticket("2.00", client=acme)

    list(automation.catch_up(at=later(hours=1)))

    assert lines(draft) == [("time", 8000)]
    assert Invoice.objects.exclude(pk=draft.pk).get().subtotal_cents == 16000


def test_T_21_each_time_is_a_draft_of_its_own(acme):
    first, second = keys(closed_ticket("1.00", "2.00", client=acme, status="open"))

    assert bill(first).pk != bill(second, at=later(minutes=1)).pk
    assert lines() == [("time", 8000), ("time", 16000)]


def test_T_21_closing_bills_the_fee_once_and_the_rest():
    contract = ContractFactory.create(per_ticket_rate=50)
    ticket = closed_ticket("1.00", "2.00", client=contract.client, status="open")
    ExpenseFactory.create(ticket=ticket)
    bill(keys(ticket)[0])
    assert state(ticket) == ("unbilled", "")

    lifecycle.close_ticket(ticket.pk, at=later(hours=1), by="kim")
    list(automation.catch_up(at=later(hours=2)))
    list(automation.catch_up(at=later(hours=3)))

    assert lines() == [("time", 8000), ("time", 16000), ("ticket_fee", 5000), ("expense", 15980)]
    assert state(ticket) == ("billed", "")


def test_T_21_a_ticket_of_which_all_was_chosen_is_billed_without_another_line(acme):
    ticket = closed_ticket("1.00", client=acme)
    bill(*keys(ticket))
    assert state(ticket) == ("unbilled", "")

    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket)[0] == "billed"
    assert lines() == [("time", 8000)]


def test_T_07_minimum_and_rounding_are_per_bill(acme):
    first, second = keys(closed_ticket("0.05", "0.05", client=acme, status="open"))

    assert (bill(first).subtotal_cents, bill(second, at=later(minutes=1)).subtotal_cents) == (2000, 2000)


def test_T_19_chosen_late_entries_are_a_supplement(acme):
    ticket = closed_ticket("1.00", client=acme)
    billing.bill_ticket(ticket.pk, at=NOW)
    late = TimeEntryFactory.create(ticket=ticket, hours="0.40")

    assert bill(late.pk, at=later(hours=1)).subtotal_cents == 4000
    list(automation.catch_up(at=later(hours=2)))
    assert state(ticket)[0] == "billed"


def test_T_12_included_hours_cover_chosen_entries_and_no_draft_is_made():
    contract = ContractFactory.create(included_seconds=3600)
    ticket = closed_ticket("0.75", client=contract.client, status="open")

    assert bill(*keys(ticket)) is None

    assert Claim.objects.get().outcome == "covered"
    assert Allocation.objects.get().seconds == 2700
    assert not Invoice.objects.exists()
    assert AuditEntry.objects.get().action == "ticket.covered"


def test_T_12_an_included_ticket_is_used_when_the_ticket_closes_and_not_by_chosen_entries():
    contract = ContractFactory.create(included_tickets=1)
    ticket = closed_ticket("1.00", "2.00", client=contract.client, status="open")

    assert bill(keys(ticket)[0]).subtotal_cents == 8000
    lifecycle.close_ticket(ticket.pk, at=later(hours=1), by="kim")
    list(automation.catch_up(at=later(hours=2)))

    assert state(ticket) == ("covered", "included_ticket")
    assert lines() == [("time", 8000)]


def test_T_21_billing_chosen_entries_passes_over_enrolment_and_the_kill_switch():
    ticket = closed_ticket("1.00", client=ClientFactory.create(automation="off"))
    billing.bill_ticket(ticket.pk, at=NOW)
    stop_automation(reason="prices are wrong", by="ann", at=NOW)

    assert bill(*keys(ticket)).subtotal_cents == 8000
    assert state(ticket) == ("unbilled", "")  # looked at again, since its work is settled


def test_a_ticket_that_was_held_for_what_is_billed_now_is_looked_at_again(acme):
    ticket = closed_ticket("5.00", "5.00", client=acme)
    billing.bill_ticket(ticket.pk, at=NOW)
    assert state(ticket) == ("held", "above_approval_threshold")

    bill(keys(ticket)[0], at=later(minutes=1))
    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket) == ("billed", "")
    assert lines() == [("time", 40000), ("time", 40000)]


def rejected(client):
    return [TimeEntryFactory.create(ticket=closed_ticket(client=client), status="rejected", external_id="e1").pk]


def draft_entry(client):
    return [TimeEntryFactory.create(ticket=closed_ticket(client=client), status="draft", external_id="e1").pk]


def gift(client):
    return [TimeEntryFactory.create(ticket=closed_ticket(client=client), billable=False, external_id="e1").pk]


def one_gift_of_two(client):
    ticket = closed_ticket("1.00", client=client)
    TimeEntryFactory.create(ticket=ticket, billable=False, external_id="e1")
    return keys(ticket)


def running(client):
    entry = TimeEntryFactory.create(
        ticket=closed_ticket(client=client), seconds_worked=None, started_at=NOW, external_id="e1"
    )
    return [entry.pk]


def elsewhere(client):
    entry = TimeEntryFactory.create(ticket=closed_ticket(client=client), billed_elsewhere="A-17", external_id="e1")
    return [entry.pk]


def billed(client):
    entry = TimeEntryFactory.create(ticket=closed_ticket(client=client), external_id="e1")
    billing.bill_ticket(entry.ticket_id, at=NOW)
    return [entry.pk]


def of(**facts):
    def make(client):
        return keys(closed_ticket("1.00", client=client, number="1001", **facts))

    return make


def decided(decide):
    def make(client):
        ticket = closed_ticket("1.00", client=client, number="1001")
        decide(ticket.pk, reason="no", by="petra", at=NOW)
        return keys(ticket)

    return make


def under(*hours, **terms):
    def make(client):
        ContractFactory.create(client=client, **terms)
        return keys(closed_ticket(*(hours or ("1.00",)), client=client, number="1001"))

    return make


REFUSED = {
    "rejected": (rejected, r"not to be billed: e1 \(rejected\)"),
    "draft": (draft_entry, r"not to be billed: e1 \(draft\)"),
    "not billable": (gift, r"not to be billed: e1 \(not billable\)"),
    "one of two": (one_gift_of_two, r"not to be billed: e1 \(not billable\)"),
    "running": (running, "billed already, running or billed elsewhere: e1"),
    "elsewhere": (elsewhere, "billed already, running or billed elsewhere: e1"),
    "billed": (billed, "billed already, running or billed elsewhere: e1"),
    "unknown": (lambda _: [4711], "not every one of these time entries exists"),
    "none": (lambda _: [], "choose at least one entry"),
    "internal": (of(internal=True), "ticket 1001: internal"),
    "ticket not billable": (of(billable=False), "ticket 1001: not_billable"),
    "type": (of(ticket_type="warranty"), "ticket 1001: non_billable_type"),
    "waived": (decided(waive_ticket), "ticket 1001: waived"),
    "held": (decided(hold_ticket), "ticket 1001: held_by_person"),
    "below minimum": (under("0.10", below_minimum="skip"), "ticket 1001: below_minimum"),
    "free": (under(hourly_rate=0), "ticket 1001: zero_amount"),
    "paid with the fee": (under(strategy="per_ticket", per_ticket_rate=50), "ticket 1001: nothing_to_bill"),
    "above the threshold": (under("9.00"), r"ticket 1001: above_approval_threshold \(9.00 h worked"),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_billed_refuses_all_and_says_which_and_why(acme, make, sentence):
    chosen = make(acme)
    fine = [] if "exists" in sentence or "choose" in sentence else keys(closed_ticket("1.00", client=acme))
    claims = Claim.objects.count()

    for do in (bill, lambda *entries: plan_time_entries(entries, at=NOW)):
        with pytest.raises(CannotBeBilled, match=sentence):
            do(*fine, *chosen)

    assert Claim.objects.count() == claims


def test_entries_of_two_clients_are_refused(acme):
    other = closed_ticket("1.00")

    with pytest.raises(CannotBeBilled, match="choose entries of one client"):
        bill(*keys(closed_ticket("1.00", client=acme), other))


def test_entries_of_a_ticket_without_a_client_are_refused():
    ticket = closed_ticket()
    TimeEntryFactory.create(ticket=ticket)
    type(ticket).objects.update(client=None)

    with pytest.raises(CannotBeBilled, match="no_client"):
        bill(*keys(ticket))


def test_T_03_an_entry_that_waits_for_approval_refuses_all():
    ticket = closed_ticket("1.00", client=ClientFactory.create(require_entry_approval=True), number="1001")

    with pytest.raises(CannotBeBilled, match="ticket 1001: entries_pending_approval"):
        bill(*keys(ticket))


def test_while_billing_is_switched_off_nothing_is_chosen(acme, settings):
    chosen = keys(closed_ticket("1.00", client=acme))
    configure(settings, ticket_billing_enabled=False)

    for do in (bill, lambda *entries: plan_time_entries(entries, at=NOW)):
        with pytest.raises(BillingDisabled):
            do(*chosen)


def test_P3_the_plan_writes_nothing_and_equals_what_is_billed(acme):
    chosen = keys(closed_ticket("1.00", "0.40", client=acme), closed_ticket("0.50", client=acme, status="open"))

    plans = plan_time_entries(chosen, at=NOW)
    assert not Claim.objects.exists()
    bill(*chosen)

    planned = [(charge.kind, charge.amount_cents) for plan in plans for charge in plan.charges]
    assert planned == lines() == [("time", 12000), ("time", 4000)]


def test_the_same_entry_named_twice_is_billed_once(acme):
    (key,) = keys(closed_ticket("1.00", client=acme))

    assert bill(key, key).subtotal_cents == 8000


@pytest.mark.parametrize(("then", "after"), [("bill", ("unbilled", "")), ("hold", ("held", "held_by_person"))])
def test_T_20_the_draft_gives_the_work_of_an_open_ticket_back(acme, then, after):
    ticket = closed_ticket("1.00", client=acme, status="open")
    draft = bill(*keys(ticket))

    discard_draft(draft.pk, then=then, reason="wrong month", by="petra", at=later(hours=1))

    assert state(ticket) == after
    assert not Claim.objects.filter(released_at__isnull=True).exists()


def test_billing_many_entries_takes_as_many_queries_as_billing_one(acme):
    tickets = [closed_ticket("0.50", "0.50", client=acme, status="open") for _ in range(20)]

    first, others = keys(tickets[0]), keys(*tickets[1:])

    with CaptureQueriesContext(connection) as one:
        bill(*first)
    with CaptureQueriesContext(connection) as many:
        assert bill(*others, at=later(minutes=1)).line_count == 19

    assert len(many) == len(one) < 25


PETRA = Approver("petra", "pe")


def test_T_16_chosen_time_above_the_threshold_of_an_open_ticket_is_approved_by_somebody_else_and_billed(acme):
    ticket = closed_ticket("9.00", "10.00", client=acme, status="open")
    first, second = keys(ticket)
    with pytest.raises(CannotBeBilled, match="above_approval_threshold"):
        bill(first)

    plans = plan_time_entries([first], at=NOW, approver=PETRA)
    assert (Ticket.objects.get().approved_at, [plan.subtotal_cents for plan in plans]) == (None, [72000])
    draft = bill_time_entries([first], reason=" as ordered ", by="petra", at=NOW, approver=PETRA)

    assert (lines(draft), state(ticket)) == ([("time", 72000)], ("unbilled", ""))
    assert (ticket.approved_by, ticket.approved_at) == ("petra", NOW)
    audited = AuditEntry.objects.get(action="ticket.approved")
    assert (audited.by, audited.reason, audited.data) == ("petra", "as ordered", {"seconds_logged": 32400})
    # It was for what was chosen and nothing else, now or when the ticket is closed.
    with pytest.raises(CannotBeBilled, match="above_approval_threshold"):
        bill(second, at=later(hours=1))
    lifecycle.close_ticket(ticket.pk, at=later(hours=1), by="kim")
    list(automation.catch_up(at=later(hours=2)))
    assert state(ticket) == ("held", "above_approval_threshold")


@pytest.mark.parametrize("technician", ["petra", "pe"])
def test_T_16_nobody_approves_chosen_time_of_a_ticket_on_which_they_logged_time(acme, technician):
    ticket = closed_ticket("9.00", client=acme, status="open")
    TimeEntryFactory.create(ticket=ticket, technician=technician)

    for do in (plan_time_entries, bill_time_entries):
        how = {"by": "petra"} if do is bill_time_entries else {}
        with pytest.raises(OwnWork, match=f"ticket {ticket.number}: petra logged this time"):
            do(keys(ticket)[:1], at=NOW, approver=PETRA, **how)

    assert not Claim.objects.exists()
    assert not AuditEntry.objects.filter(action="ticket.approved").exists()


def test_T_16_of_several_tickets_those_above_the_threshold_are_approved(acme):
    small, large = (closed_ticket(hours, client=acme, status="open") for hours in ("1.00", "9.00"))
    TimeEntryFactory.create(ticket=small, technician="pe")

    bill_time_entries(keys(small, large), by="petra", at=NOW, approver=PETRA)

    assert AuditEntry.objects.get(action="ticket.approved").subject_id == large.pk
    assert set(Ticket.objects.values_list("pk", "approved_by")) == {(small.pk, ""), (large.pk, "petra")}


def test_T_16_chosen_time_that_does_not_wait_is_not_approved_in_advance(acme):
    ticket = closed_ticket("1.00", client=acme, status="open")

    with pytest.raises(InvalidTransition, match="none of these time entries waits for approval"):
        bill_time_entries(keys(ticket), by="petra", at=NOW, approver=PETRA)

    assert not Claim.objects.exists()
