"""Statement, annex and margin of a partner's invoice: the annexes add up to the statements, and those to it (G-19)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from gateway_billing.models import FeeSchedule
from gateway_billing.months import ISSUE, month_of, run_month
from gateway_billing.statements import parts_of
from invoicing.models import Invoice
from tests.commands.running import run
from tests.gateway_factories import (
    RUN,
    CallFactory,
    CompanyFactory,
    FeeScheduleFactory,
    OutputFactory,
    ServiceCaseFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(db: None) -> Invoice:
    """Two companies with three calls of 61 s, by the minute for one of them, and two cases each."""
    first = CompanyFactory.create(external_id="alpha", name="Alpha")
    second = CompanyFactory.create(external_id="beta", name="Beta", managed_by=first.managed_by)
    FeeScheduleFactory.create(company=first, first_seconds=60, next_seconds=60, buy_per_minute_rate="0.05")
    for company in (first, second):
        CallFactory.create_batch(3, company=company, duration_seconds=61)
        OutputFactory.create(company=company)
        ServiceCaseFactory.create_batch(2, company=company, subject="=HYPERLINK()")
    assert first.managed_by is not None
    run_month(first.managed_by.pk, month_of(first.managed_by, "2026-01"), at=RUN, action=ISSUE)
    return Invoice.objects.get()


def annex(*options: str) -> list[dict[str, str]]:
    ended = run("invoice_annex", *options)
    assert ended.code == 0, ended.err
    return list(csv.DictReader(io.StringIO(ended.out)))


def test_G_19_annexes_sum_to_the_statements_and_those_to_the_invoice(document: Invoice):
    parts = parts_of(document)
    rows = annex(document.number or "")

    assert [(part.company, part.subtotal_cents) for part in parts] == [("alpha", 172), ("beta", 137)]
    assert sum(part.subtotal_cents for part in parts) == document.subtotal_cents == 309
    for part in parts:
        own = [row for row in rows if row["company"] == part.company]
        calls, cases = part.lines
        assert sum(int(row["metered_seconds"]) for row in own if row["type"] == "call") == int(calls["quantity"])
        assert sum(int(row["amount_cents"]) for row in own if row["type"] == "service_case") == cases["amount_cents"]
    assert {row["document"] for row in rows} == {"AGG-2026-02-001"}


def test_G_19_an_annex_can_be_that_of_one_company_in_a_file_and_has_no_formula_in_it(document: Invoice, tmp_path: Path):
    ended = run("invoice_annex", document.external_id, "--company", "beta", "--output", str(tmp_path / "annex.csv"))

    with (tmp_path / "annex.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["company"], row["type"]) for row in rows] == [("beta", "call")] * 3 + [("beta", "service_case")] * 2
    assert rows[0]["time"] == "2026-01-15T10:00:00+01:00"
    assert (rows[0]["duration_seconds"], rows[0]["metered_seconds"], rows[0]["amount_cents"]) == ("61", "61", "")
    assert rows[-1]["subject"] == "'=HYPERLINK()"
    assert "3 of kind call, 2 of kind service case" in ended.err


def test_a_client_invoice_has_no_annex(document: Invoice):
    other = Invoice.objects.create(client=document.client, currency="EUR", created_at=RUN)

    ended = run("invoice_annex", other.external_id)

    assert (ended.code, "aggregate invoices have an annex" in ended.err) == (1, True)


def test_the_margin_is_what_is_left_of_the_calls_after_what_they_cost(document: Invoice):
    (partner,) = run("margin_report", "--month", "2026-01", "--format", "json").json["partners"]

    alpha, beta = partner["companies"]
    assert (alpha["sell_cents"], alpha["buy_cents"], alpha["margin_cents"]) == (72, 15, 57)
    assert (beta["buy_rate"], beta["margin_cents"], partner["without_buy_rate"]) == (None, None, ["beta"])
    assert (partner["sell_cents"], partner["margin_cents"]) == (72, 57)
    assert FeeSchedule.objects.count() == 1
    assert "no buy rate" in run("margin_report", "--month", "2026-01").out
    assert run("margin_report", "--month", "2025-12").out == ""


def test_a_csv_export_counts_what_a_cell_has_no_room_for(document: Invoice):
    rows = list(csv.DictReader(io.StringIO(run("export_invoices", "--format", "csv").out)))

    assert [row["line_sources"] for row in rows] == ['{"count": 3}', '{"count": 2}'] * 2
