"""What a page costs does not depend on how many tickets, documents or lines are on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.models import Invoice, InvoiceLine
from tests.commands.running import AT, run
from tests.factories import CLOSED, ClientFactory, ContractFactory, TicketFactory, TimeEntryFactory
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db

PLAN_QUERIES = 16
BILL_QUERIES = 40
ISSUE_QUERIES = 14
EXPORT_QUERIES = 10


def make_tickets(count):
    """So many closed tickets of one hour, of one client; the first of them are covered by its contract."""
    client = ClientFactory.create(external_id="acme")
    ContractFactory.create(client=client, included_tickets=2)
    tickets = Ticket.objects.bulk_create(
        TicketFactory.build(client=client, closed_at=CLOSED + timedelta(seconds=place)) for place in range(count)
    )
    TimeEntry.objects.bulk_create(TimeEntryFactory.build(ticket=ticket) for ticket in tickets)


def queries_of(name, *arguments):
    """What the command printed, and how many statements it took."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ended = run(name, "--at", AT, *arguments) if name != "export_invoices" else run(name, *arguments)
    assert ended.code == 0, ended.err
    return ended, len(captured)


@pytest.mark.parametrize("count", [1, 1000])
def test_planning_a_page_takes_a_bounded_number_of_queries(count):
    make_tickets(count)

    planned, queries = queries_of("bill_tickets", "--dry-run", "--format", "json")

    assert len(planned.json["tickets"]) == count
    assert queries <= PLAN_QUERIES


@pytest.mark.parametrize("how", [[], ["--client", "acme"]])
@pytest.mark.parametrize("count", [1, 1000])
def test_billing_a_page_takes_a_bounded_number_of_queries(count, how):
    make_tickets(count)

    billed, queries = queries_of("bill_tickets", "--format", "json", *how)

    assert len(billed.json["tickets"]) == count
    assert queries <= BILL_QUERIES


def test_a_dry_run_of_a_thousand_tickets_equals_the_run():
    make_tickets(1000)

    planned, _ = queries_of("bill_tickets", "--dry-run", "--format", "json")
    billed, _ = queries_of("bill_tickets", "--format", "json")

    assert planned.json["summary"] == billed.json["summary"]
    assert billed.json["summary"]["covered"] == 2
    assert billed.json["summary"]["subtotal_cents"] == {"EUR": 998 * 8000}


def make_drafts(count, lines):
    """So many drafts of a person, each with so many lines."""
    for number in range(count):
        client = ClientFactory.create(external_id=f"c{number}")
        draft = Invoice.objects.create(client=client, currency="EUR", created_at=AT)
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=draft, position=place + 1, kind="charge", description="Rack", quantity=1, unit_price=10,
                amount_cents=1000, explanation={},
            )
            for place in range(lines)
        )  # fmt: skip
        Invoice.objects.filter(pk=draft.pk).update(subtotal_cents=1000 * lines, line_count=lines)


@pytest.mark.parametrize("count", [1, 60])
def test_issuing_a_page_takes_a_bounded_number_of_queries(count):
    make_drafts(count, lines=2)

    issued, queries = queries_of("issue_invoices", "--format", "json")

    assert issued.json["summary"]["issued"] == count
    assert queries <= ISSUE_QUERIES


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (100, 4)])
def test_exporting_a_page_takes_a_bounded_number_of_queries(count, lines):
    make_drafts(count, lines)

    exported, queries = queries_of("export_invoices")

    assert len(exported.lines) == count
    assert queries <= EXPORT_QUERIES
