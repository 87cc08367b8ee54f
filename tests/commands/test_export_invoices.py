"""export_invoices: documents with lines, tax, sources and explanation, as JSON lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from contracts.models import Client
from invoicing import export
from invoicing.lifecycle.drafts import Collector, add_to_drafts
from invoicing.management.writing import cell
from invoicing.models import Claim, Invoice, InvoiceLine
from rating.charge import Charge
from rating.explanation import Explanation
from tests.commands.running import AT, run, run_read_only
from tests.factories import NOW, ClientFactory, ContractFactory, ExpenseFactory, TimeEntryFactory, closed_ticket
from tickets.models import Ticket

DOCUMENT = [
    "id", "kind", "number", "status", "client", "currency", "issue_date", "due_date", "period_start", "period_end",
    "cancels", "lines", "subtotal_cents", "discount_cents", "tax", "tax_cents", "total_cents", "paid_cents",
    "credited_cents", "reason", "discounts", "replaced_by",
]  # fmt: skip
LINE = [
    "kind", "company", "description", "quantity", "unit", "unit_price", "price_per", "amount_cents", "tax_category",
    "tax_rate", "sources", "explanation",
]  # fmt: skip

pytestmark = pytest.mark.django_db


def exported(*arguments):
    ended = run("export_invoices", *arguments)
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.lines]


def billed(name="acme", *hours, at=AT, **facts):
    """A client's draft with a ticket of so many hours each, t1, t2, ..."""
    client = ClientFactory.create(external_id=name, **facts)
    for place, each in enumerate(hours or ("1.50",), 1):
        ticket = closed_ticket(client=client, external_id=f"{name}-t{place}", number=str(1000 + place))
        TimeEntryFactory.create(ticket=ticket, hours=each, external_id=f"{name}-e{place}")
    run("bill_tickets", "--client", name, "--at", at)
    return client


def test_an_issued_document_has_the_keys_that_scripts_know():
    client = billed("acme", "1.50", "0.50")
    ExpenseFactory.create(ticket__client=client, external_id="x1", tax_rate=7)
    run("bill_tickets", "--client", "acme", "--at", AT)
    run("issue_invoices", "--at", AT)

    (found,) = exported()

    invoice = Invoice.objects.get()
    assert list(found) == DOCUMENT
    assert [list(line) for line in found["lines"]] == [LINE] * len(found["lines"])
    assert {key: found[key] for key in DOCUMENT if key != "lines"} == {
        "id": invoice.external_id, "kind": "invoice", "number": "INV-2026-00001", "status": "open", "client": "acme",
        "currency": "EUR", "issue_date": "2026-01-16", "due_date": "2026-02-15", "period_start": "2026-01-01",
        "period_end": "2026-02-01", "cancels": None, "subtotal_cents": 16000, "discount_cents": 0,
        "tax": [{"category": "S", "rate": "19", "taxable_cents": 16000, "tax_cents": 3040}], "tax_cents": 3040,
        "total_cents": 19040, "paid_cents": 0, "credited_cents": 0, "reason": "", "discounts": [], "replaced_by": [],
    }  # fmt: skip


def test_a_line_names_its_sources_its_tax_and_its_explanation():
    client = ClientFactory.create(external_id="acme")
    ticket = closed_ticket(client=client, external_id="t1", number="1001")
    TimeEntryFactory.create(ticket=ticket, hours="0.50", external_id="e1")
    TimeEntryFactory.create(ticket=ticket, hours="1.00", external_id="e2")
    ExpenseFactory.create(ticket=ticket, external_id="x1", tax_rate=7)
    run("bill_tickets", "--at", AT)
    run("issue_invoices", "--at", AT)

    time, expense = exported()[0]["lines"]

    assert time | {"explanation": None} == {
        "kind": "time", "company": None, "description": time["description"], "quantity": "1.5", "unit": "h",
        "unit_price": "80", "price_per": 1, "amount_cents": 12000, "tax_category": "S", "tax_rate": "19",
        "sources": [
            {"type": "time_entry", "id": "e1", "quantity": "1800", "amount_cents": None},
            {"type": "time_entry", "id": "e2", "quantity": "3600", "amount_cents": None},
        ],
        "explanation": None,
    }  # fmt: skip
    assert time["explanation"] == InvoiceLine.objects.get(kind="time").explanation
    assert (expense["tax_rate"], expense["unit_price"], expense["quantity"]) == ("7", "79.9", "2")
    assert expense["sources"] == [{"type": "expense", "id": "x1", "quantity": "2", "amount_cents": 15980}]


def test_a_fee_s_source_is_its_ticket():
    client = ClientFactory.create(external_id="acme")
    ContractFactory.create(client=client, per_ticket_rate=50)
    closed_ticket(client=client, external_id="t1")
    run("bill_tickets", "--at", AT)

    (line,) = exported()[0]["lines"]

    assert line["kind"] == "ticket_fee"
    assert line["sources"] == [{"type": "ticket_fee", "id": "t1", "quantity": "1", "amount_cents": 5000}]


def test_a_line_reads_as_it_did_when_it_was_billed():
    client = ClientFactory.create(external_id="acme")
    ContractFactory.create(client=client, per_ticket_rate=50, strategy="mixed")
    ticket = closed_ticket("0.35", "1.26", client=client)
    ExpenseFactory.create(ticket=ticket)
    planned = run("bill_tickets", "--at", AT, "--format", "json").json["tickets"][0]["lines"]

    stored = exported()[0]["lines"]

    assert [line | {"tax_category": None, "tax_rate": None} for line in stored] == planned


def test_a_draft_shows_the_sums_and_the_tax_that_its_issue_then_gives_it():
    billed("acme", "1.50", "0.55")
    (draft,) = exported()
    run("issue_invoices", "--at", AT)
    (issued,) = exported()

    assert (draft["number"], draft["status"], draft["issue_date"], draft["due_date"]) == (None, "draft", None, None)
    only_issued = {"number", "status", "issue_date", "due_date"}
    assert {key: draft[key] for key in DOCUMENT if key not in only_issued} == {
        key: issued[key] for key in DOCUMENT if key not in only_issued
    }


def test_a_draft_that_cannot_be_issued_has_no_sums_but_its_subtotal():
    billed("abroad", country="US", tax_category="O")

    (found,) = exported()

    assert (found["subtotal_cents"], found["tax"], found["total_cents"]) == (12000, [], None)
    assert (found["lines"][0]["tax_category"], found["lines"][0]["tax_rate"]) == (None, None)


def test_what_was_released_since_is_still_named():
    billed("acme")
    draft = Invoice.objects.get()
    Claim.objects.update(released_at=NOW, released_by="ann", release_reason="wrong", released_to=None)
    Ticket.objects.get().release(at=NOW)
    draft.discard()

    (found,) = exported()

    assert (found["status"], found["lines"][0]["sources"][0]["id"]) == ("discarded", "acme-e1")
    assert (found["subtotal_cents"], found["total_cents"]) == (12000, None)


def test_documents_are_chosen_by_state_and_client():
    billed("acme")
    billed("bolt")
    run("issue_invoices", "--client", "acme", "--at", AT)

    assert [found["client"] for found in exported("--status", "open")] == ["acme"]
    assert [found["client"] for found in exported("--status", "draft")] == ["bolt"]
    assert [found["client"] for found in exported("--client", "bolt")] == ["bolt"]
    assert exported("--client", "bolt", "--status", "paid") == []


def test_the_month_is_that_of_the_issue_and_of_a_draft_s_period():
    billed("issued")
    run("issue_invoices", "--at", "2026-02-01T00:00:00+01:00")
    billed("waiting")
    made = Invoice.objects.create(client=ClientFactory.create(external_id="made"), currency="EUR", created_at=AT)
    made_later = "2026-01-31T23:30:00+00:00"  # in Berlin it is February
    Invoice.objects.create(client=made.client, currency="EUR", created_at=made_later)

    assert [found["client"] for found in exported("--month", "2026-01")] == ["waiting", "made"]
    assert [found["client"] for found in exported("--month", "2026-02")] == ["issued", "made"]


def test_it_reads_only():
    billed("acme")

    assert run_read_only("export_invoices").code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--client", "nobody"], "there is no client 'nobody'"),
        (["--client", ""], "there is no client ''"),
        (["--month", ""], "--month: '' is no month; write 2026-02."),
        (["--month", "2026-13"], "--month: '2026-13' is no month; write 2026-02."),
        (["--status", "new"], "invalid choice: 'new'"),
        (["--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_an_option_that_names_nothing_is_refused(arguments, sentence):
    found = run("export_invoices", *arguments)

    assert found.code == 1
    assert found.out == ""
    assert sentence in found.err


def test_csv_has_a_row_per_line_with_the_document_on_each():
    billed("acme", "1.50", "0.50")
    run("issue_invoices", "--at", AT)

    rows = list(csv.DictReader(io.StringIO(run("export_invoices", "--format", "csv").out)))

    assert list(rows[0]) == [
        *(key for key in DOCUMENT[: DOCUMENT.index("lines")]),
        *(f"line_{key}" for key in LINE),
        *(key for key in DOCUMENT[DOCUMENT.index("lines") + 1 :]),
    ]
    assert [(row["number"], row["line_amount_cents"], row["total_cents"]) for row in rows] == [
        ("INV-2026-00001", "12000", "19040"),
        ("INV-2026-00001", "4000", "19040"),
    ]
    assert json.loads(rows[0]["line_sources"])[0]["id"] == "acme-e1"
    assert json.loads(rows[0]["line_explanation"])["rule"] == "time"
    assert rows[0]["cancels"] == ""


def test_csv_keeps_a_document_without_lines():
    Invoice.objects.create(client=ClientFactory.create(external_id="acme"), currency="EUR", created_at=AT)

    (row,) = csv.DictReader(io.StringIO(run("export_invoices", "--format", "csv").out))

    assert (row["client"], row["line_kind"], row["subtotal_cents"]) == ("acme", "", "0")


def test_no_documents_are_a_header_alone_in_csv_and_nothing_in_json():
    assert len(run("export_invoices", "--format", "csv").lines) == 1
    assert run("export_invoices").out == ""


@pytest.mark.parametrize("evil", ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_never_becomes_a_formula(evil):
    assert cell(evil) == f"'{evil}"


@pytest.mark.parametrize(
    ("value", "text"), [(-500, "-500"), ("-1.5", "-1.5"), ("Mail - down", "Mail - down"), (None, ""), ([], "[]")]
)
def test_numbers_and_harmless_text_stay_as_they_are(value, text):
    assert cell(value) == text


def test_a_customer_s_formula_is_harmless_in_csv_and_unchanged_in_json():
    ticket = closed_ticket(client=ClientFactory.create(external_id="=cmd"))
    ExpenseFactory.create(ticket=ticket, description="=HYPERLINK(1)")
    TimeEntryFactory.create(ticket=ticket)
    run("bill_tickets", "--at", AT)

    rows = list(csv.DictReader(io.StringIO(run("export_invoices", "--format", "csv").out)))

    assert {row["client"] for row in rows} == {"'=cmd"}
    assert exported()[0]["client"] == "=cmd"


def test_pages_of_documents_and_lines_are_put_together(monkeypatch):
    for name in ("acme", "bolt", "cord"):
        billed(name, "1.00", "2.00", "3.00")
    Invoice.objects.create(client=Client.objects.get(external_id="bolt"), currency="EUR", created_at=AT)
    whole = exported()
    monkeypatch.setattr(export, "DOCUMENTS_A_PAGE", 2)
    monkeypatch.setattr(export, "LINES_A_PAGE", 2)
    monkeypatch.setattr("invoicing.management.spooled.CHUNK", 7)

    assert exported() == whole
    assert [len(found["lines"]) for found in whole] == [3, 3, 3, 0]


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_grows_meanwhile_is_read_as_of_one_moment(monkeypatch):
    monkeypatch.setattr(export, "LINES_A_PAGE", 1)
    client = billed("acme", "1.00")
    draft = Invoice.objects.get()

    with export.one_snapshot():
        documents = export.read_documents([draft.pk], at=NOW)
        found = next(documents)  # the document is read, and the first page of its lines
        on_another_connection(lambda: grow(client))
        amounts = [line["amount_cents"] for line in found.lines]

    draft.refresh_from_db()
    assert draft.subtotal_cents == 9000  # and it did grow
    assert (amounts, found.tail["subtotal_cents"]) == ([8000], 8000)


def grow(client):
    """Put one more line on the client's draft of January."""
    draft = Invoice.objects.get(client=client)
    why = Explanation("charge", 1, {})
    charge = Charge.of("charge", "Rack", quantity=Decimal(1), unit_price=Decimal(10), currency="EUR", explanation=why)
    with transaction.atomic():
        add_to_drafts([(Collector(client.pk, draft.collects, "EUR"), charge)], at=NOW)


def on_another_connection(work):
    """Do the work in a thread, which has a connection of its own, to its end."""

    def and_hang_up():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=and_hang_up)
    thread.start()
    thread.join(timeout=20)
