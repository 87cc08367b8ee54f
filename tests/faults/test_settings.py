"""The settings that decide how faults are borne, read from processes that run with them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from celery.schedules import crontab

from billing_project.celery import app
from tests.processes import Processes

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

KINDS = ("web", "billing", "gateway", "beat", "command")
TELL = """
import json
from django.db import connection
from billing_project.celery import app
conf, transport = app.conf, app.conf.broker_transport_options
names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
with connection.cursor() as cursor:
    server = {}
    for name in names:
        cursor.execute("SELECT current_setting(%s)", [name])
        server[name] = cursor.fetchone()[0]
client = connection.settings_dict["OPTIONS"]
print(json.dumps({
    "transport": dict(transport), "server": server,
    "client": {name: client.get(name) for name in ("connect_timeout", "keepalives")},
    "health_checks": connection.settings_dict["CONN_HEALTH_CHECKS"], "age": connection.settings_dict["CONN_MAX_AGE"],
    "limits": [conf.task_time_limit, conf.task_soft_time_limit], "publish_retry": conf.task_publish_retry,
}))
"""


@pytest.fixture
def told(processes: Processes) -> dict[str, dict[str, Any]]:
    """What a process of each kind says about itself."""
    started = {kind: processes.script(TELL, env={"PROCESS": kind}) for kind in KINDS}
    return {kind: json.loads(processes.finish(script).splitlines()[-1]) for kind, script in started.items()}


def test_every_kind_of_process_bears_faults_as_promised(told: dict[str, dict[str, Any]]):
    assert {kind: say["server"]["statement_timeout"] for kind, say in told.items()} == {
        "web": "30s", "billing": "2min", "gateway": "0", "beat": "0", "command": "0",
    }  # fmt: skip
    assert {kind: say["transport"]["socket_timeout"] for kind, say in told.items()} == {
        "web": 1, "billing": 5, "gateway": 5, "beat": 5, "command": 1,
    }  # fmt: skip
    assert {kind: say["transport"]["socket_connect_timeout"] for kind, say in told.items()} == {
        "web": 1, "billing": 2, "gateway": 2, "beat": 2, "command": 1,
    }  # fmt: skip
    assert {kind: say["transport"]["visibility_timeout"] for kind, say in told.items()} == {
        "web": 300, "billing": 300, "gateway": 3600, "beat": 300, "command": 300,
    }  # fmt: skip
    assert {kind: say["limits"] for kind, say in told.items() if kind in ("billing", "gateway")} == {
        "billing": [120, 90], "gateway": [1800, 1770],
    }  # fmt: skip
    assert {kind: say["age"] for kind, say in told.items()} == {
        "web": None, "billing": None, "gateway": None, "beat": 0, "command": 0,
    }  # fmt: skip
    for say in told.values():
        assert say["server"]["lock_timeout"] == "5s"
        assert say["server"]["idle_in_transaction_session_timeout"] == "1min"
        assert say["server"]["TimeZone"] == "UTC"
        assert say["client"] == {"connect_timeout": 3, "keepalives": 1}
        assert say["health_checks"] is True
        assert say["publish_retry"] is False
        assert say["transport"]["unacked_restore_interval"] == 5
        assert say["transport"]["unacked_restore_throttle"] == 1
        assert say["transport"]["socket_keepalive"] is True
        assert say["transport"]["health_check_interval"] == 15
    # Who publishes while a person waits tries once.
    assert {kind: say["transport"].get("max_retries") for kind, say in told.items()} == {
        "web": 0, "command": 0, "billing": None, "gateway": None, "beat": None,
    }  # fmt: skip


KEEPS_TASKS = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_time_limit": 120,
    "task_soft_time_limit": 90,
    "task_publish_retry": False,
    "task_serializer": "json",
    "task_ignore_result": True,
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 500,
    "worker_soft_shutdown_timeout": 20,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "accept_content": ["json"],
    "result_backend": None,
    "timezone": "UTC",
    "enable_utc": True,
}


def test_a_running_worker_has_the_settings_that_keep_tasks(processes: Processes):
    worker = processes.worker(concurrency=1)
    asking = processes.celery("inspect", "conf", "--json")

    (running,) = json.loads(processes.finish(asking).splitlines()[-1]).values()

    found = {name: running.get(name, running.get(f"CELERY_{name.upper()}")) for name in KEEPS_TASKS}
    assert found == KEEPS_TASKS, worker.said()


def test_T_17_the_clock_sweeps_every_15_seconds_and_catches_up_hourly_in_utc():
    schedule = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    assert schedule["tickets.tasks.sweep"] == timedelta(seconds=15)
    assert schedule["tickets.tasks.catch_up_tickets"] == crontab(minute="7")
    assert str(app.conf.timezone) == "UTC"
    assert app.conf.enable_utc is True


@pytest.mark.parametrize("task", ["bill_ticket", "sweep", "catch_up_tickets"])
def test_T_17_ticket_billing_has_a_queue_of_its_own(task: str):
    route = app.amqp.router.route({}, f"tickets.tasks.{task}")

    assert route["queue"].name == "billing"


def test_what_the_clock_sends_expires_before_it_sends_it_again():
    for entry in app.conf.beat_schedule.values():
        every = entry["schedule"]
        if isinstance(every, crontab):
            times = vars(every)
            every = timedelta(days=1) / len(times["hour"]) / len(times["minute"])
        assert timedelta(0) < timedelta(seconds=entry["options"]["expires"]) <= every
