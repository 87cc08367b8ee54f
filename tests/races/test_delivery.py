"""Messages delivered five times to workers that are killed at random, raced by people, the sweep and the clock."""

from __future__ import annotations

import os
import signal
import time
from random import Random

import pytest
from django.utils import timezone

from tests.factories import ClientFactory, closed_ticket
from tests.forks import fork
from tests.ledger import not_billed_once, statuses
from tests.processes import Broker, Processes, Started, becomes
from tests.races.chance import repeatable
from tickets import automation, billing, tasks

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

DELIVERIES = 5


def deliver(broker: Broker, tickets: list[int], chance: Random) -> None:
    messages = chance.sample(tickets * DELIVERIES, len(tickets) * DELIVERIES)
    broker.send(tasks.bill_ticket, [{"ticket_id": ticket} for ticket in messages])


def kill_one(worker: Started, chance: Random) -> bool:
    """kill -9 a child of the pool, whatever it is doing."""
    pool = worker.pool()
    if not pool:
        return False
    os.kill(chance.choice(pool), signal.SIGKILL)
    return True


def press_the_button(tickets: list[int], seed: int) -> None:
    for ticket in repeatable(seed).sample(tickets, len(tickets)):
        billing.bill_ticket(ticket, at=timezone.now(), by="ann", by_hand=True)
        time.sleep(0.02)


def sweep_in_small_pages(seconds: float) -> None:
    automation.PAGE = 7
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in automation.sweep(at=timezone.now()):
            time.sleep(0.1)
        time.sleep(0.1)


@pytest.mark.parametrize(("count", "kills"), [(100, 8), pytest.param(1000, 60, marks=pytest.mark.full)])
def test_I_01_no_delivery_bills_a_ticket_twice_and_none_is_lost(
    count: int, kills: int, processes: Processes, broker: Broker
):
    chance = repeatable(count)
    clients = [ClientFactory.create() for _ in range(10)]
    tickets = [closed_ticket("1.00", client=clients[n % 10]).pk for n in range(count)]
    deliver(broker, tickets, chance)
    worker = processes.worker(concurrency=4)

    rivals = [fork(press_the_button, tickets[::3], 1), fork(sweep_in_small_pages, 2.0)]
    killed = 0
    while killed < kills:
        killed += kill_one(worker, chance)
        time.sleep(chance.uniform(0.02, 0.2))
    for rival in rivals:
        rival.join(120)

    assert [rival.exitcode for rival in rivals] == [0, 0]
    assert becomes(lambda: not broker.waiting(), within=60), worker.said()
    assert becomes(lambda: list(automation.sweep(at=timezone.now())) == [], within=30)
    assert statuses(tickets) == {"billed": count}
    assert not_billed_once(tickets) == []
