"""What the pages of the admin show; who may open them is in the matrix of permissions."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Claim, Invoice
from invoicing.sending import send_invoices
from invoicing.switches import stop_automation
from tests.factories import (
    NOW,
    AllocationFactory,
    AssignmentFactory,
    ContactFactory,
    ContractFactory,
    ExpenseFactory,
    RateFactory,
    TicketFactory,
    TimeEntryFactory,
)
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.models import BillingAttempt, Ticket

pytestmark = pytest.mark.django_db


def name_of(model):
    return f"{model._meta.app_label}_{model._meta.model_name}"


@pytest.fixture
def house():
    """One of everything: an issued document, a draft, a held, a skipped and a covered ticket."""
    contract = ContractFactory.create(
        included_seconds=3600, hourly_rate="90", business_hours={"mon-fri": "08:00-17:00"}
    )
    RateFactory.create(contract=contract, time_of_day="weekend", multiplier="1.5")
    AssignmentFactory.create(contract=contract)
    AllocationFactory.create(contract=contract)
    ContactFactory.create(client=contract.client)
    mixed = TicketFactory.create(client=contract.client, contract=contract)
    TimeEntryFactory.create(ticket=mixed, hours="1.10", description="Mailbox repaired")
    ExpenseFactory.create(ticket=mixed)
    covered = TicketFactory.create(client=contract.client, contract=contract)
    TimeEntryFactory.create(ticket=covered, hours="0.50")
    per_ticket = ContractFactory.create(per_ticket_rate="50")
    fee = TicketFactory.create(client=per_ticket.client, contract=per_ticket)
    TicketFactory.create(status="open")
    waiting = TicketFactory.create()
    TimeEntryFactory.create(ticket=waiting, status="draft")
    bill_tickets([covered.pk, mixed.pk, fee.pk, waiting.pk], at=NOW, by="ann")
    issued = Invoice.objects.filter(client=contract.client).get().pk
    issue_invoices([issued], at=NOW, by="ann")
    send_invoices([issued], at=NOW, by="ann")
    stop_automation(reason="stocktaking", by="ann", at=NOW)
    BillingAttempt.objects.create(ticket_ids=[fee.pk], started_at=NOW, backend_pid=1, backend_started_at=NOW)
    return mixed


def test_a_ticket_page_says_what_was_billed_and_why(house):
    page = signed_in("viewer").get(reverse("admin:tickets_ticket_change", args=[house.pk])).content.decode()

    assert "INV-2026-00001" in page
    assert "Mailbox repaired" in page
    assert "allowance of" in page
    assert "rounded up to steps of 15 min" in page
    assert "2 × 79.90 EUR = 159.80 EUR." in page


def test_a_held_ticket_says_why_and_what_billing_would_do(house):
    ticket = TicketFactory.create(client__hourly_rate=None)
    TimeEntryFactory.create(ticket=ticket, external_id="e-without-rate")
    bill_tickets([ticket.pk], at=NOW, by="ann")

    page = signed_in("viewer").get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()

    assert "No hourly rate is agreed anywhere." in page
    assert "e-without-rate" in page
    assert "What billing would do now" in page


def test_a_page_of_a_ticket_whose_terms_cannot_be_rated_still_opens():
    contract = ContractFactory.create(strategy="by_moonlight")
    ticket = TicketFactory.create(client=contract.client, contract=contract)
    TimeEntryFactory.create(ticket=ticket)

    page = signed_in("viewer").get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))

    assert "cannot be planned" in page.content.decode()
    assert "by_moonlight" in page.content.decode()


def test_a_draft_shows_the_sums_that_issuing_would_make(house):
    draft = Invoice.objects.get(status="draft")

    page = signed_in("viewer").get(reverse("admin:invoicing_invoice_change", args=[draft.pk])).content.decode()

    assert "59.50 EUR" in page
    assert "Tax S 19 % of 50.00 EUR" in page


def test_a_draft_that_cannot_be_taxed_says_what_is_missing():
    ticket = TicketFactory.create(client__tax_category="O")
    TimeEntryFactory.create(ticket=ticket)
    bill_tickets([ticket.pk], at=NOW, by="ann")

    page = signed_in("viewer").get(reverse("admin:invoicing_invoice_change", args=[Invoice.objects.get().pk]))

    assert "needs its reason" in page.content.decode()


def test_a_long_document_is_shown_page_by_page(monkeypatch, house):
    monkeypatch.setattr("invoicing.admin.invoice.LINES_A_PAGE", 1)
    issued = Invoice.objects.exclude(number=None).get()

    page = signed_in().get(reverse("admin:invoicing_invoice_change", args=[issued.pk]), {"lines": "2"}).content.decode()

    assert "2 to 2 of 2" in page
    assert "Previous lines" in page


@pytest.mark.parametrize(
    ("model", "most"), [(Ticket, 20), (Invoice, 20), (Claim, 20)], ids=["tickets", "invoices", "claims"]
)
def test_a_list_of_a_hundred_rows_takes_few_queries(model, most):
    tickets = [TicketFactory.create() for _ in range(100)]
    for ticket in tickets:
        TimeEntryFactory.create(ticket=ticket)
    bill_tickets([ticket.pk for ticket in tickets], at=NOW, by="ann")
    browser = signed_in()

    with CaptureQueriesContext(connection) as queries:
        page = browser.get(reverse(f"admin:{name_of(model)}_changelist"))

    assert len(page.context["cl"].result_list) == 100
    assert len(queries) <= most


def test_a_ticket_page_takes_as_many_queries_with_thirty_entries_as_with_one():
    counts = []
    browser = signed_in()
    for entries in (1, 30):
        ticket = TicketFactory.create()
        for _ in range(entries):
            TimeEntryFactory.create(ticket=ticket, hours="0.10")
        bill_tickets([ticket.pk], at=NOW, by="ann")
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))
        counts.append(len(queries))

    assert counts[1] <= counts[0] <= 40


def test_the_sidebar_shows_people_to_administrators_only():
    assert "People" in signed_in("administrator").get(reverse("admin:index")).content.decode()
    assert "People" not in signed_in("clerk").get(reverse("admin:index")).content.decode()


def test_times_are_shown_in_the_issuers_zone(house):
    page = signed_in("viewer").get(reverse("admin:tickets_ticket_changelist")).content.decode()

    assert "2026-01-15 17:00" in page
