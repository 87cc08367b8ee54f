"""The kill switch: automation stops within seconds wherever it runs, loses nothing, and goes on."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from invoicing.stored_settings import store_setting
from invoicing.switches import AutomationOff, resume_automation, stop_automation
from tests.factories import NOW, ClientFactory, closed_ticket
from tests.faults.sabotage import Sabotage
from tests.forks import fork
from tests.ledger import not_billed_once, statuses
from tests.processes import Broker, Processes, becomes
from tickets import automation, billing, tasks

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


def tickets_of(clients: int, each: int) -> list[int]:
    owners = [ClientFactory.create() for _ in range(clients)]
    return [closed_ticket("1.00", client=owner).pk for owner in owners for _ in range(each)]


@pytest.mark.parametrize("count", [100, pytest.param(2000, marks=pytest.mark.full)])
def test_I_24_workers_stop_within_ten_seconds_and_go_on_without_loss(count: int, processes: Processes, broker: Broker):
    tickets = tickets_of(10, count // 10)
    worker = processes.worker()
    broker.send(tasks.bill_ticket, [{"ticket_id": ticket} for ticket in tickets])
    assert becomes(lambda: statuses(tickets)["billed"] > 5), worker.said()

    stop_automation(reason="wrong rates", by="ann", at=timezone.now())
    stopped = time.monotonic()
    assert becomes(lambda: "automation_off" in worker.said(), within=10), worker.said()
    assert time.monotonic() - stopped < 10
    time.sleep(0.5)  # what was in the middle is through
    billed = statuses(tickets)["billed"]
    assert 0 < billed < count
    assert becomes(lambda: not broker.waiting(), within=60)
    assert statuses(tickets)["billed"] == billed

    resume_automation(reason="rates corrected", by="ann", at=timezone.now())

    # The worker may still hold a message that it took before: then it has the ticket, and the sweep passes over it.
    assert becomes(lambda: not list(automation.sweep(at=timezone.now())) and statuses(tickets)["billed"] == count)
    assert not_billed_once(tickets) == []


def test_I_24_a_sweep_in_the_middle_of_its_pages_stops(sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(automation, "PAGE", 5)
    tickets = tickets_of(4, 5)
    sabotage.close_gate()
    sweeping = fork(_sweep_until_stopped)
    assert becomes(sabotage.waiting)

    stop_automation(reason="wrong rates", by="ann", at=NOW)
    sabotage.open_gate()
    sweeping.join(10)

    assert sweeping.exitcode == 0
    assert statuses(tickets) == {"billed": 5, "unbilled": 15}
    resume_automation(reason="rates corrected", by="ann", at=NOW)
    list(automation.sweep(at=NOW))
    assert not_billed_once(tickets) == []


def test_T_01_billing_by_hand_goes_on_while_automation_is_stopped():
    ticket = closed_ticket("1.00")
    stop_automation(reason="wrong rates", by="ann", at=NOW)

    with pytest.raises(AutomationOff):
        list(automation.sweep(at=NOW))
    billing.bill_ticket(ticket.pk, at=NOW, by="ann", by_hand=True)

    assert not_billed_once([ticket.pk]) == []


def _sweep_until_stopped() -> None:
    with pytest.raises(AutomationOff):
        list(automation.sweep(at=NOW))


TELL_DUE_DAYS = """
import time, config
told = None
while True:
    now = config.billing().due_days
    if now != told:
        print(now, flush=True)
        told = now
    time.sleep(0.05)
"""


@pytest.mark.full
def test_I_24_another_process_goes_by_a_stored_setting_within_ten_seconds(processes: Processes):
    teller = processes.script(TELL_DUE_DAYS)
    assert becomes(lambda: "30" in teller.said()), teller.said()

    store_setting("BILLING_DUE_DAYS", "77", seen=None, reason="new terms", by="ann", at=timezone.now())
    stored = time.monotonic()

    assert becomes(lambda: "77" in teller.said(), within=10), teller.said()
    assert time.monotonic() - stored < 10
