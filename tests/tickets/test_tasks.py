"""Tasks are hints: they bill what is due, once, and a failure of database or switch costs nothing."""

from __future__ import annotations

import pytest
from celery.exceptions import Retry
from django.db import DatabaseError, connection
from psycopg import sql

from invoicing.models import Invoice
from invoicing.switches import stop_automation
from tests.factories import NOW, ClientFactory, ContractFactory, closed_ticket, configure, later
from tickets import attempts, billing, tasks
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def broken_ticket(**facts):
    """A ticket that no attempt can bill: somebody chose a strategy that nobody registered."""
    return closed_ticket("1.00", strategy_override="by_the_moon", **facts)


def bill(*tickets, at=NOW):
    return billing.bill_tickets([ticket.pk for ticket in tickets], at=at)


def test_the_task_bills_a_ticket_that_is_due_and_a_second_message_does_nothing():
    ticket = closed_ticket("1.00")

    tasks.bill_ticket(ticket_id=ticket.pk)
    tasks.bill_ticket(ticket_id=ticket.pk, from_a_newer_version=True)

    assert list(Invoice.objects.values_list("subtotal_cents", flat=True)) == [8000]


def test_the_task_of_a_ticket_that_fails_asks_to_be_tried_again():
    ticket = broken_ticket()

    with pytest.raises(Retry):
        tasks.bill_ticket(ticket_id=ticket.pk)

    assert Ticket.objects.get().billing_attempts == 1


def test_the_task_of_a_ticket_that_is_gone_ends_quietly():
    tasks.bill_ticket(ticket_id=4711)

    assert not Invoice.objects.exists()


@pytest.mark.parametrize("task", [tasks.sweep, tasks.catch_up_tickets])
def test_the_nets_bill_what_no_message_told(task):
    closed_ticket("1.00")

    task()

    assert Invoice.objects.get().subtotal_cents == 8000


def test_the_sweep_issues_what_is_complete():
    client = ClientFactory.create(automation="auto")
    ContractFactory.create(client=client, grouping="per_ticket")
    closed_ticket("1.00", client=client)

    tasks.sweep()

    assert Invoice.objects.get().status == "open"


@pytest.mark.parametrize(
    "run", [tasks.sweep, tasks.catch_up_tickets, lambda: tasks.bill_ticket(ticket_id=Ticket.objects.get().pk)]
)
@pytest.mark.parametrize("switch", ["kill", "master"])
def test_tasks_do_nothing_while_a_switch_is_off(settings, run, switch):
    closed_ticket("1.00")
    if switch == "kill":
        stop_automation(reason="wrong rates", by="anna", at=NOW)
    else:
        configure(settings, ticket_billing_enabled=False)

    run()

    assert not Invoice.objects.exists()
    assert Ticket.objects.get().billing_status == "unbilled"


def cut_off(owner):
    """Every connection but the owner's is cut where billing reads the work; as a restart of the database does it."""

    def wrapper(execute, statement, params, many, context):
        if "tickets_timeentry w" in statement:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database()"
            )
        return execute(statement, params, many, context)

    return connection.execute_wrapper(wrapper)


@pytest.mark.django_db(transaction=True)
def test_a_ticket_whose_connection_is_cut_is_tried_again(owner):
    ticket = closed_ticket("1.00")

    with cut_off(owner):
        (result,) = bill(ticket).results
    (again,) = bill(ticket, at=later(seconds=1)).results

    assert (result.outcome, result.retry_in) == ("failed", 1)
    assert (again.outcome, again.subtotal_cents) == ("charge", 8000)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_blames_no_ticket(owner):
    ticket = closed_ticket("1.00")
    clone = sql.Identifier(owner.info.dbname)

    owner.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(clone))
    try:
        with cut_off(owner), pytest.raises(DatabaseError):
            bill(ticket)
    finally:
        owner.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(clone))
    lost = attempts.count_lost_workers(at=NOW)

    ticket.refresh_from_db()
    assert (ticket.billing_status, ticket.billing_attempts) == ("unbilled", 0)
    assert (lost, ticket.lost_workers) == (1, 1)
