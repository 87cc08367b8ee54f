"""I-25: what goes wrong is seen, told once, and told again when it is over."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_project.queues import SCHEDULE
from gateway_billing.models import MonthAttempt
from invoicing.models import Anomaly, AuditEntry, Heartbeat, Job, Mail, StripeCall, StripeEvent
from invoicing.switches import stop_automation
from office import tasks
from office.alerts import CONDITIONS, GAUGES, current_alerts, readings
from office.alerts.gauges import QUICK, SILENCE
from office.alerts.mailing import queue_mails
from office.alerts.rules import BEYOND, text
from tests.factories import NOW, ClientFactory, TicketFactory, configure

ROOT = Path(__file__).resolve().parents[2]
AGO = NOW - timedelta(hours=2)
# Of the promise that nothing fails silently: the conditions that keep it.
PROMISED = {
    "oldest unbilled age": {"tickets_wait"},
    "pending units": {"mails_wait", "stripe_calls_wait", "jobs_wait", "files_wait"},
    "parked units": {
        "tickets_parked", "months_parked", "mails_parked", "stripe_calls_parked", "stripe_documents_parked",
        "stripe_events_parked", "jobs_parked",
    },
    "unprocessed events": {"stripe_events_wait"},
    "worker heartbeat": {"heartbeat_missing"},
    "missing aggregate on day 2": {"aggregate_missing"},
    "Stripe difference": {"stripe_differs"},
}  # fmt: skip


def test_the_rules_of_prometheus_are_those_of_the_house_and_name_what_it_measures():
    file = (ROOT / "docker" / "prometheus-alerts.yml").read_text()
    (group,) = yaml.safe_load(file)["groups"]
    measured = {gauge.name for gauge in GAUGES} | {"billing_database_up"}
    guide = (ROOT / "docs" / "operations.md").read_text()

    assert file == text(), "print them again: manage.py check_alerts --rules > docker/prometheus-alerts.yml"
    assert len(group["rules"]) == len(CONDITIONS) + len(BEYOND)
    for rule in group["rules"]:
        assert set(re.findall(r"billing_\w+", rule["expr"])) <= measured
        assert f"\n#### {rule['annotations']['runbook_url'].partition('#')[2]}\n" in guide


def test_everything_that_must_not_fail_silently_has_its_alert():
    names = {condition.name for condition in CONDITIONS}

    assert len(names) == len(CONDITIONS)
    assert [promise for promise, kept in PROMISED.items() if not kept <= names] == []
    assert {name for name in SILENCE if SILENCE[name] <= QUICK} >= {"sweep", "mail", "stripe events", "jobs"}
    assert SCHEDULE["look for what is wrong"]["task"] == tasks.check_alerts.name


def all_is_well() -> None:
    Heartbeat.objects.bulk_create(Heartbeat(name=name, at=NOW) for name in SILENCE)


def everything_fails() -> None:
    """Something of each kind waits for too long or was given up."""
    client = ClientFactory.create(is_partner=True)
    told = {"queued_at": AGO, "queued_by": "system", "next_at": AGO}
    Mail.objects.create(key="a", purpose="alert", to=["a@b.example"], **told)
    Mail.objects.create(key="b", purpose="alert", to=["a@b.example"], status="parked", **told)
    StripeCall.objects.create(key="c", purpose="customer", client=client, **told)
    StripeCall.objects.create(key="d", purpose="customer", client=client, status="parked", **told)
    StripeCall.objects.create(key="h", purpose="ready", client=client, status="parked", **told)
    for event, status in (("evt_1", "pending"), ("evt_2", "parked")):
        StripeEvent.objects.create(event_id=event, event_type="x", payload=b"{}", received_at=AGO, next_at=AGO,
                                   status=status)  # fmt: skip
    Job.objects.create(key="e", kind="x", queued_at=AGO, queued_by="ann")
    Job.objects.create(key="f", kind="x", queued_at=AGO, queued_by="ann", status="failed")
    Anomaly.objects.create(key="g", kind="missing_at_stripe", text="?", found_at=AGO)
    MonthAttempt.objects.create(partner=client, period_start="2025-11-01")
    TicketFactory.create(status="closed", closed_at=AGO)
    TicketFactory.create(status="closed", closed_at=AGO, billing_status="held", billing_reason="parked")
    Heartbeat.objects.filter(pk="sweep").update(at=AGO)
    AuditEntry.objects.create(at=AGO, by="ann", action="x", subject_kind="x")
    stop_automation(reason="prices", by="ann", at=NOW)


@pytest.mark.django_db
def test_each_thing_that_goes_wrong_is_seen_in_a_bounded_number_of_queries():
    all_is_well()
    assert current_alerts(at=NOW) == []
    everything_fails()

    with CaptureQueriesContext(connection) as queries:
        found = {alert.name: alert for alert in current_alerts(at=NOW)}

    seldom = {"issuing_refused", "broker_down", "queue_long", "billing_off", "files_wait"}
    assert found.keys() == {condition.name for condition in CONDITIONS} - seldom
    assert found["heartbeat_missing"].values == {"sweep": 6600}
    assert found["tickets_wait"].sentence == "Tickets that are due are not billed. (115 min)"
    assert found["stripe_differs"].values == {"missing_at_stripe": 1}
    assert len(queries) <= 13


@pytest.mark.django_db
def test_an_installation_where_nothing_has_run_yet_says_so():
    names = {name for reading in readings(at=NOW) if reading.gauge.name == "billing_heartbeat_overdue_seconds"
             for name, overdue in reading.values.items() if overdue}  # fmt: skip

    assert names == {name for name, allowed in SILENCE.items() if allowed <= QUICK}


@pytest.mark.django_db
def test_a_month_is_missing_on_the_second_day_and_not_on_the_first():
    partner = ClientFactory.create(is_partner=True)
    MonthAttempt.objects.create(partner=partner, period_start="2025-12-01", next_at=NOW)

    def missing(day: int) -> int:
        at = datetime(2026, 1, day, 12, tzinfo=UTC)
        return next(one.values[""] for one in readings(at=at) if one.gauge.name == "billing_missing_aggregates")

    assert (missing(1), missing(2), missing(31)) == (0, 1, 1)


def tell_ops(settings) -> None:
    mail = replace(settings.BILLING.mail, alerts_to="ops@house.example", redirect_to="trial@house.example")
    configure(settings, mail=replace(mail, sender="billing@house.example"))


def told() -> list[str]:
    return [key.removeprefix("alert:") for key in Mail.objects.order_by("pk").values_list("key", flat=True)]


@pytest.mark.django_db
def test_each_alert_is_mailed_once_a_day_and_once_more_when_it_is_over(settings):
    tell_ops(settings)
    all_is_well()
    Job.objects.create(key="f", kind="x", queued_at=AGO, queued_by="ann", status="failed")
    wrong = current_alerts(at=NOW)
    day = NOW.date()

    assert [queue_mails(wrong, at=NOW), queue_mails(wrong, at=NOW), queue_mails([], at=NOW)] == [1, 0, 1]
    assert [queue_mails([], at=NOW), queue_mails(wrong, at=NOW)] == [0, 1]
    tomorrow = NOW + timedelta(days=1)
    assert [queue_mails(wrong, at=tomorrow), queue_mails(wrong, at=tomorrow)] == [1, 0]
    assert queue_mails([], at=tomorrow + timedelta(days=1)) == 1
    assert told() == [
        f"{day}:jobs_parked:1", f"{day}:jobs_parked:2", f"{day}:jobs_parked:3",
        f"{tomorrow.date()}:jobs_parked:1", f"{tomorrow.date() + timedelta(days=1)}:jobs_parked:2",
    ]  # fmt: skip
    first = Mail.objects.earliest("pk")
    assert (first.to, first.subject, first.queued_by) == (
        ["ops@house.example"],
        "Billing: Jobs failed. (1)",
        "alerts",
    )
    assert "docs/operations.md#jobs-parked" in first.body
    assert all(queue_mails(these, at=NOW) in (0, 1) for these in ([], wrong) * 9)
    assert sum(key.startswith(f"{day}:") for key in told()) <= 6


@pytest.mark.django_db
def test_without_an_address_nobody_is_told_and_the_command_still_says_it(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("check_alerts", "--mail", "--format", "json", at=NOW.isoformat())

    assert ended.value.code == 1
    assert "heartbeat_missing" in capsys.readouterr().out
    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_alert_leaves_although_the_worker_that_sends_mail_is_away(settings, mailoutbox):
    tell_ops(settings)
    stop_automation(reason="prices", by="ann", at=NOW)

    tasks.check_alerts()

    assert any("A recurring job has not run" in mail.subject for mail in mailoutbox)
    assert Heartbeat.objects.filter(pk="alerts").exists()
