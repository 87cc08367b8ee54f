"""automation: stop, resume and status of the kill switch."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from invoicing.models import AuditEntry, KillSwitch
from invoicing.switches import automation_is_stopped
from tests.commands.running import AT, run, run_read_only

pytestmark = pytest.mark.django_db


def automation(*arguments):
    return run("automation", *arguments, "--at", AT)


def test_it_runs_where_nobody_ever_stopped_it():
    assert automation("status").lines == ["automation is running"]


def test_it_is_stopped_and_resumed_with_a_reason_on_record():
    stopped = automation("stop", "--reason", "prices are wrong", "--by", "ann")
    assert automation_is_stopped()
    resumed = automation("resume", "--reason", "prices are right", "--by", "kim")

    assert not automation_is_stopped()
    assert stopped.lines == ["automation is stopped since 2026-01-16T09:00:00+01:00, by ann: prices are wrong"]
    assert resumed.lines[0].startswith("automation is running since ")
    recorded = AuditEntry.objects.order_by("pk").values_list("action", "by", "reason")
    assert list(recorded) == [
        ("automation.stopped", "ann", "prices are wrong"),
        ("automation.resumed", "kim", "prices are right"),
    ]


def test_the_status_is_there_for_scripts_too():
    automation("stop", "--reason", "prices are wrong", "--by", "ann")

    found = json.loads(automation("status", "--format", "json").out)

    assert (found["automation"], found["by"], found["reason"]) == ("stopped", "ann", "prices are wrong")
    assert found["billing_enabled"] is True


def test_the_master_switch_is_named_where_it_is_off(settings):
    settings.BILLING = replace(settings.BILLING, ticket_billing_enabled=False)

    assert automation("status").lines[1] == "ticket billing is switched off as a whole (TICKET_BILLING_ENABLED)"


@pytest.mark.parametrize("action", ["stop", "resume"])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_switching_needs_a_reason(action, reason):
    found = automation(action, "--reason", reason)

    assert (found.code, found.out) == (1, "")
    assert "--reason says why automation is switched" in found.err
    assert not KillSwitch.objects.exists()


def test_a_dry_run_switches_nothing():
    found = run_read_only("automation", "stop", "--reason", "trial", "--dry-run")

    assert (found.lines, found.err) == (["automation is running"], "dry run: nothing was written\n")


def test_an_unknown_action_is_refused():
    assert "invalid choice: 'pause'" in automation("pause").err
