"""Each ticket is recorded once as a use of the contract that it was opened under (T-12, T-17)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.factories import (
    CREATED,
    NOW,
    AssignmentFactory,
    ClientFactory,
    ContractFactory,
    TicketFactory,
    TimeEntryFactory,
)
from tickets import billing
from tickets.balances import Balances
from tickets.events import TicketCreated, announce
from tickets.models import Ticket, TicketUsage
from tickets.usage import ContractUsage, contract_usage

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def rows():
    return list(TicketUsage.objects.order_by("pk").values_list("ticket", "contract", "assignment", "month"))


def imported(client, **facts):
    """A closed ticket with an hour, written without a signal."""
    (ticket,) = Ticket.objects.bulk_create([TicketFactory.build(client=client, **facts)])
    TimeEntryFactory.create(ticket=ticket)
    return ticket


def test_T_12_a_new_ticket_uses_the_contract_in_force_on_the_day_it_is_opened():
    contract = ContractFactory.create()

    ticket = TicketFactory.create(client=contract.client, status="open")

    assert rows() == [(ticket.pk, contract.pk, None, JANUARY)]
    assert TicketUsage.objects.get().recorded_at == CREATED


def test_T_12_the_contacts_assignment_is_kept_with_the_use():
    assignment = AssignmentFactory.create()
    ContractFactory.create(client=assignment.contract.client)

    ticket = TicketFactory.create(client=assignment.contract.client, contact=assignment.contact, status="open")

    assert rows() == [(ticket.pk, assignment.contract_id, assignment.pk, JANUARY)]


def test_T_12_the_month_is_that_of_the_clients_zone():
    contract = ContractFactory.create()

    TicketFactory.create(client=contract.client, created_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC), status="open")

    assert [month for *_, month in rows()] == [FEBRUARY]


def test_T_12_without_a_contract_or_with_several_there_is_no_use():
    client = ClientFactory.create()
    TicketFactory.create(client=client, status="open")
    TicketFactory.create(client=None, status="open")
    ContractFactory.create_batch(2, client=client)

    TicketFactory.create(client=client, status="open")

    assert rows() == []


def test_T_17_five_copies_of_the_event_record_one_use():
    contract = ContractFactory.create()
    ticket = TicketFactory.create(client=contract.client, status="open")

    for _ in range(5):
        announce(TicketCreated(ticket, "system", CREATED))

    assert rows() == [(ticket.pk, contract.pk, None, JANUARY)]


def test_T_17_saving_a_ticket_again_records_nothing_more():
    contract = ContractFactory.create()
    ticket = TicketFactory.create(client=contract.client, status="open")

    ticket.subject = "Mail up"
    ticket.save()

    assert len(rows()) == 1


def test_T_12_a_ticket_that_came_without_a_signal_is_recorded_when_it_is_billed():
    contract = ContractFactory.create()
    ticket = imported(contract.client)
    assert rows() == []

    billing.plan_tickets([ticket.pk], at=NOW, balances=Balances())
    assert rows() == []
    billing.bill_tickets([ticket.pk], at=NOW)
    billing.bill_tickets([ticket.pk], at=NOW, by_hand=True)

    assert rows() == [(ticket.pk, contract.pk, None, JANUARY)]


def test_T_12_what_a_signal_recorded_is_not_recorded_again_when_terms_have_changed():
    contract = ContractFactory.create()
    ticket = TicketFactory.create(client=contract.client)
    TimeEntryFactory.create(ticket=ticket)
    assignment = AssignmentFactory.create(contract=contract)
    Ticket.objects.update(contact=assignment.contact)

    billing.bill_tickets([ticket.pk], at=NOW)

    assert rows() == [(ticket.pk, contract.pk, None, JANUARY)]


def test_T_12_a_ticket_moved_to_another_client_uses_that_clients_contract():
    mine, theirs = ContractFactory.create_batch(2)
    ticket = TicketFactory.create(client=mine.client)
    TimeEntryFactory.create(ticket=ticket)
    Ticket.objects.update(client=theirs.client)

    billing.bill_tickets([ticket.pk], at=NOW)

    assert [contract for _, contract, *_ in rows()] == [mine.pk, theirs.pk]


def test_T_13_a_dry_run_places_tickets_without_a_row_as_the_run_does():
    contract = ContractFactory.create(unlimited_tickets=True, fair_use={"hard_tickets": 2})
    tickets = [imported(contract.client).pk for _ in range(4)]

    balances = Balances()
    dry = [billing.plan_tickets([one], at=NOW, balances=balances).results[0].outcome for one in tickets]
    run = [result.outcome for result in billing.bill_tickets(tickets, at=NOW).results]

    assert dry == run == ["covered", "covered", "charge", "charge"]


def test_T_12_the_usage_of_a_contract_is_read_from_its_rows():
    contract = ContractFactory.create()
    latest = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
    assert contract_usage(contract.pk, NOW) == ContractUsage(0, 0, None)
    TicketFactory.create_batch(2, client=contract.client, status="open")
    TicketFactory.create(client=contract.client, status="open", created_at=latest)

    assert contract_usage(contract.pk, NOW) == ContractUsage(this_month=2, in_all=3, last_access=latest)
    assert contract_usage(contract.pk, latest).this_month == 1


def test_T_12_billing_a_ticket_of_nobody_records_nothing():
    ticket = TicketFactory.create(client=None)

    billing.bill_tickets([ticket.pk], at=NOW)

    assert rows() == []
