"""issue_invoices: drafts get their number, or say why not."""

from __future__ import annotations

import pytest

from invoicing.lifecycle.issue import plan_issues
from invoicing.models import AuditEntry, Invoice
from tests.commands.running import AT, run, run_read_only
from tests.factories import ClientFactory, ExpenseFactory, closed_ticket

pytestmark = pytest.mark.django_db

KEYS = [
    "invoice", "client", "outcome", "reason", "warnings", "number", "issue_date", "due_date", "subtotal_cents",
    "discount_cents", "tax", "tax_cents", "total_cents", "currency",
]  # fmt: skip


def issue(*arguments):
    return run("issue_invoices", "--at", AT, *arguments)


def draft_of(name, *hours, **facts):
    """A client's draft with a line for each ticket of so many hours."""
    client = ClientFactory.create(external_id=name, **facts)
    for each in hours or ("1.00",):
        closed_ticket(each, client=client)
    run("bill_tickets", "--client", name, "--at", AT)
    return Invoice.objects.get(client=client)


def test_all_drafts_get_a_number_in_their_order():
    first, second = draft_of("acme", "1.50"), draft_of("bolt")

    found = issue()

    assert found.code == 0
    assert found.lines == [
        "INV-2026-00001  acme              142.80 EUR, due 2026-02-15",
        "INV-2026-00002  bolt              95.20 EUR, due 2026-02-15",
        "2 drafts: 2 issued, 0 held; 238.00 EUR",
    ]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.number, second.number) == ("INV-2026-00001", "INV-2026-00002")


def test_the_json_has_the_keys_that_scripts_know():
    draft = draft_of("acme", "1.50")

    found = issue("--format", "json").json

    assert list(found) == ["at", "dry_run", "invoices", "summary"]
    row = found["invoices"][0]
    assert list(row) == KEYS
    assert row == {
        "invoice": draft.external_id, "client": "acme", "outcome": "issued", "reason": [], "warnings": [],
        "number": "INV-2026-00001",
        "issue_date": "2026-01-16", "due_date": "2026-02-15", "subtotal_cents": 12000, "discount_cents": 0,
        "tax": [{"category": "S", "rate": "19", "taxable_cents": 12000, "tax_cents": 2280}], "tax_cents": 2280,
        "total_cents": 14280, "currency": "EUR",
    }  # fmt: skip
    assert found["summary"] == {"issued": 1, "held": 0, "total_cents": {"EUR": 14280}}


def test_a_dry_run_writes_nothing_and_equals_the_issue_that_follows():
    draft_of("acme")
    draft_of("nowhere", city="")

    planned = run_read_only("issue_invoices", "--at", AT, "--dry-run", "--format", "json")
    done = issue("--format", "json")

    assert "dry run: nothing was written" in planned.err
    assert (planned.code, done.code) == (1, 1)
    assert planned.json["summary"] == done.json["summary"]
    assert planned.json["invoices"] == [row | {"number": None} for row in done.json["invoices"]]


def test_what_cannot_be_issued_stays_a_draft_says_why_and_ends_with_1():
    draft = draft_of("nowhere", city="")
    draft_of("acme")

    found = issue()

    assert found.code == 1
    assert found.err == "1 of 2 drafts cannot be issued\n"
    assert f"draft {draft.external_id}  nowhere           held: client nowhere has no city" in found.lines
    assert list(Invoice.objects.values_list("status", flat=True).order_by("pk")) == ["draft", "open"]


def test_a_held_draft_has_neither_dates_nor_unknown_sums():
    draft_of("abroad", country="US", tax_category="O")

    row = issue("--format", "json").json["invoices"][0]

    assert (row["outcome"], row["subtotal_cents"]) == ("held", 8000)
    assert [row[key] for key in ("number", "issue_date", "due_date", "discount_cents", "tax_cents", "total_cents")] == [
        None
    ] * 6
    assert row["tax"] == []
    assert "tax category O of client abroad needs its reason" in row["reason"][0]


def test_a_second_run_issues_nothing():
    draft_of("acme")
    issue()

    assert issue().lines == ["0 drafts: 0 issued, 0 held; -"]


def test_only_one_client_s_drafts_or_only_one_draft():
    acme, bolt = draft_of("acme"), draft_of("bolt")
    draft_of("cord")

    by_client = issue("--client", "acme", "--format", "json").json["invoices"]
    by_id = issue("--invoice", bolt.external_id, "--format", "json").json["invoices"]

    assert [row["invoice"] for row in by_client] == [acme.external_id]
    assert [row["invoice"] for row in by_id] == [bolt.external_id]
    assert Invoice.objects.filter(status="draft").count() == 1


def test_a_document_that_was_issued_before_is_left_alone_and_named():
    draft = draft_of("acme")
    issue()

    found = issue("--invoice", draft.external_id)

    assert (found.code, found.lines) == (0, ["0 drafts: 0 issued, 0 held; -"])
    assert found.err == f"document {draft.external_id!r} was issued before, as INV-2026-00001\n"


def test_a_discarded_draft_is_refused():
    draft = Invoice.objects.create(client=ClientFactory.create(), currency="EUR", created_at=AT)
    draft.discard()

    found = issue("--invoice", draft.external_id)

    assert (found.code, found.err) == (1, f"document {draft.external_id!r} was discarded and cannot be issued\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--client", "nobody"], "there is no client 'nobody'"),
        (["--client", ""], "there is no client ''"),
        (["--invoice", ""], "there is no document ''"),
        (["--invoice", "none"], "there is no document 'none'"),
        (["--at", "2026-01-16"], "--at 2026-01-16 needs an offset such as +01:00"),
    ],
)
def test_an_option_that_names_nothing_ends_with_1_and_a_sentence(arguments, sentence):
    draft_of("acme")

    found = issue(*arguments)

    assert (found.code, found.out, found.err.strip()) == (1, "", sentence)
    assert not Invoice.objects.exclude(number=None).exists()


def test_another_client_s_draft_is_not_found():
    draft = draft_of("acme")
    draft_of("bolt")

    found = issue("--client", "bolt", "--invoice", draft.external_id)

    assert found.err == f"there is no document {draft.external_id!r} of client 'bolt'\n"


def test_the_clock_and_the_person_of_a_run_are_recorded():
    draft_of("acme")

    issue("--at", "2026-01-31T23:30:00+00:00", "--by", "ann")

    issued = Invoice.objects.get()
    assert (str(issued.issue_on), str(issued.due_on), issued.issued_by) == ("2026-02-01", "2026-03-03", "ann")
    assert AuditEntry.objects.get(action="invoice.issued").by == "ann"


def test_pages_are_issued_one_after_the_other(monkeypatch):
    for name in ("acme", "bolt", "cord"):
        draft_of(name)
    monkeypatch.setattr("invoicing.management.commands.issue_invoices.PAGE", 2)

    assert issue("--format", "json").json["summary"]["issued"] == 3


def test_the_plan_s_sums_are_those_of_the_document():
    client = ClientFactory.create(external_id="acme")
    ticket = closed_ticket("0.25", client=client)
    ExpenseFactory.create(ticket=ticket, tax_rate=7)
    run("bill_tickets", "--at", AT)
    draft = Invoice.objects.get()

    planned = plan_issues([draft.pk], at=draft.created_at)[0].totals
    issue()

    draft.refresh_from_db()
    assert (planned.tax, planned.total) == (draft.tax_cents, draft.total_cents) == (380 + 1119, 19479)
