"""Numbers by the month of issue, and cases that people gave away, from import lines to the export (G-13, G-14)."""

from __future__ import annotations

import pytest

from tests.commands.running import run
from tests.scenarios.gateway.story import AFTER_FEBRUARY, GatewayStory

pytestmark = pytest.mark.django_db

NEW_YEAR = "2026-01-01T03:20:00+01:00"


def test_G_14_a_number_is_of_the_month_of_its_issue_and_each_month_counts_anew(gateway: GatewayStory):
    gateway.call(600, started_at="2025-12-15T12:00:00+01:00").call(600)
    gateway.run("--issue", month="2025-12", at=NEW_YEAR).run("--issue")
    gateway.run("--issue", month="2026-02", at=AFTER_FEBRUARY)

    assert [(one["number"], one["period_start"]) for one in gateway.documents()] == [
        ("AGG-2026-01-001", "2025-12-01"), ("AGG-2026-02-001", "2026-01-01"),
    ]  # fmt: skip


def test_G_13_a_waived_case_is_on_no_invoice_and_a_billed_one_cannot_be_waived(gateway: GatewayStory):
    gateway.output(default=True, base_price_cents=100, email_price_cents=50).case(3).import_lines()
    how = ("--reason", "our own test", "--by", "petra", "--at", "2026-01-20T09:00:00+01:00")
    assert run("waive_cases", "s2", *how).code == 0

    gateway.run("--issue")

    (document,) = gateway.documents()
    (line,) = document["lines"]
    assert (line["quantity"], line["amount_cents"]) == ("2", 300)
    assert [source["id"] for source in line["sources"]] == ["s1", "s3"]
    refused = run("waive_cases", "s1", *how)
    assert (refused.code, "s1 is billed: cancel or credit its document" in refused.err) == (1, True)
