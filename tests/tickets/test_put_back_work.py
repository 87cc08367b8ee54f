"""A change of a ticket or its work puts that ticket back and no other; settled ones only for new work (T-02, T-19)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.models import Client
from tests.factories import (
    CLOSED,
    NOW,
    ClientFactory,
    ContactFactory,
    ContractFactory,
    ExpenseFactory,
    TimeEntryFactory,
    closed_ticket,
    later,
)
from tests.tickets.asides import set_aside
from tickets import billing
from tickets.models import Expense, Ticket, TimeEntry

pytestmark = pytest.mark.django_db


TICKET_CHANGES: list[dict[str, Any]] = [
    {"status": "resolved", "resolved_at": CLOSED},
    {"contract": None},
    {"contact": None},
    {"billable": False},
    {"internal": True},
    {"ticket_type": "warranty"},
    {"closed_at": later(days=-3)},
    {"resolved_at": later(days=-3)},
    {"strategy_override": "per_ticket"},
    {"hourly_rate_override": Decimal(1)},
    {"approved_at": NOW},
    {"billed_elsewhere": "A-17"},
    {"client": None, "contract": None, "contact": None},
]


@pytest.fixture
def ticket():
    """A ticket that was looked at and set aside, with everything that can change on it, and a second like it."""
    contract = ContractFactory.create()
    contact = ContactFactory.create(client=contract.client)
    pair = [
        closed_ticket("1.00", client=contract.client, contract=contract, contact=contact, external_id=name)
        for name in ("t1", "t2")
    ]
    for one in pair:
        ExpenseFactory.create(ticket=one)
        set_aside(one, "no_rate")
    return pair[0]


def due():
    return list(Ticket.objects.filter(billing_status="unbilled").values_list("external_id", flat=True))


@pytest.mark.parametrize("changes", TICKET_CHANGES, ids=["+".join(case) for case in TICKET_CHANGES])
def test_a_change_of_a_ticket_puts_it_back_and_no_other(ticket, changes):
    Ticket.objects.filter(pk=ticket.pk).update(**changes)

    assert due() == ["t1"]


@pytest.mark.parametrize("changes", TICKET_CHANGES, ids=["+".join(case) for case in TICKET_CHANGES])
def test_a_ticket_that_a_person_holds_stays_held(ticket, changes):
    set_aside(ticket, "held_by_person")

    Ticket.objects.filter(pk=ticket.pk).update(**changes)

    assert due() == []


@pytest.mark.parametrize("changes", [{"subject": "Mail up"}, {"priority": "low"}, {"number": "7"}, {}])
def test_a_change_that_decides_nothing_puts_nothing_back(ticket, changes):
    ticket.refresh_from_db()
    for name, value in changes.items():
        setattr(ticket, name, value)

    ticket.save()

    assert due() == []


WORK_CHANGES = {
    "an entry is logged": lambda ticket: TimeEntryFactory.create(ticket=ticket),
    "an entry that does not count is logged": lambda ticket: TimeEntryFactory.create(ticket=ticket, billable=False),
    "an entry is corrected": lambda ticket: ticket.time_entries.update(seconds_worked=60),
    "an entry gets a rate": lambda ticket: ticket.time_entries.update(hourly_rate=9),
    "an entry is approved": lambda ticket: ticket.time_entries.get().approve(by="anna", at=NOW),
    "an entry is moved to another day": lambda ticket: ticket.time_entries.update(worked_on=date(2026, 1, 2)),
    "an entry is deleted": lambda ticket: ticket.time_entries.get().delete(),
    "an expense is noted": lambda ticket: ExpenseFactory.create(ticket=ticket),
    "an expense is corrected": lambda ticket: ticket.expenses.update(unit_price=1),
    "an expense is deleted": lambda ticket: ticket.expenses.all().delete(),
}


@pytest.mark.parametrize("change", WORK_CHANGES.values(), ids=WORK_CHANGES.keys())
def test_the_ticket_alone_is_due_again_when(ticket, change):
    change(ticket)

    assert due() == ["t1"]


@pytest.mark.parametrize("change", WORK_CHANGES.values(), ids=WORK_CHANGES.keys())
def test_the_ticket_that_a_person_holds_stays_held_when(ticket, change):
    set_aside(ticket, "held_by_person")

    change(ticket)

    assert due() == []


def test_an_entry_that_moves_puts_both_tickets_back(ticket):
    ticket.time_entries.update(ticket=Ticket.objects.get(external_id="t2"))

    assert sorted(due()) == ["t1", "t2"]


def test_words_about_an_entry_put_nothing_back(ticket):
    ticket.time_entries.update(description="changed a disk")
    TimeEntry.objects.filter(ticket=ticket).update(seconds_worked=3600)

    assert due() == []


def test_a_mass_insert_puts_each_of_its_tickets_back(ticket):
    both = Ticket.objects.all()

    TimeEntry.objects.bulk_create(TimeEntryFactory.build(ticket=one) for one in both)

    assert sorted(due()) == ["t1", "t2"]


def settled_ticket(client=None):
    ticket = closed_ticket("1.00", client=client)
    billing.bill_ticket(ticket.pk, at=NOW)
    ticket.refresh_from_db()
    assert ticket.billing_status in ("billed", "covered")
    return ticket


FRESH = {
    "an entry": lambda ticket: TimeEntryFactory.create(ticket=ticket),
    "an expense": lambda ticket: ExpenseFactory.create(ticket=ticket),
}
NOT_FRESH = {
    "an entry that is not billable": lambda ticket: TimeEntryFactory.create(ticket=ticket, billable=False),
    "a draft": lambda ticket: TimeEntryFactory.create(ticket=ticket, status="draft"),
    "a rejected entry": lambda ticket: TimeEntryFactory.create(ticket=ticket, status="rejected"),
    "a running timer": lambda ticket: TimeEntryFactory.create(ticket=ticket, seconds_worked=None, started_at=NOW),
    "another rate of the client": lambda ticket: Client.objects.update(hourly_rate=1),
    "another type": lambda ticket: Ticket.objects.update(ticket_type="incident"),
}


@pytest.mark.parametrize("work", FRESH.values(), ids=FRESH.keys())
@pytest.mark.parametrize("covered", [False, True])
def test_a_settled_ticket_is_due_again_with_new_work(work, covered):
    client = ClientFactory.create()
    ContractFactory.create(client=client, unlimited_hours=covered)
    ticket = settled_ticket(client)

    work(ticket)

    assert due() == [ticket.external_id]


@pytest.mark.parametrize("work", NOT_FRESH.values(), ids=NOT_FRESH.keys())
def test_a_settled_ticket_stays_settled_with(work):
    ticket = settled_ticket()

    work(ticket)

    assert due() == []


def test_a_timer_that_ends_makes_a_settled_ticket_due():
    ticket = settled_ticket()
    timer = TimeEntryFactory.create(ticket=ticket, seconds_worked=None, started_at=NOW)

    TimeEntry.objects.filter(pk=timer.pk).update(seconds_worked=600, ended_at=NOW + timedelta(minutes=10))

    assert due() == [ticket.external_id]


def test_a_waived_ticket_stays_waived_with_new_work(ticket):
    ticket.refresh_from_db()
    ticket.release(at=NOW)
    ticket.move_to("waived", billing_reason="waived", billing_decided_at=NOW)

    TimeEntryFactory.create(ticket=ticket)
    Expense.objects.update(unit_price=3)

    assert Ticket.objects.get(external_id="t1").billing_status == "waived"
