"""Approval of time and of large tickets: by somebody else than who logged the time, and recorded (T-03, T-16)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from invoicing.models import AuditEntry, Claim, Invoice
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition
from tests.factories import (
    NOW,
    ClientFactory,
    ContractFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
    state,
)
from tickets import automation, billing
from tickets.applying import apply_plans
from tickets.approval import (
    Approver,
    OwnWork,
    approve_entries,
    approve_entry,
    approve_ticket,
    plan_approval,
    reject_entries,
    reject_entry,
)
from tickets.chosen import bill_time_entries
from tickets.models import ShadowBill, Ticket, TimeEntry

pytestmark = pytest.mark.django_db

PETRA = Approver("petra", "pe")
WHY = "not our fault"


def entry(status="submitted", **facts):
    return TimeEntryFactory.create(ticket=closed_ticket(status="open"), status=status, **facts)


def large(*hours, **facts):
    """A ticket that waits for approval."""
    ticket = closed_ticket(*(hours or ("9.00",)), **facts)
    billing.bill_ticket(ticket.pk, at=NOW)
    return ticket


@pytest.mark.parametrize("status", ["submitted", "rejected"])
def test_T_03_an_entry_is_approved_with_who_and_when(status):
    one = entry(status)

    approved = approve_entry(one.pk, by="petra", technician=None, at=NOW)

    one.refresh_from_db()
    assert (one.status, one.decided_by, one.decided_at, one.decision_reason) == ("approved", "petra", NOW, "")
    assert (approved.status, approved.decided_by) == ("approved", "petra")
    audited = AuditEntry.objects.get()
    assert (audited.action, audited.by, audited.at, audited.subject_id) == ("time_entry.approved", "petra", NOW, one.pk)
    assert audited.data == {"before": {"status": status}, "after": {"status": "approved"}}


@pytest.mark.parametrize("status", ["submitted", "approved"])
def test_T_03_an_entry_is_rejected_with_who_when_and_why(status):
    one = entry(status)

    reject_entry(one.pk, by="petra", technician="pe", at=NOW, reason=f" {WHY} ")

    one.refresh_from_db()
    assert (one.status, one.decided_by, one.decided_at, one.decision_reason) == ("rejected", "petra", NOW, WHY)
    audited = AuditEntry.objects.get()
    assert (audited.action, audited.reason) == ("time_entry.rejected", WHY)
    assert audited.data == {"before": {"status": status}, "after": {"status": "rejected"}}


@pytest.mark.parametrize("reason", ["", " ", "x" * 301])
def test_a_rejection_says_why(reason):
    one = entry()

    with pytest.raises(ValueError, match="say why"):
        reject_entries([one.pk], reason=reason, approver=PETRA, at=NOW)

    one.refresh_from_db()
    assert one.status == "submitted"


@pytest.mark.parametrize("technician", ["petra", "pe"])
@pytest.mark.parametrize("decide", [approve_entries, reject_entries])
def test_T_16_nobody_decides_about_time_that_they_logged(decide, technician):
    own, other = entry(technician=technician), entry()

    with pytest.raises(OwnWork, match=f"time entry {own.external_id}: petra logged this time"):
        decide([other.pk, own.pk], reason=WHY, approver=PETRA, at=NOW)

    assert set(TimeEntry.objects.values_list("status", flat=True)) == {"submitted"}
    assert not AuditEntry.objects.exists()


def test_an_approver_without_a_technician_id_is_not_who_logged_without_a_name():
    one = entry(technician="")

    assert approve_entries([one.pk], approver=Approver("petra"), at=NOW)[0].status == "approved"


@pytest.mark.parametrize(
    ("decide", "status", "sentence"),
    [
        (approve_entries, "approved", "is approved and cannot become approved"),
        (approve_entries, "draft", "is draft and cannot become approved"),
        (reject_entries, "rejected", "is rejected and cannot become rejected"),
        (reject_entries, "draft", "is draft and cannot become rejected"),
    ],
)
def test_one_entry_that_cannot_be_decided_refuses_all_of_them(decide, status, sentence):
    wrong, right = entry(status), entry()

    with pytest.raises(InvalidTransition, match=f"time entry {wrong.external_id} {sentence}"):
        decide([right.pk, wrong.pk], reason=WHY, approver=PETRA, at=NOW)

    right.refresh_from_db()
    assert right.status == "submitted"


def test_a_running_timer_is_approved_when_it_has_ended():
    one = entry(seconds_worked=None, started_at=NOW)

    with pytest.raises(InvalidTransition, match="is still running"):
        approve_entries([one.pk], approver=PETRA, at=NOW)

    assert reject_entries([one.pk], reason=WHY, approver=PETRA, at=NOW)[0].status == "rejected"


@pytest.mark.parametrize("decide", [approve_entries, reject_entries])
def test_what_is_billed_is_not_decided_about_any_more_and_says_where_it_is(decide):
    ticket = closed_ticket("1.00")
    billing.bill_ticket(ticket.pk, at=NOW)
    draft = Invoice.objects.get().external_id

    with pytest.raises(InvalidTransition, match=f"is billed on draft {draft} and cannot become"):
        decide([ticket.time_entries.get().pk], reason=WHY, approver=PETRA, at=NOW)


def test_what_is_covered_is_not_decided_about_any_more():
    contract = ContractFactory.create(included_tickets=1)
    ticket = closed_ticket("1.00", client=contract.client)
    billing.bill_ticket(ticket.pk, at=NOW)

    with pytest.raises(InvalidTransition, match="is Covered and cannot become rejected"):
        reject_entries([ticket.time_entries.get().pk], reason=WHY, approver=PETRA, at=NOW)


def test_the_database_refuses_it_too():
    ticket = closed_ticket("1.00")
    billing.bill_ticket(ticket.pk, at=NOW)

    with pytest.raises(DatabaseError, match="is billed on draft"):
        ticket.time_entries.get().reject(by="petra", at=NOW, reason=WHY)


def test_an_entry_that_does_not_exist_refuses_all_of_them():
    one = entry()

    with pytest.raises(TimeEntry.DoesNotExist, match="not every one"):
        approve_entries([one.pk, 4711], approver=PETRA, at=NOW)

    one.refresh_from_db()
    assert one.status == "submitted"


def test_no_entries_are_no_work():
    assert approve_entries([], approver=PETRA, at=NOW) == []


def test_a_decision_that_somebody_else_took_meanwhile_is_noticed(monkeypatch):
    """The check has seen the entry before somebody moved it past the lock."""
    one = entry()
    seen = list(TimeEntry.objects.filter(pk=one.pk).select_related("ticket"))
    reject_entries([one.pk], reason=WHY, approver=Approver("ann"), at=NOW)
    TimeEntry.objects.filter(pk=one.pk).update(status="draft")
    monkeypatch.setattr("tickets.approval.check_entries", lambda *_: seen)

    with pytest.raises(InvalidTransition, match="decided meanwhile"):
        approve_entries([one.pk], approver=PETRA, at=NOW)


def test_T_03_approving_all_entries_of_a_held_ticket_makes_it_due():
    ticket = closed_ticket("1.00", "2.00", client=ClientFactory.create(require_entry_approval=True))
    billing.bill_ticket(ticket.pk, at=NOW)
    first, second = ticket.time_entries.order_by("pk")
    assert state(ticket) == ("held", "entries_pending_approval")

    approve_entries([first.pk], approver=PETRA, at=NOW)
    reject_entries([second.pk], reason=WHY, approver=PETRA, at=NOW)
    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket) == ("billed", "")
    assert Claim.objects.get().source_id == first.pk


def test_many_entries_are_decided_in_a_constant_number_of_queries(django_assert_max_num_queries):
    ticket = closed_ticket(*["0.10"] * 50, status="open")
    ids = list(ticket.time_entries.values_list("pk", flat=True))

    with django_assert_max_num_queries(9):
        approve_entries(ids, approver=PETRA, at=NOW)

    assert AuditEntry.objects.filter(action="time_entry.approved").count() == 50


def test_T_16_a_ticket_above_the_threshold_is_billed_when_it_is_approved_and_the_approver_recorded():
    ticket = large("8.01")
    assert state(ticket) == ("held", "above_approval_threshold")

    result = approve_ticket(ticket.pk, approver=PETRA, reason="as quoted", at=later(hours=1))

    assert (result.outcome, result.subtotal_cents) == ("charge", 66000)
    assert state(ticket) == ("billed", "")
    assert (ticket.approved_by, ticket.approved_at) == ("petra", later(hours=1))
    audited = AuditEntry.objects.get(action="ticket.approved")
    assert (audited.by, audited.reason, audited.data) == ("petra", "as quoted", {"seconds_logged": 28836})


def test_T_16_eight_hours_need_no_approval():
    ticket = large("8.00")

    with pytest.raises(InvalidTransition, match="does not wait for approval; billing it now: skip already_billed"):
        approve_ticket(ticket.pk, approver=PETRA, at=NOW)


@pytest.mark.parametrize("technician", ["petra", "pe"])
@pytest.mark.parametrize("status", ["submitted", "draft", "rejected"])
def test_T_16_nobody_approves_a_ticket_on_which_they_logged_time(technician, status):
    ticket = large()
    TimeEntryFactory.create(ticket=ticket, technician=technician, status=status)

    with pytest.raises(OwnWork, match=f"ticket {ticket.number}: petra logged this time"):
        approve_ticket(ticket.pk, approver=PETRA, at=NOW)

    ticket.refresh_from_db()
    assert (ticket.approved_by, ticket.approved_at) == ("", None)
    assert not AuditEntry.objects.filter(action="ticket.approved").exists()


NOT_WAITING = {
    "charge": lambda: closed_ticket("1.00"),
    "skip not_closed": lambda: closed_ticket("9.00", status="open"),
    "skip not_billable": lambda: closed_ticket("9.00", billable=False),
    "hold no_rate": lambda: closed_ticket("9.00", client=ClientFactory.create(hourly_rate=None)),
    "covered included_ticket": lambda: closed_ticket(
        "9.00", client=ContractFactory.create(included_tickets=1).client
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "make"), NOT_WAITING.items(), ids=NOT_WAITING.keys())
def test_T_16_what_does_not_wait_for_approval_is_not_approved_in_advance(found, make):
    ticket = make()

    with pytest.raises(InvalidTransition, match=f"billing it now: {found}"):
        approve_ticket(ticket.pk, approver=PETRA, at=NOW)

    ticket.refresh_from_db()
    assert (ticket.approved_at, ticket.billing_status) == (None, "unbilled")


def test_T_16_approving_twice_bills_once():
    ticket = large()
    approve_ticket(ticket.pk, approver=PETRA, at=later(hours=1))

    with pytest.raises(InvalidTransition, match="already_billed"):
        approve_ticket(ticket.pk, approver=PETRA, at=later(hours=2))

    assert Claim.objects.count() == 1


def test_T_16_an_approval_is_for_the_work_that_was_approved_and_not_for_what_comes_later():
    ticket = large()
    approve_ticket(ticket.pk, approver=PETRA, at=later(hours=1))
    TimeEntryFactory.create(ticket=ticket, hours="10.00")

    billing.bill_ticket(ticket.pk, at=later(hours=2))
    assert state(ticket) == ("held", "above_approval_threshold")

    approve_ticket(ticket.pk, approver=Approver("ann"), at=later(hours=3))
    assert (state(ticket), ticket.approved_by) == (("billed", ""), "ann")
    TimeEntryFactory.create(ticket=ticket, hours="9.00")
    billing.bill_ticket(ticket.pk, at=later(hours=4))
    assert state(ticket) == ("held", "above_approval_threshold")


def test_T_16_a_small_late_entry_on_an_approved_ticket_needs_no_further_approval():
    ticket = large()
    approve_ticket(ticket.pk, approver=PETRA, at=later(hours=1))
    TimeEntryFactory.create(ticket=ticket, hours="0.50")

    (result,) = billing.bill_tickets([ticket.pk], at=later(hours=2)).results
    assert result.subtotal_cents == 4000


def test_T_16_the_rest_of_a_ticket_whose_first_entries_were_chosen_waits_for_its_own_approval():
    ticket = closed_ticket("1.00", "9.00")
    bill_time_entries([ticket.time_entries.order_by("pk")[0].pk], by="carl", at=NOW)
    billing.bill_ticket(ticket.pk, at=later(hours=1))
    assert state(ticket) == ("held", "above_approval_threshold")

    assert approve_ticket(ticket.pk, approver=PETRA, at=later(hours=2)).subtotal_cents == 72000


def test_T_16_approving_bills_by_hand_whatever_enrolment_says():
    ticket = closed_ticket("9.00", client=ClientFactory.create(automation="off"))

    assert approve_ticket(ticket.pk, approver=PETRA, at=NOW).subtotal_cents == 72000


def test_T_18_approving_a_ticket_in_shadow_bills_nothing_and_is_planned_in_shadow():
    ticket = large(client=ClientFactory.create(automation="shadow"))
    assert state(ticket) == ("held", "above_approval_threshold")

    result = approve_ticket(ticket.pk, approver=PETRA, at=later(hours=1))

    assert (result.outcome, result.reason) == ("skip", "client_not_enrolled")
    assert ShadowBill.objects.get().amount_cents == 72000
    assert not Claim.objects.exists()


def test_T_16_the_plan_of_an_approval_writes_nothing_and_equals_it():
    ticket = large()

    plan = plan_approval(ticket.pk, PETRA, at=later(hours=1))
    assert (plan.outcome, plan.subtotal_cents, state(ticket)[0]) == ("charge", 72000, "held")

    assert approve_ticket(ticket.pk, approver=PETRA, at=later(hours=1)).charges == plan.charges


def test_the_plan_of_an_approval_refuses_what_the_approval_refuses():
    ticket = large()
    TimeEntryFactory.create(ticket=ticket, technician="pe")

    with pytest.raises(OwnWork):
        plan_approval(ticket.pk, PETRA, at=NOW)


def test_while_billing_is_switched_off_no_ticket_is_approved(settings):
    ticket = large()
    configure(settings, ticket_billing_enabled=False)

    with pytest.raises(BillingDisabled):
        approve_ticket(ticket.pk, approver=PETRA, at=NOW)

    ticket.refresh_from_db()
    assert ticket.approved_at is None


def test_a_ticket_that_does_not_exist_is_not_approved():
    with pytest.raises(Ticket.DoesNotExist):
        approve_ticket(4711, approver=PETRA, at=NOW)


def test_a_ticket_whose_billing_fails_stays_approved_and_is_billed_later(monkeypatch):
    ticket = large()
    broken = True

    def apply(*arguments, **named):
        if broken:
            raise RuntimeError("no disk")
        return apply_plans(*arguments, **named)

    monkeypatch.setattr("tickets.billing.apply_plans", apply)
    assert approve_ticket(ticket.pk, approver=PETRA, at=later(hours=1)).outcome == "failed"
    broken = False

    list(automation.catch_up(at=later(hours=2)))

    assert (state(ticket), ticket.approved_by) == (("billed", ""), "petra")


def test_an_approval_while_a_worker_decides_about_the_ticket_of_a_client_in_shadow_is_taken_back(monkeypatch):
    ticket = large(client=ClientFactory.create(automation="shadow"))
    monkeypatch.setattr("tickets.approval.billing.bill_ticket", lambda *_, **__: None)

    with pytest.raises(InvalidTransition, match="decided meanwhile"):
        approve_ticket(ticket.pk, approver=PETRA, at=NOW)

    ticket.refresh_from_db()
    assert ticket.approved_at is None
