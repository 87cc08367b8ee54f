"""Attempts that fail: tried again after 1, 5 and 15 seconds, then set aside with the reason; the others go on."""

from __future__ import annotations

import pytest
from django.utils import timezone

import config
from tests.factories import NOW, ClientFactory, TicketFactory, TimeEntryFactory, closed_ticket, later
from tests.faults.sabotage import Sabotage
from tests.faults.test_worker import CLOSE, WEB
from tests.ledger import not_billed_once, statuses
from tests.processes import Processes, becomes
from tickets import automation
from tickets.models import Ticket, TimeEntry

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
    worker = processes.worker(env={"BILLING_RETRY_SECONDS": "1,1,2"})
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


def test_a_deadlock_between_two_people_who_hold_each_others_tickets_is_not_lost(sabotage: Sabotage):
    """The product locks in one order; a stranger's transaction does not, and billing comes through all the same."""
    ticket = closed_ticket("1.00")
    sabotage.deadlock(times=config.billing().max_retry_attempts)

    waits = [automation.bill_due_ticket(ticket.pk, at=later(minutes=minute)) for minute in range(4)]

    assert waits == [1, 5, 15, None]
    assert not_billed_once([ticket.pk]) == []
    assert Ticket.objects.get(pk=ticket.pk).billing_attempts == 0
    assert timezone.is_aware(Ticket.objects.get(pk=ticket.pk).billing_decided_at)
