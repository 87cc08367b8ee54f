"""What is billed cannot be changed or taken away, and the sentence says where it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Claim, Invoice
from tests.factories import (
    CLOSED,
    DAY,
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
)
from tickets import billing
from tickets.models import Expense, Ticket, TimeEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def billed():
    """A ticket with time and material on a draft."""
    ticket = closed_ticket("1.00")
    ExpenseFactory.create(ticket=ticket)
    billing.bill_ticket(ticket.pk, at=NOW)
    return ticket


def refused(change, sentence):
    with pytest.raises(DatabaseError, match=sentence), transaction.atomic():
        change()


ENTRY_CHANGES: list[dict[str, Any]] = [
    {"seconds_worked": 60},
    {"hourly_rate": Decimal(1)},
    {"billable": False},
    {"status": "rejected"},
    {"worked_on": DAY.replace(day=2)},
    {"technician": "max"},
    {"started_at": CLOSED},
    {"work_type": "network"},
    {"emergency": True},
    {"billed_elsewhere": "A-17"},
]


@pytest.mark.parametrize("changes", ENTRY_CHANGES, ids=["+".join(case) for case in ENTRY_CHANGES])
def test_a_billed_entry_cannot_be_changed(billed, changes):
    refused(
        lambda: billed.time_entries.update(**changes), r"time entry entry\d+ is billed on draft .* cannot be changed"
    )


def test_words_about_a_billed_entry_may_change(billed):
    assert billed.time_entries.update(description="changed a disk") == 1


def test_a_billed_entry_cannot_move_to_another_ticket(billed):
    other = TicketFactory.create(client=billed.client)

    refused(lambda: billed.time_entries.update(ticket=other), "cannot be changed")


@pytest.mark.parametrize("work", [TimeEntry, Expense])
def test_billed_work_cannot_be_deleted(billed, work):
    refused(lambda: work.objects.get().delete(), r"is billed on draft .* and cannot be deleted")
    refused(work.objects.all().delete, r"is billed on draft .* and cannot be deleted")


@pytest.mark.parametrize("changes", [{"quantity": 9}, {"unit_price": 9}, {"tax_rate": 7}, {"goods": True}])
def test_a_billed_expense_cannot_be_changed(billed, changes):
    refused(lambda: billed.expenses.update(**changes), r"expense expense\d+ is billed on draft .* cannot be changed")


def test_the_sentence_names_the_invoice_once_it_has_a_number(billed):
    (issued,) = issue_invoices(list(Invoice.objects.values_list("pk", flat=True)), at=NOW, by="petra")

    refused(
        lambda: billed.time_entries.update(seconds_worked=60), f"is billed on {issued.number} and cannot be changed"
    )


def test_what_was_billed_elsewhere_cannot_be_changed_and_says_where():
    entry = TimeEntryFactory.create()
    Claim.objects.create(
        kind="time_entry", source_id=entry.pk, outcome="elsewhere", reference="A-17", claimed_at=NOW, quantity=3600
    )

    refused(entry.delete, r"is billed elsewhere \(A-17\) and cannot be deleted")


def test_covered_time_cannot_be_changed():
    client = ClientFactory.create()
    ContractFactory.create(client=client, unlimited_hours=True)
    ticket = closed_ticket("1.00", client=client)
    billing.bill_ticket(ticket.pk, at=NOW)

    refused(lambda: ticket.time_entries.update(seconds_worked=60), "is covered and cannot be changed")


def test_a_ticket_with_billed_work_cannot_move_to_another_client(billed):
    refused(
        lambda: Ticket.objects.update(client=ClientFactory.create()),
        rf"ticket {billed.number} cannot move to another client: its work is billed on draft",
    )


def test_a_ticket_whose_fee_is_billed_cannot_move_to_another_client():
    client = ClientFactory.create()
    ContractFactory.create(client=client, per_ticket_rate=50)
    billing.bill_ticket(TicketFactory.create(client=client).pk, at=NOW)

    refused(lambda: Ticket.objects.update(client=ClientFactory.create()), "cannot move to another client")


def test_a_ticket_that_is_not_billed_may_move_to_another_client():
    ticket = closed_ticket("1.00")
    ticket.client = ClientFactory.create()

    ticket.save()

    assert Ticket.objects.get().client == ticket.client


def test_a_billed_ticket_cannot_be_deleted_with_its_work(billed):
    def delete():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM tickets_ticket")
        connection.check_constraints()

    refused(delete, "violates foreign key constraint")
    refused(billed.delete, "protected foreign keys")
