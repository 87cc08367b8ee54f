"""Exports to bookkeeping programs: every cent of every document, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

import config
from contracts.models import Client
from invoicing.bookkeeping.datev import COLUMNS
from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Discount, Invoice
from tests.commands.running import run
from tests.factories import ClientFactory, later
from tests.invoicing.documents import Item, draft, issue

pytestmark = pytest.mark.django_db

AT = "2026-02-01T09:00:00+01:00"


@pytest.fixture
def month(db) -> list[Invoice]:
    """A document at two rates with a discount, one credited in part, one cancelled, and one without tax."""
    abroad = ClientFactory.create(
        name='=HYPERLINK("http://evil"); Ätna "SpA"', country="IT", tax_category="AE", tax_reason="Reverse charge"
    )
    found = [draft(6000, Item(4000, Decimal(7))), draft(333, 333, 333), draft(500), draft(1000, client=abroad)]
    Discount.objects.create(client=found[0].client, invoice=found[0], percent=10, reason="Goodwill")
    issue(*found)
    credit_invoice(found[1].pk, [2], reason="wrong", by="petra", at=later(hours=1))
    void_invoice(found[2].pk, reason="wrong", by="petra", at=later(hours=1))
    return list(Invoice.objects.order_by("pk"))


def export(name: str, tmp_path, *more: str) -> list[list[str]]:
    target = tmp_path / name
    which = ("--format", name, "--month", "2026-01", "--output", str(target), "--at", AT)
    ended = run("export_bookings", *which, *more)
    assert ended.code == 0, ended.err
    text = target.read_bytes().decode("cp1252" if name == "datev" else "utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if name == "datev" else ","))


def test_datev_has_a_posting_for_each_tax_and_they_sum_to_the_documents(month, tmp_path):
    head, names, *rows = export("datev", tmp_path)

    assert head[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
    assert (head[10:16], head[21]) == (["1001", "1", "20260101", "4", "20260101", "20260131"], "EUR")
    assert tuple(names) == COLUMNS
    assert len(COLUMNS) == 125
    assert {len(row) for row in rows} == {125}
    signed = [Decimal(row[0].replace(",", ".")) * (1 if row[1] == "S" else -1) for row in rows]
    assert sum(signed) * 100 == sum(one.total_cents or 0 for one in month)
    assert [(row[0], row[1], row[7], row[9], row[10]) for row in rows[:2]] == [
        ("64,26", "S", "8400", "1601", "INV-2026-00001"), ("38,52", "S", "8300", "1601", "INV-2026-00001")
    ]  # fmt: skip
    credit = next(row for row in rows if row[10] == "CN-2026-00001")
    assert (credit[0], credit[1], "INV-2026-00002" in credit[13]) == ("3,96", "H", True)


def test_each_client_keeps_an_account_of_its_own(month, tmp_path):
    Client.objects.filter(pk=month[1].client_id).update(debtor_number=10005)
    first = export("datev", tmp_path)[2:]
    assert export("datev", tmp_path)[2:] == first
    accounts = dict(Client.objects.exclude(debtor_number=None).values_list("pk", "debtor_number"))
    assert len(set(accounts.values())) == len(accounts) == 4
    assert {row[6] for row in first} == {str(number) for number in accounts.values()}


@pytest.mark.parametrize(("name", "amount", "number"), [("quickbooks", 9, 0), ("xero", 7, 1)])
def test_sales_rows_sum_to_what_is_taxed(month, tmp_path, name, amount, number):
    _, *rows = export(name, tmp_path)
    sums = {one.number: Decimal(0) for one in month}
    for row in rows:
        quantity = Decimal(1) if name == "quickbooks" else Decimal(row[6])
        sums[row[number]] += quantity * Decimal(row[amount])
    assert {number: int(total * 100) for number, total in sums.items()} == {
        one.number: one.subtotal_cents - (one.discount_cents or 0) for one in month
    }


@pytest.mark.parametrize("name", ["datev", "quickbooks", "xero"])
def test_no_cell_is_a_formula(month, tmp_path, name):
    cells = [cell for row in export(name, tmp_path) for cell in row if cell]
    assert any("HYPERLINK" in cell for cell in cells)
    risky = [cell for cell in cells if cell[0] in "=+-@\t\r" and not cell[1:].replace(".", "").isdigit()]
    assert risky == []


def test_one_client_is_exported_alone_and_a_tax_without_an_account_is_named(month, tmp_path, settings):
    mine = export("xero", tmp_path, "--client", month[0].client.external_id)
    assert {row[1] for row in mine[1:]} == {"INV-2026-00001"}
    settings.BILLING = config.load({"APP_ENV": "test", "DATEV_REVENUE_ACCOUNTS": "S19=8400"})
    ended = run("export_bookings", "--format", "datev", "--month", "2026-01", "--output", str(tmp_path / "x"))
    assert (ended.code, "names no account for S7" in ended.err) == (1, True)


def test_a_month_that_is_none_is_refused(db):
    ended = run("export_bookings", "--format", "datev", "--month", "January")
    assert (ended.code, "is no month; write 2026-02" in ended.err) == (1, True)
