"""Every night the charges that are due are billed; a switch or another run is no failure (T-01, T-26)."""

from __future__ import annotations

import pytest
from celery.schedules import crontab

from billing_project.queues import ROUTES, SCHEDULE
from invoicing import tasks
from invoicing.models import Heartbeat, InvoiceLine
from invoicing.switches import stop_automation
from tests.factories import NOW, RecurringChargeFactory

pytestmark = pytest.mark.django_db


def test_the_task_bills_what_is_due_and_leaves_its_heartbeat(sent, time_machine):
    time_machine.move_to(NOW)
    RecurringChargeFactory.create()

    tasks.bill_recurring_charges(from_a_newer_version=True)

    assert InvoiceLine.objects.get().amount_cents == 22800
    assert Heartbeat.objects.get().pk == "recurring charges"
    assert sent == []


def test_a_stopped_automation_bills_nothing_and_fails_nothing(sent, time_machine):
    time_machine.move_to(NOW)
    RecurringChargeFactory.create()
    stop_automation(reason="wrong prices", by="anna", at=NOW)

    tasks.bill_recurring_charges()

    assert InvoiceLine.objects.count() == 0
    assert Heartbeat.objects.exists()


def test_a_run_that_takes_long_asks_for_the_next_one(sent, time_machine, monkeypatch):
    time_machine.move_to(NOW)
    monkeypatch.setattr("invoicing.charges.selection.PAGE", 1)
    monkeypatch.setattr(tasks, "RUN_SECONDS", -1.0)
    RecurringChargeFactory.create_batch(2)

    tasks.bill_recurring_charges()

    assert InvoiceLine.objects.count() == 1
    assert sent == ["invoicing.tasks.bill_recurring_charges"]


def test_the_task_runs_every_night_on_the_queue_of_billing():
    planned = SCHEDULE["bill recurring charges"]

    assert planned["task"] == tasks.bill_recurring_charges.name
    assert planned["schedule"] == crontab(hour="3", minute="10")
    assert ROUTES["invoicing.tasks.*"] == {"queue": "billing"}
