"""The nets under the messages find everything that is due, oldest first, whatever the history (T-22)."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.locks import AlreadyRunning
from invoicing.models import Invoice
from invoicing.sources import kind_named
from invoicing.switches import AutomationOff, stop_automation
from tests.factories import (
    CLOSED,
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
)
from tickets import automation, billing
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db


def many_tickets(count, client, **facts):
    """Closed tickets, one a second, the first the oldest."""
    built = (
        TicketFactory.build(client=client, closed_at=CLOSED + timedelta(seconds=place), **facts)
        for place in range(count)
    )
    return Ticket.objects.bulk_create(built)


def with_time(tickets):
    TimeEntry.objects.bulk_create(TimeEntryFactory.build(ticket=ticket) for ticket in tickets)
    return tickets


def considered(runs):
    return [result.number for run in runs for result in run.results]


def test_a_thousand_hopeless_tickets_do_not_starve_the_one_behind_them():
    many_tickets(1000, ClientFactory.create())
    last = closed_ticket("1.00", closed_at=later(hours=-1))

    first = list(automation.catch_up(at=NOW))
    second = list(automation.catch_up(at=later(hours=1)))

    assert len(considered(first)) == 1001
    assert [run.results for run in second] == []
    assert list(Invoice.objects.values_list("client", "subtotal_cents")) == [(last.client_id, 8000)]
    assert Ticket.objects.filter(billing_reason="nothing_to_bill").count() == 1000


def test_with_a_limit_each_run_goes_on_where_the_one_before_ended():
    tickets = many_tickets(5, ClientFactory.create())

    runs = [considered(automation.catch_up(at=NOW, limit=2)) for _ in range(4)]

    numbers = [ticket.number for ticket in tickets]
    assert runs == [numbers[:2], numbers[2:4], numbers[4:], []]


def test_pages_never_repeat_nor_skip_a_ticket_even_of_one_second():
    client = ClientFactory.create()
    tickets = [*many_tickets(3, client), *many_tickets(3, client), *many_tickets(3, client)]

    pages = list(Ticket.objects.awaiting_billing().pages_of_ids(2))

    assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
    oldest_first = sorted(tickets, key=lambda ticket: (ticket.closed_at, ticket.pk))
    assert [key for page in pages for key in page] == [ticket.pk for ticket in oldest_first]


def test_pages_stop_at_the_limit():
    many_tickets(5, ClientFactory.create())

    assert [len(page) for page in Ticket.objects.all().pages_of_ids(2, 3)] == [2, 1]
    assert list(Ticket.objects.all().pages_of_ids(2, 0)) == []


def test_a_page_of_many_tickets_takes_as_many_queries_as_a_page_of_one():
    client = ClientFactory.create()
    ContractFactory.create(client=client, included_seconds=7200, per_ticket_rate=10)

    def queries(count):
        keys = [ticket.pk for ticket in with_time(many_tickets(count, client))]
        ExpenseFactory.create(ticket=Ticket.objects.get(pk=keys[0]))
        with CaptureQueriesContext(connection) as captured:
            billing.bill_tickets(keys, at=NOW)
        return len(captured)

    assert queries(1) == queries(60)


def test_what_is_due_is_found_by_its_index_alone():
    many_tickets(50, ClientFactory.create())
    due = automation.due(NOW).order_by("finished_at", "id").values_list("pk")[:10]

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = due.explain()

    assert "tickets_ticket_awaiting" in plan
    assert "Sort" not in plan


def test_two_full_runs_at_once_are_one(owner_lock):
    closed_ticket("1.00")

    with owner_lock("tickets.catch-up"), pytest.raises(AlreadyRunning, match="another catch-up is running"):
        list(automation.catch_up(at=NOW))

    assert considered(automation.catch_up(at=NOW)) != []


def test_the_sweep_and_the_catch_up_do_not_wait_for_each_other(owner_lock):
    ticket = closed_ticket("1.00")

    with owner_lock("tickets.catch-up"):
        swept = considered(automation.sweep(at=NOW))

    assert swept == [ticket.number]


@pytest.fixture
def owner_lock(owner):
    """Another connection that holds the lock of a run."""

    @contextmanager
    def hold(name):
        key = zlib.crc32(name.encode())
        owner.execute("SELECT pg_advisory_lock(%s)", [key])
        try:
            yield
        finally:
            owner.execute("SELECT pg_advisory_unlock(%s)", [key])

    return hold


def test_a_run_ends_with_its_page_when_automation_is_stopped(settings):
    first, second = closed_ticket("1.00"), closed_ticket("1.00", closed_at=later(hours=-1))
    Ticket.objects.filter(pk=second.pk).update(lost_workers=1)  # which gives it a page of its own
    runs = automation.catch_up(at=NOW)

    next(runs)
    stop_automation(reason="wrong rates", by="anna", at=NOW)

    with pytest.raises(AutomationOff):
        next(runs)
    assert set(Ticket.objects.values_list("pk", "billing_status")) == {(first.pk, "billed"), (second.pk, "unbilled")}


def test_a_sweep_that_takes_too_long_leaves_the_rest_to_the_next(monkeypatch):
    tickets = [closed_ticket("1.00"), closed_ticket("1.00", closed_at=later(hours=-1))]
    monkeypatch.setattr(automation, "SWEEP_SECONDS", -1.0)
    monkeypatch.setattr(automation, "PAGE", 1)

    first = considered(automation.sweep(at=NOW))
    second = considered(automation.sweep(at=NOW))

    assert [first, second] == [[tickets[0].number], [tickets[1].number]]


def test_with_a_delay_of_nothing_a_ticket_is_due_with_its_closing(settings):
    configure(settings, delay_minutes=0)
    closed_ticket("1.00")

    assert automation.due(CLOSED).count() == 1
    assert automation.due(CLOSED - timedelta(seconds=1)).count() == 0


@pytest.mark.django_db(transaction=True)
def test_automation_passes_over_a_ticket_that_another_holds(owner):
    held, free = closed_ticket("1.00"), closed_ticket("1.00")

    with owner.transaction():
        owner.execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR UPDATE", [held.pk])
        first = considered(automation.catch_up(at=NOW))
    second = considered(automation.catch_up(at=NOW))

    assert (first, second) == ([free.number], [held.number])


def test_units_are_named_by_the_ids_that_people_know():
    ticket = closed_ticket("1.00", external_id="t1")
    entry, expense = ticket.time_entries.get(), ExpenseFactory.create(ticket=ticket, external_id="x1")

    found = [
        kind_named(kind).references([key, 4711])
        for kind, key in (("ticket_fee", ticket.pk), ("time_entry", entry.pk), ("expense", expense.pk))
    ]

    assert found == [{ticket.pk: "t1"}, {entry.pk: entry.external_id}, {expense.pk: "x1"}]
