"""What tickets and their work can be, and how they move from state to state."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from invoicing.transitions import InvalidTransition
from tests.factories import (
    CLOSED,
    NOW,
    ClientFactory,
    ContactFactory,
    ContractFactory,
    ExpenseFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
    later,
)
from tickets import billing
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db


def refused(change, sentence):
    with pytest.raises(DatabaseError, match=sentence), transaction.atomic():
        change()


OWNED: dict[str, Any] = {"contract": ContractFactory, "contact": ContactFactory}


@pytest.mark.parametrize("field", OWNED)
def test_a_contract_or_contact_of_another_client_is_refused_with_the_field_named(field):
    foreign = OWNED[field].create()
    ticket = TicketFactory.build(client=ClientFactory.create(), **{field: foreign})

    with pytest.raises(ValidationError) as problem:
        ticket.full_clean(exclude=["billing_reason"])

    assert problem.value.message_dict[field] == [f"this {field} belongs to another client"]


@pytest.mark.parametrize("field", OWNED)
def test_a_contract_or_contact_of_another_client_is_refused_by_the_database(field):
    ticket = TicketFactory.create()
    foreign = OWNED[field].create()

    def change():
        Ticket.objects.filter(pk=ticket.pk).update(**{field: foreign})
        connection.check_constraints()

    refused(change, f"tickets_ticket_{field}_of_client")


def test_a_ticket_without_a_client_has_no_contract():
    contract = ContractFactory.create()

    refused(lambda: TicketFactory.create(client=None, contract=contract), "tickets_ticket_client_before_contract")


CONTRADICTIONS = [
    (TicketFactory, {"status": "closed!"}, "status_known"),
    (TicketFactory, {"priority": "urgent"}, "priority_known"),
    (TicketFactory, {"hourly_rate_override": -1}, "rate_override_not_negative"),
    (TimeEntryFactory, {"status": "done"}, "status_known"),
    (TimeEntryFactory, {"hourly_rate": -1}, "hourly_rate_not_negative"),
    (TimeEntryFactory, {"seconds_worked": 86401}, "within_a_day"),
    (TimeEntryFactory, {"seconds_worked": -1}, "seconds_worked"),
    (TimeEntryFactory, {"seconds_worked": None}, "ended_has_seconds"),
    (TimeEntryFactory, {"started_at": CLOSED, "ended_at": later(days=-3)}, "in_order"),
    (ExpenseFactory, {"quantity": -1}, "quantity_not_negative"),
    (ExpenseFactory, {"unit_price": -1}, "price_not_negative"),
    (ExpenseFactory, {"tax_rate": 101}, "tax_rate_percent"),
]


@pytest.mark.parametrize(("factory", "facts", "name"), CONTRADICTIONS)
def test_what_cannot_be_is_refused_by_the_database(factory, facts, name):
    refused(lambda: factory.create(**facts), name)


def test_a_ticket_closed_by_sql_gets_its_time_and_one_that_is_reopened_loses_it():
    ticket = TicketFactory.create(status="open")

    Ticket.objects.update(status="closed")
    closed = Ticket.objects.get().closed_at
    Ticket.objects.update(status="resolved")
    resolved = Ticket.objects.get()
    Ticket.objects.update(status="open")

    ticket.refresh_from_db()
    assert closed is not None
    assert (resolved.closed_at, resolved.resolved_at is None) == (None, False)
    assert (ticket.closed_at, ticket.resolved_at, ticket.finished_at) == (None, None, None)


def test_a_stale_form_cannot_un_bill_a_ticket():
    stale = Ticket.objects.get(pk=closed_ticket("1.00").pk)
    billing.bill_ticket(stale.pk, at=NOW)

    stale.subject = "Mail up"
    stale.save()

    fresh = Ticket.objects.get()
    assert (fresh.subject, fresh.billing_status, fresh.billing_decided_at) == ("Mail up", "billed", NOW)


def test_a_save_never_writes_the_state_even_when_it_is_named():
    ticket = closed_ticket("1.00")
    ticket.billing_status, ticket.billing_reason, ticket.subject = "waived", "because", "Mail up"

    ticket.save(update_fields=["billing_status", "billing_reason", "subject"])

    fresh = Ticket.objects.get()
    assert (fresh.subject, fresh.billing_status, fresh.billing_reason) == ("Mail up", "unbilled", "")


def test_a_move_that_came_second_is_refused_and_changes_nothing():
    ticket = closed_ticket("1.00")
    stale = Ticket.objects.get()
    billing.bill_ticket(ticket.pk, at=NOW)

    with pytest.raises(InvalidTransition, match="is billed and cannot become held"):
        stale.hold(reason="held_by_person", detail="wait", at=NOW)

    assert stale.billing_status == "billed"
    assert Ticket.objects.get().billing_reason == ""


def test_a_held_ticket_is_released_and_due_at_once():
    ticket = closed_ticket("1.00")
    ticket.hold(reason="held_by_person", detail="wait", at=NOW)

    ticket.release(at=later(hours=1))

    fresh = Ticket.objects.get()
    assert (fresh.billing_status, fresh.billing_reason, fresh.billing_detail) == ("unbilled", "", "")
    assert (fresh.bill_after, fresh.billing_decided_at) == (None, later(hours=1))


def test_a_reason_is_asked_of_whoever_sets_a_ticket_aside():
    ticket = closed_ticket("1.00")

    with pytest.raises(IntegrityError, match="unbilled_has_reason"), transaction.atomic():
        ticket.hold(reason="", detail="", at=NOW)

    assert Ticket.objects.get().billing_status == "unbilled"


ENTRY_MOVES = [
    ("draft", "approved", False),
    ("draft", "rejected", False),
    ("submitted", "approved", True),
    ("submitted", "rejected", True),
    ("approved", "rejected", True),
    ("rejected", "approved", True),
    ("approved", "approved", False),
]


@pytest.mark.parametrize(("before", "after", "allowed"), ENTRY_MOVES)
def test_an_entry_is_decided_by_guarded_moves(before, after, allowed):
    entry = TimeEntryFactory.create(status=before)

    def decide():
        if after == "approved":
            entry.approve(by="anna", at=NOW)
        else:
            entry.reject(by="anna", at=NOW, reason="wrong ticket")

    if allowed:
        decide()
        fresh = TimeEntry.objects.get()
        assert (fresh.status, fresh.decided_by, fresh.decided_at) == (after, "anna", NOW)
        assert fresh.decision_reason == ("" if after == "approved" else "wrong ticket")
    else:
        with pytest.raises(InvalidTransition, match=f"is {before} and cannot become {after}"):
            decide()
        assert TimeEntry.objects.get().status == before


def test_a_finished_timer_is_worked_out_without_its_pauses():
    entry = TimeEntry(started_at=CLOSED, ended_at=CLOSED.replace(hour=18), paused_seconds=1800)

    entry.clean()

    assert entry.seconds_worked == 5400


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"started_at": CLOSED, "ended_at": CLOSED.replace(minute=5), "paused_seconds": 301}, "paused_seconds"),
        ({}, "seconds_worked"),
        ({"seconds_worked": 86401}, "seconds_worked"),
    ],
)
def test_a_form_names_the_field_of_an_entry_that_cannot_be(facts, field):
    with pytest.raises(ValidationError) as problem:
        TimeEntry(**facts).clean()

    assert list(problem.value.message_dict) == [field]


def test_rows_read_as_people_would_name_them():
    ticket = closed_ticket("1.50", number="1001", subject="Mail down")
    odd = TimeEntryFactory.create(ticket=ticket, seconds_worked=1234)
    running = TimeEntryFactory.create(ticket=ticket, seconds_worked=None, started_at=NOW)
    expense = ExpenseFactory.create(ticket=ticket)

    assert [str(row) for row in (ticket, ticket.time_entries.get(seconds_worked=5400), odd, running, expense)] == [
        "1001 Mail down",
        "kim, 2026-01-15: 1.50 h",
        "kim, 2026-01-15: 1234 s",
        "kim, 2026-01-15: running",
        "SSD",
    ]
