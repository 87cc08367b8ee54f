"""What runs did is counted once they have committed, and counting never stands in their way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from django.db.models import Sum

from tests.factories import NOW, TicketFactory, closed_ticket
from tickets import stats
from tickets.billing import bill_tickets
from tickets.models import BillingStat
from tickets.run import BillingRun, TicketResult

pytestmark = pytest.mark.django_db

HOUR = datetime(2026, 1, 16, 8, tzinfo=UTC)


def rows() -> list[tuple[object, ...]]:
    columns = ("hour", "by_hand", "outcome", "reason", "currency")
    counted = BillingStat.objects.order_by("by_hand", "outcome").values_list(*columns)
    return list(counted.annotate(Sum("tickets"), Sum("amount_cents")))


def test_runs_of_an_hour_add_up_by_outcome_and_by_who_had_them_run(django_capture_on_commit_callbacks):
    billed = [closed_ticket("1.00"), closed_ticket("2.00")]
    empty = TicketFactory.create()
    by_hand = closed_ticket("0.50")

    with django_capture_on_commit_callbacks(execute=True):
        bill_tickets([billed[0].pk], at=NOW)
        bill_tickets([billed[1].pk, empty.pk], at=NOW)
        bill_tickets([by_hand.pk], at=NOW, by="ann", by_hand=True, reason="asked for")
        bill_tickets([billed[0].pk], at=NOW)  # settled: there is nothing to count

    assert rows() == [
        (HOUR, False, "charge", "", "EUR", 2, 24000),
        (HOUR, False, "skip", "nothing_to_bill", "", 1, 0),
        (HOUR, True, "charge", "", "EUR", 1, 4000),
    ]


def test_a_failure_is_counted_by_its_kind_and_tells_nothing_of_customers(django_capture_on_commit_callbacks):
    failed = TicketResult("t1", "1001", "c1", "failed", error="DataError: value of Ann Miller is too long")

    with django_capture_on_commit_callbacks(execute=True):
        stats.count_run(BillingRun([failed]), at=NOW, by_hand=False, milliseconds=2600)

    assert rows() == [(HOUR, False, "failed", "DataError", "", 1, 0)]
    assert list(BillingStat.objects.values_list("within_ms", "milliseconds")) == [(5000, 2600)]


def test_a_run_stands_though_it_cannot_be_counted(django_capture_on_commit_callbacks, monkeypatch):
    ticket = closed_ticket("1.00")

    def refuse(*_: object, **__: object) -> None:
        raise DataError("no room")

    monkeypatch.setattr(stats, "_write", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        run = bill_tickets([ticket.pk], at=NOW)

    assert [result.outcome for result in run.results] == ["charge"]
    assert rows() == []


def test_counting_takes_one_statement_however_many_tickets(
    django_capture_on_commit_callbacks, django_assert_num_queries
):
    results = [TicketResult(f"t{n}", str(n), "c", "skip", reason=f"reason{n % 5}") for n in range(100)]

    with django_assert_num_queries(1, connection=connection), django_capture_on_commit_callbacks(execute=True):
        stats.count_run(BillingRun(results), at=NOW, by_hand=False, milliseconds=100)

    assert sorted(BillingStat.objects.values_list("tickets", "within_ms")) == [(20, 100)] * 5
