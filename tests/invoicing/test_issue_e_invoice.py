"""A draft whose client wants an electronic invoice is issued only where that is valid; no number is lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.documents.content import content_of, draft_content, lines_of
from invoicing.documents.einvoice import problems_of, xml_of
from invoicing.documents.einvoice.facts import amount
from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.issue import plan_issues
from invoicing.lifecycle.snapshots import seller_snapshot
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Discount, Invoice, NumberSeries
from tests.factories import DAY, NOW, ClientFactory, configure
from tests.invoicing.documents import Item, draft, issue

pytestmark = pytest.mark.django_db

LEITWEG = "04011000-12345-03"


def authority(**facts):
    return ClientFactory.create(external_id="amt", e_invoice="xrechnung_ubl", **facts)


def test_a_draft_without_a_Leitweg_ID_is_held_in_the_preview_and_at_issue_and_gets_no_number():
    invoice = draft(1000, client=authority())
    (planned,) = plan_issues([invoice.pk], at=NOW)

    (held,) = issue(invoice)

    assert held.problems == planned.problems == ("BR-DE-15: client amt has no Leitweg-ID (buyer reference)",)
    assert (invoice.status, NumberSeries.objects.exists()) == ("draft", False)
    invoice.client.leitweg_id = LEITWEG
    invoice.client.save()
    assert issue(invoice)[0].number == "INV-2026-00001"
    assert problems_of(content_of(invoice), "xrechnung_ubl") == []


def test_services_and_goods_for_a_client_outside_the_EU_are_held_only_where_an_e_invoice_is_wanted(settings):
    plain = draft(1000, Item(500, goods=True), client=ClientFactory.create(country="CH"))
    wanting = draft(1000, Item(500, goods=True), client=ClientFactory.create(country="CH", e_invoice="zugferd"))

    issued, held = issue(plain, wanting)

    assert (issued.outcome, held.outcome) == ("issued", "held")
    assert held.problems[0].startswith("BR-O-11: ")
    configure(settings, e_invoice="zugferd")
    again = draft(1000, Item(500, goods=True), client=ClientFactory.create(country="CH"))
    assert plan_issues([again.pk], at=NOW)[0].problems == held.problems  # the installation's own format counts as well


def test_what_is_checked_before_the_number_is_what_the_issued_document_says(settings):
    configure(settings, seller=replace(settings.BILLING.seller, phone="+49 30 1234567"))
    client = authority(leitweg_id=LEITWEG)
    Discount.objects.create(client=client, month=DAY.replace(day=1), amount_cents=150, reason="Treue")
    invoice = draft(1000, Item(500, tax_rate=Decimal(7)), client=client)
    (plan,) = plan_issues([invoice.pk], at=NOW)
    before = draft_content(
        invoice, lines_of([invoice.pk])[invoice.pk], plan.sums,
        issue_on=plan.issue_on, due_on=plan.due_on, seller=seller_snapshot(), buyer=plan.buyer or {},
    )  # fmt: skip

    issue(invoice)

    after = content_of(invoice)
    assert replace(before, number=after.number, taxes=()) == replace(after, taxes=())
    assert {tax.rate: tax for tax in before.taxes} == {tax.rate: tax for tax in after.taxes}


@pytest.mark.parametrize("wanted", ["zugferd", "xrechnung_cii", "xrechnung_ubl"])
def test_what_takes_a_document_back_is_a_valid_e_invoice_too(wanted):
    client = ClientFactory.create(e_invoice=wanted, leitweg_id=LEITWEG)
    Discount.objects.create(client=client, month=DAY.replace(day=1), percent=Decimal("3.333"), reason="Treue")
    items = (Item(3333), Item(333, tax_rate=Decimal(7)), Item(777))
    credited, cancelled = draft(*items, client=client), draft(*items, client=client, collects="ticket:1")
    issue(credited, cancelled)

    credit_invoice(credited.pk, [1, 2], reason="Doppelt", by="petra", at=NOW)
    credit_invoice(credited.pk, reason="Der Rest", by="petra", at=NOW)
    void_invoice(cancelled.pk, reason="Falsch", by="petra", at=NOW)

    corrections = Invoice.objects.filter(cancels__isnull=False)
    assert [problems_of(content_of(one), wanted) for one in corrections] == [[], [], []]
    xml = xml_of(content_of(corrections.get(kind="cancellation")), wanted)
    assert amount(cancelled.total_cents or 0, "EUR").encode() in xml


def test_clients_without_an_e_invoice_cost_no_query_more():
    def queries(*clients):
        keys = [draft(1000, client=client).pk for client in clients]
        with CaptureQueriesContext(connection) as captured:
            plan_issues(keys, at=NOW)
        return len(captured)

    plain = queries(ClientFactory.create(), ClientFactory.create())
    wanting = [ClientFactory.create(e_invoice="zugferd") for _ in range(3)]

    assert queries(*wanting) == plain + 1
