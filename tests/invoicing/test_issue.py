"""Issuing gives a draft its dates, tax and sums, for ever (M-05, M-06, M-07, M-09, D-02)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.lifecycle.issue import issue_invoices, plan_issues
from invoicing.lifecycle.totals import sums_of
from invoicing.models import AuditEntry, Invoice, NumberSeries
from tests.factories import NOW, ClientFactory, configure
from tests.invoicing.documents import Item, draft, issue

pytestmark = pytest.mark.django_db


def sums(invoice):
    return invoice.subtotal_cents, invoice.tax_cents, invoice.total_cents


TAXED = [
    ((333, 333, 333), "19", (999, 190, 1189)),
    ((35000,), "8.25", (35000, 2888, 37888)),
    ((50,), "19", (50, 10, 60)),
    ((10000,), "0", (10000, 0, 10000)),
]


@pytest.mark.parametrize(("cents", "rate", "expected"), TAXED)
def test_M_05_tax_is_computed_once_per_document_and_rate(settings, cents, rate, expected):
    configure(settings, standard_tax_rate=Decimal(rate))
    invoice = draft(*cents)

    issue(invoice)

    assert sums(invoice) == expected
    assert invoice.tax_lines.count() == 1


def test_M_05_each_rate_of_a_document_has_a_tax_line_of_its_own():
    invoice = draft(Item(1000), Item(333, tax_rate=Decimal(7)), Item(333, tax_rate=Decimal(7)))

    issue(invoice)

    found = invoice.tax_lines.values_list("category", "rate", "taxable_cents", "tax_cents")
    assert set(found) == {("S", Decimal(19), 1000, 190), ("S", Decimal(7), 666, 47)}
    assert sums(invoice) == (1666, 237, 1903)
    assert set(invoice.lines.values_list("amount_cents", "tax_category", "tax_rate")) == {
        (1000, "S", Decimal(19)), (333, "S", Decimal(7)),
    }  # fmt: skip


def test_M_06_the_treatment_that_a_client_was_given_counts_for_every_line_and_states_its_reason():
    client = ClientFactory.create(country="AT", tax_category="AE", tax_rate=0, tax_reason="Reverse charge")
    invoice = draft(Item(1000), Item(333, tax_rate=Decimal(7)), client=client)

    issue(invoice)

    tax = invoice.tax_lines.get()
    assert (tax.category, tax.rate, tax.taxable_cents, tax.tax_cents) == ("AE", Decimal(0), 1333, 0)
    assert (tax.reason, sums(invoice)) == ("Reverse charge", (1333, 0, 1333))
    assert set(invoice.lines.values_list("tax_category", "tax_rate")) == {("AE", Decimal(0))}


def test_M_06_a_client_at_home_pays_the_standard_rate_and_one_told_otherwise_that():
    usual, other = draft(1000), draft(1000, client=ClientFactory.create(tax_category="S", tax_rate=7))

    issue(usual, other)

    assert (usual.tax_cents, other.tax_cents) == (190, 70)


HELD = {
    "tax category AE of client .* needs its reason": {"tax_category": "AE", "tax_rate": 0},
    "has no address, no postcode, no city": {"address_line1": " ", "postcode": "", "city": ""},
    "has no name": {"name": ""},
}


@pytest.mark.parametrize(("problem", "facts"), HELD.items(), ids=HELD.keys())
def test_a_draft_that_cannot_be_issued_stays_a_draft_and_says_why(problem, facts):
    invoice, good = draft(1000, client=ClientFactory.create(**facts)), draft(1000)

    held, issued = issue(invoice, good)

    assert (held.outcome, held.number, invoice.status, invoice.number) == ("held", "", "draft", None)
    assert re.search(problem, "; ".join(held.problems))
    assert (issued.outcome, good.number) == ("issued", "INV-2026-00001")


def test_a_draft_without_lines_is_not_issued():
    empty = Invoice.objects.create(client=ClientFactory.create(), currency="EUR", created_at=NOW)

    (plan,) = issue(empty)

    assert plan.problems == ("the draft has no lines",)
    assert not NumberSeries.objects.exists()


def test_a_rate_that_this_installation_does_not_have_holds_the_draft():
    invoice = draft(Item(1000, tax_rate=Decimal("5.50")))

    (plan,) = issue(invoice)

    assert plan.problems == (
        "a line has the tax rate 5.5 %, which is not among the rates of this installation",
    )  # fmt: skip
    with pytest.raises(ValueError, match="tax rate"):
        _ = plan.totals
    with pytest.raises(ValueError, match="tax rate"):
        _ = plan.treatments


def test_M_07_the_issue_date_is_the_day_in_the_issuer_s_zone():
    invoice = draft(1000, client=ClientFactory.create(timezone="America/New_York"))

    issue(invoice, at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))

    assert invoice.issue_on == date(2026, 2, 1)


DUE = [(None, date(2026, 3, 2)), (14, date(2026, 2, 14)), (0, date(2026, 1, 31))]


@pytest.mark.parametrize(("terms", "due"), DUE)
def test_M_09_the_due_date_follows_the_client_s_terms_or_the_setting(terms, due):
    invoice = draft(1000, client=ClientFactory.create(payment_terms_days=terms))

    issue(invoice, at=datetime(2026, 1, 31, 12, tzinfo=UTC))

    assert (invoice.issue_on, invoice.due_on) == (date(2026, 1, 31), due)


def test_an_issued_document_holds_seller_and_buyer_as_they_were():
    client = ClientFactory.create(name="Acme GmbH")
    invoice = draft(1000, client=client)
    issue(invoice)

    client.name = "Acme AG"
    client.save()

    invoice.refresh_from_db()
    buyer, seller = invoice.buyer or {}, invoice.seller or {}
    assert (buyer["name"], buyer["city"], buyer["id"]) == ("Acme GmbH", "Berlin", client.external_id)
    assert (seller["country"], bool(seller["name"])) == ("DE", True)
    assert (invoice.issued_by, invoice.issued_at) == ("petra", NOW)
    entry = AuditEntry.objects.get(action="invoice.issued")
    assert (entry.by, entry.data) == ("petra", {"number": invoice.number, "total_cents": 1190})


def test_nothing_to_pay_is_paid_at_issue():
    invoice = draft(0)

    issue(invoice)

    assert (invoice.status, invoice.total_cents) == ("paid", 0)


def test_planning_an_issue_equals_it_and_writes_nothing():
    invoices = [draft(1000), draft(333, 333, 333), draft(1000, client=ClientFactory.create(tax_category="E"))]
    keys = [invoice.pk for invoice in invoices]

    planned = plan_issues(keys, at=NOW)
    untouched = set(Invoice.objects.values_list("status", "number"))
    done = issue(*invoices)

    assert untouched == {("draft", None)}
    assert [(plan.outcome, plan.sums, plan.due_on, plan.problems) for plan in planned] == [
        (plan.outcome, plan.sums, plan.due_on, plan.problems) for plan in done
    ]


def test_the_sums_of_a_draft_are_those_of_its_issue():
    invoice = draft(333, 333, 333)

    preview = sums_of([invoice], at=NOW)[invoice.pk]
    issue(invoice)

    assert preview.totals is not None
    assert (preview.totals.subtotal, preview.totals.tax, preview.totals.total) == sums(invoice)


def test_a_hundred_documents_take_as_many_queries_as_one():
    def queries(count):
        keys = [draft(1000).pk for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            issue_invoices(keys, at=NOW, by="petra")
        return len(captured)

    assert queries(1) == queries(30)
