"""A partner's month against other runs, open imports and death: one invoice, and no usage lost (I-07, P4, P8)."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction

from contracts.models import Client
from gateway_billing import automation
from gateway_billing.models import Call, LateUnit, MonthAttempt, MonthRun
from gateway_billing.months import ISSUE, month_of, run_month
from invoicing.locks import AlreadyRunning
from invoicing.models import Claim, Invoice
from tests.faults.points import Trap, at_every_moment
from tests.forks import fork, together
from tests.gateway_factories import IN_JANUARY, RUN, CallFactory, CompanyFactory, OutputFactory, ServiceCaseFactory

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def partner() -> Client:
    company = CompanyFactory.create()
    CallFactory.create_batch(5, company=company)
    OutputFactory.create(company=company)
    ServiceCaseFactory.create_batch(5, company=company)
    assert company.managed_by is not None
    return company.managed_by


def january(partner: Client) -> object:
    return run_month(partner.pk, month_of(partner, "2026-01"), at=RUN)


def by_command(partner: Client) -> None:
    call_command("aggregate_month", partner=partner.external_id, at=RUN.isoformat(), month="2026-01", stdout=_Nowhere())


class _Nowhere:
    def write(self, text: str) -> None:
        """Nobody reads it."""

    def flush(self) -> None:
        """Nothing is kept."""


def by_beat(partner: Client) -> None:
    try:
        automation.run_due_months(partner.pk, at=RUN)
    except AlreadyRunning:
        return


def test_I_07_twenty_runs_at_once_make_one_invoice(partner: Client):
    runs: list[Callable[[], object]] = [
        partial(january, partner),
        partial(by_command, partner),
        partial(by_beat, partner),
    ]

    assert together([runs[n % 3] for n in range(20)]) == [0] * 20

    assert Invoice.objects.get().subtotal_cents == 5 * 120 + 5 * 50
    assert MonthRun.objects.count() == 1
    assert Claim.objects.count() == 10
    assert not MonthAttempt.objects.exists()


def test_G_04_what_an_open_import_has_written_is_waited_for_and_what_comes_after_the_closing_is_late(partner: Client):
    company = Client.objects.get(managed_by=partner)
    written, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            CallFactory.create(external_id="open", company=company)
            written.set()
            go_on.wait(10)
        connections.close_all()

    importer = threading.Thread(target=write)
    importer.start()
    written.wait(10)
    runner = fork(january, partner)
    time.sleep(0.3)
    assert not Invoice.objects.exists()
    go_on.set()
    importer.join()
    runner.join(20)

    assert runner.exitcode == 0
    assert Call.objects.billed().count() == 6
    Call.objects.create(external_id="after", company=company, started_at=IN_JANUARY, duration_seconds=1, status="ended")
    assert LateUnit.objects.get().partner == partner


@pytest.fixture
def usage_is_locked(partner: Client) -> Iterator[None]:
    """Somebody writes usage for as long as the test takes."""
    from tests.conftest import owner_connection

    with owner_connection() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock_shared(27262, %s::int)", [partner.pk])
        yield


def test_G_16_a_worker_that_dies_is_counted_and_the_next_one_does_the_month(partner: Client, usage_is_locked):
    def lost() -> int | None:
        return MonthAttempt.objects.values_list("lost_workers", flat=True).first()

    worker = fork(automation.run_due_months, partner.pk, at=RUN)
    end = time.monotonic() + 10
    while not lost() and time.monotonic() < end:
        time.sleep(0.02)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()

    assert (worker.exitcode, lost()) == (-signal.SIGKILL, 1)
    assert not Invoice.objects.exists()
    assert connection.is_usable()


def test_P4_a_statement_that_fails_at_any_moment_leaves_no_half_of_a_month(partner: Client):
    def fail() -> None:
        raise OperationalError("the line broke")

    def run_into(trap: Trap) -> None:
        with at_every_moment(trap.reach), contextlib.suppress(OperationalError):
            run_month(partner.pk, month_of(partner, "2026-01"), at=RUN, action=ISSUE)

    moment, counted = 0, Trap(fail)
    while not Invoice.objects.exists():
        assert not Claim.objects.exists()
        moment += 1
        counted = Trap(fail, at=moment)
        run_into(counted)

    assert counted.moments[-1] == "after commit"
    assert (Invoice.objects.get().number, MonthRun.objects.count()) == ("AGG-2026-02-001", 1)
    assert Claim.objects.count() == 10
