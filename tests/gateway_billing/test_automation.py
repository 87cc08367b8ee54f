"""Months that run by themselves: due, retried, parked; one partner's failure never touches the next (G-16, G-18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from celery.exceptions import Retry
from django.db import connection

from billing_project.queues import ROUTES, SCHEDULE
from contracts.models import Client
from gateway_billing import attempts, automation, tasks
from gateway_billing.models import MonthAttempt, MonthRun
from gateway_billing.months import month_of, run_month
from gateway_billing.partners import due_months
from invoicing.models import Heartbeat, Invoice
from invoicing.switches import stop_automation
from tests.commands.running import run
from tests.factories import configure
from tests.gateway_factories import RUN, CallFactory, CompanyFactory, ServiceChangeFactory

pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 1)


def partner_with_a_call(**facts: object) -> Client:
    company = CompanyFactory.create(**facts)
    CallFactory.create(company=company)
    assert company.managed_by is not None
    return company.managed_by


def failing_partner() -> Client:
    """Its currency was changed after it had begun to manage a company: no run can add up two currencies."""
    partner = partner_with_a_call()
    Client.objects.filter(pk=partner.pk).update(currency="USD")
    return partner


def months(partner: Client, at: datetime = RUN) -> list[str]:
    return [due.label for due in due_months(at=at, partner=partner.pk)]


def test_G_18_every_night_each_partner_with_a_due_month_gets_a_message(time_machine, caught_messages):
    time_machine.move_to(RUN)
    partner, other = partner_with_a_call(), partner_with_a_call()
    run_month(other.pk, month_of(other, "2026-01"), at=RUN)
    before = len(caught_messages())

    tasks.issue_months(from_a_newer_version=True)

    assert caught_messages()[before:] == [("gateway_billing.tasks.run_partner_months", (("partner", partner.pk),))]
    assert Heartbeat.objects.filter(pk="gateway months").exists()
    assert {entry["task"] for entry in SCHEDULE.values()} >= {tasks.issue_months.name}
    assert ROUTES["gateway_billing.tasks.*"] == {"queue": "gateway"}


@pytest.mark.parametrize(("action", "status"), [("draft", "draft"), ("issue", "open"), ("send", "open")])
def test_G_18_the_month_goes_as_far_as_the_setting_says(action, status, time_machine, settings):
    time_machine.move_to(RUN)
    configure(settings, gateway_month_action=action)
    partner = partner_with_a_call()

    tasks.run_partner_months(partner=partner.pk)
    tasks.run_partner_months(partner=partner.pk)

    assert Invoice.objects.get().status == status


def test_G_18_due_is_the_month_that_ended_in_the_partners_zone_and_what_was_left_out_since_the_first(settings):
    partner = partner_with_a_call()
    abroad = partner_with_a_call(managed_by__timezone="America/New_York")
    assert (months(partner), months(abroad)) == (["2026-01"], ["2025-12"])

    run_month(partner.pk, month_of(partner, "2025-11"), at=RUN)
    assert months(partner) == ["2025-12", "2026-01"]
    assert months(partner, datetime(2026, 1, 31, 22, 59, tzinfo=UTC)) == ["2025-12"]

    stop_automation(reason="year end", by="ann", at=RUN)
    tasks.run_partner_months(partner=partner.pk)
    assert MonthRun.objects.count() == 1


def test_G_18_a_partner_that_manages_nobody_any_more_is_due_for_what_was_left_over_alone():
    company = CompanyFactory.create(managed_until=date(2025, 12, 20))
    partner = company.managed_by
    assert partner is not None
    assert months(partner) == []

    ServiceChangeFactory.create(company=company, service_date=date(2025, 12, 10), amount=5)

    assert months(partner) == ["2026-01"]


def test_G_16_one_partners_failure_is_reported_and_the_next_is_billed():
    failing, other = failing_partner(), partner_with_a_call()

    ended = run("aggregate_month", "--month", "2026-01", "--at", RUN.isoformat(), "--format", "json")

    outcomes = {one["partner"]: (one["outcome"], one["reason"]) for one in ended.json["partners"]}
    assert ended.code == 1
    assert "1 partner failed; the others are done" in ended.err
    assert outcomes[other.external_id] == ("invoice", "")
    assert outcomes[failing.external_id][0] == "failed"
    assert "pays in EUR" in outcomes[failing.external_id][1]
    assert Invoice.objects.get().client == other


def test_G_16_a_month_that_fails_is_tried_again_and_parked_until_a_person_runs_it(time_machine):
    time_machine.move_to(RUN, tick=False)
    partner = failing_partner()
    with pytest.raises(Retry):
        tasks.run_partner_months(partner=partner.pk)
    assert months(partner) == []

    at, waits = RUN, []
    for wait in (1, 5, 15):
        at += timedelta(seconds=wait)
        waits.append(automation.run_due_months(partner.pk, at=at))

    assert waits == [5, 15, None]

    attempt = MonthAttempt.objects.get()
    assert (attempt.failures, attempt.lost_workers, attempt.next_at) == (4, 0, None)
    assert "pays in EUR" in attempt.problem
    assert automation.due_partners(at=RUN + timedelta(days=3)) == []

    Client.objects.filter(pk=partner.pk).update(currency="EUR")
    run("aggregate_month", "--partner", partner.external_id, "--month", "2026-01", "--at", RUN.isoformat())
    assert (MonthAttempt.objects.count(), Invoice.objects.count()) == (0, 1)


def test_G_16_a_month_over_which_three_workers_died_is_parked():
    partner = partner_with_a_call()
    assert [attempts.begin(partner.pk, JANUARY, at=RUN) for _ in range(4)] == [True, True, True, False]

    assert months(partner) == []
    assert "3 workers died" in MonthAttempt.objects.get().problem


def test_G_16_a_month_whose_usage_is_being_imported_is_put_off_and_no_failure_counted(monkeypatch, owner_writes):
    monkeypatch.setattr("gateway_billing.locks.PATIENCE_SECONDS", 0.0)
    partner = partner_with_a_call()
    with owner_writes(partner):
        assert automation.run_due_months(partner.pk, at=RUN) == automation.BUSY_SECONDS
        assert not MonthAttempt.objects.exists()

    assert automation.run_due_months(partner.pk, at=RUN) is None
    assert Invoice.objects.get().client == partner


def test_G_18_usage_of_a_month_that_is_over_asks_for_the_run_once_per_partner_and_transaction(
    time_machine, caught_messages
):
    time_machine.move_to(datetime(2026, 2, 10, 12, 0, tzinfo=UTC))
    company = CompanyFactory.create()
    CallFactory.create_batch(3, company=company)
    CallFactory.create(company=company, started_at=datetime(2026, 2, 9, 12, 0, tzinfo=UTC))
    CallFactory.create(company=CompanyFactory.create(managed_by=None, managed_from=None))
    ServiceChangeFactory.create(company=company)

    asked = [arguments for name, arguments in caught_messages() if name == tasks.run_partner_months.name]
    assert asked == [(("partner", company.managed_by_id),)]
    assert connection.in_atomic_block
