"""One ticket, through real workers: billed within moments, in few queries, and once when its worker is killed."""

from __future__ import annotations

import os
import signal

import pytest
from django.utils import timezone

from tests.factories import ClientFactory, TicketFactory, TimeEntryFactory, closed_ticket
from tests.faults.points import statements
from tests.faults.sabotage import Sabotage
from tests.ledger import book_of, not_billed_once, statuses
from tests.processes import Broker, Processes, becomes
from tickets import automation, tasks
from tickets.models import BillingAttempt, Ticket

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

WEB = {"PROCESS": "web"}
CLOSE = """
import sys
from django.utils import timezone
from tickets.lifecycle import close_ticket
for key in sys.argv[1:]:
    close_ticket(int(key), at=timezone.now(), by="kim")
"""
SWEEP_NOW_AND_AGAIN = """
import time
from tickets import tasks
while True:
    tasks.sweep.apply_async()
    time.sleep(0.7)
"""


def open_ticket() -> Ticket:
    ticket = TicketFactory.create(status="open")
    TimeEntryFactory.create(ticket=ticket)
    return ticket


def test_a_ticket_closed_by_a_person_is_billed_by_the_running_worker(processes: Processes):
    ticket = open_ticket()
    worker = processes.worker()

    processes.finish(processes.script(CLOSE, ticket.pk, env=WEB))

    assert becomes(lambda: statuses([ticket.pk])["billed"]), worker.said()
    assert not_billed_once([ticket.pk]) == []
    assert book_of(ticket.pk)["documents"] == [("draft", "invoice", 8000, 1, "EUR")]


def test_the_task_bills_one_ticket_in_at_most_25_queries():
    ticket = closed_ticket("1.00", "0.50", "0.25")

    with statements() as sent:
        tasks.bill_ticket.run(ticket_id=ticket.pk)

    assert statuses([ticket.pk]) == {"billed": 1}
    assert len(sent) <= 25, sent


def test_the_clock_finds_what_a_killed_worker_left_and_what_was_closed_without_a_message(
    processes: Processes, sabotage: Sabotage, broker: Broker
):
    ticket, silent = open_ticket(), open_ticket()
    sabotage.close_gate()
    processes.beat()
    first = processes.worker()
    processes.finish(processes.script(CLOSE, ticket.pk, env=WEB))
    assert becomes(sabotage.waiting), first.said()

    first.kill()
    broker.client.flushdb()
    Ticket.objects.filter(pk=silent.pk).update(status="closed")
    sabotage.open_gate()
    second = processes.worker()

    assert becomes(lambda: statuses([ticket.pk, silent.pk])["billed"] == 2, within=120), second.said()
    assert not_billed_once([ticket.pk, silent.pk]) == []
    assert '"times": 1' in next(line for line in second.said().splitlines() if "worker lost" in line)
    assert not BillingAttempt.objects.exists()


def test_a_worker_goes_on_when_one_of_its_children_was_killed(processes: Processes, sabotage: Sabotage):
    first, other = open_ticket(), open_ticket()
    sabotage.close_gate()
    worker = processes.worker(concurrency=1)
    processes.finish(processes.script(CLOSE, first.pk, env=WEB))
    assert becomes(sabotage.waiting), worker.said()

    for child in worker.pool():
        os.kill(child, signal.SIGKILL)
    sabotage.open_gate()
    processes.finish(processes.script(CLOSE, other.pk, env=WEB))

    assert becomes(lambda: statuses([other.pk])["billed"]), worker.said()
    assert becomes(lambda: list(automation.sweep(at=timezone.now())) == [])
    assert not_billed_once([first.pk, other.pk]) == []


def test_a_ticket_that_kills_every_worker_is_parked_and_the_others_are_billed(processes: Processes):
    poison = closed_ticket("1.00", number="POISON", client=ClientFactory.create())
    others = [closed_ticket("1.00").pk for _ in range(5)]
    worker = processes.worker(app="tests.faults.poisoned_app")

    processes.script(SWEEP_NOW_AND_AGAIN)

    assert becomes(lambda: statuses([poison.pk, *others]) == {"held": 1, "billed": 5}, within=30), worker.said()
    poison.refresh_from_db()
    assert (poison.billing_reason, poison.billing_attempts) == ("parked", 0)
    assert poison.lost_workers >= 3
    assert "workers died" in poison.billing_detail
    assert not_billed_once(others) == []
