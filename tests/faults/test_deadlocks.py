"""Attempts that fail: tried again after 1, 5 and 15 seconds, then set aside with the reason; the others go on."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.factories import NOW, ClientFactory, TicketFactory, TimeEntryFactory, closed_ticket, later
from tests.faults.sabotage import Sabotage
from tests.faults.test_worker import CLOSE, WEB
from tests.forks import fork
from tests.ledger import not_billed_once, statuses
from tests.processes import Processes, becomes
from tickets import automation
from tickets.models import Ticket, TimeEntry

WAITS_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


def test_T_17_a_deadlock_on_the_first_attempt_ends_in_one_invoice(processes: Processes, sabotage: Sabotage):
    ticket = TicketFactory.create(status="open")
    TimeEntryFactory.create(ticket=ticket)
    sabotage.deadlock(times=1)
    worker = processes.worker()
    processes.finish(processes.script(CLOSE, ticket.pk, env=WEB))

    assert becomes(lambda: statuses([ticket.pk])["billed"]), worker.said()

    assert sabotage.tries() == 2
    assert not_billed_once([ticket.pk]) == []
    assert worker.said().count("billing failed") == 1


def test_T_17_a_deadlock_on_all_attempts_parks_the_ticket_with_its_reason(processes: Processes, sabotage: Sabotage):
    ticket = TicketFactory.create(status="open")
    TimeEntryFactory.create(ticket=ticket)
    sabotage.deadlock(times=100)
    worker = processes.worker(env={"BILLING_RETRY_SECONDS": "1,2,3"})
    processes.finish(processes.script(CLOSE, ticket.pk, env=WEB))

    assert becomes(lambda: statuses([ticket.pk])["held"]), worker.said()

    ticket.refresh_from_db()
    assert (ticket.billing_reason, ticket.billing_attempts, ticket.lost_workers) == ("parked", 4, 0)
    assert "deadlock detected" in ticket.billing_detail
    assert sabotage.tries() == 4


def test_T_17_the_waits_are_1_5_and_15_seconds(sabotage: Sabotage):
    ticket = closed_ticket("1.00")
    sabotage.deadlock(times=100)

    waits = [automation.bill_due_ticket(ticket.pk, at=later(minutes=minute)) for minute in range(5)]

    assert waits == [1, 5, 15, None, None]
    assert statuses([ticket.pk]) == {"held": 1}
    assert sabotage.tries() == 4  # the fifth found nothing due


def test_T_17_a_ticket_is_not_tried_before_its_wait_is_over(sabotage: Sabotage):
    ticket = closed_ticket("1.00")
    sabotage.deadlock(times=100)
    automation.bill_due_ticket(ticket.pk, at=NOW)
    automation.bill_due_ticket(ticket.pk, at=later(seconds=2))

    list(automation.sweep(at=later(seconds=6)))
    assert sabotage.tries() == 2

    list(automation.sweep(at=later(seconds=7)))
    assert sabotage.tries() == 3


@pytest.mark.parametrize(("good", "bad"), [(198, 2), pytest.param(990, 10, marks=pytest.mark.full)])
def test_I_19_what_always_fails_is_parked_and_does_not_keep_the_others(sabotage: Sabotage, good: int, bad: int):
    clients = [ClientFactory.create() for _ in range(10)]
    keys = [closed_ticket("1.00", client=clients[n % 10]).pk for n in range(good + bad)]
    poisoned = keys[7 :: (good + bad) // bad][:bad]
    sabotage.poison(list(TimeEntry.objects.filter(ticket__in=poisoned).values_list("pk", flat=True)))

    list(automation.sweep(at=NOW))
    assert statuses(keys) == {"billed": good, "unbilled": bad}

    for minute in range(1, 5):
        list(automation.sweep(at=later(minutes=minute)))

    assert statuses(keys) == {"billed": good, "held": bad}
    parked = Ticket.objects.filter(billing_status="held")
    assert set(parked.values_list("pk", flat=True)) == set(poisoned)
    assert set(parked.values_list("billing_reason", "billing_attempts")) == {("parked", 4)}
    assert not_billed_once([key for key in keys if key not in poisoned]) == []


def test_I_02_what_was_parked_is_billed_once_its_cause_is_gone_and_a_person_releases_it(sabotage: Sabotage):
    ticket = closed_ticket("1.00")
    sabotage.poison(list(TimeEntry.objects.values_list("pk", flat=True)))
    for minute in range(5):
        automation.bill_due_ticket(ticket.pk, at=later(minutes=minute))
    sabotage.cure()
    assert list(automation.sweep(at=later(hours=1))) == []

    ticket.refresh_from_db()
    ticket.release(at=later(hours=2))
    list(automation.sweep(at=later(hours=2)))

    assert not_billed_once([ticket.pk]) == []


def test_a_real_deadlock_is_survived(owner: psycopg.Connection[Any]):
    """A stranger locks draft and ticket in the wrong order; the database ends the attempt to bill."""
    client = ClientFactory.create()
    automation.bill_due_ticket(closed_ticket("1.00", client=client).pk, at=NOW)
    ticket = closed_ticket("1.00", client=client)
    with owner.transaction():
        owner.execute("SELECT 1 FROM invoicing_invoice WHERE client_id = %s FOR UPDATE", [client.pk])
        billing = fork(automation.bill_due_ticket, ticket.pk, at=NOW)
        assert becomes(lambda: _ask(WAITS_FOR_A_LOCK) == 1)
        owner.execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR UPDATE", [ticket.pk])
    billing.join(30)
    ticket.refresh_from_db()
    assert (billing.exitcode, ticket.billing_status, ticket.billing_attempts) == (0, "unbilled", 1)
    assert "deadlock detected" in ticket.billing_detail

    automation.bill_due_ticket(ticket.pk, at=later(seconds=2))

    assert not_billed_once([ticket.pk]) == []


def _ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]
