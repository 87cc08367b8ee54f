"""Call minutes (G-04, G-05, G-06), from import lines to the export."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.gateway.story import AFTER_FEBRUARY, GatewayStory

pytestmark = pytest.mark.django_db


def test_G_04_two_companies_make_one_invoice_with_its_tax(gateway: GatewayStory):
    gateway.company("sub2").call(600).call(300, company="sub2").run("--issue")

    (document,) = gateway.documents()
    assert gateway.lines() == [
        "sub1 call_minutes 600s @ 0.12/60 = 120",
        "sub2 call_minutes 300s @ 0.12/60 = 60",
    ]
    assert (document["kind"], document["number"], document["status"]) == ("aggregate", "AGG-2026-02-001", "open")
    assert (document["issue_date"], document["due_date"]) == ("2026-02-01", "2026-02-15")
    assert (document["period_start"], document["period_end"]) == ("2026-01-01", "2026-02-01")
    assert [document[name] for name in ("subtotal_cents", "tax_cents", "total_cents")] == [180, 34, 214]
    assert document["lines"][0]["sources"] == [{"type": "call", "id": "k1", "quantity": "600", "amount_cents": None}]


def test_G_04_to_G_06_rates_metering_allowances_and_discounts(gateway: GatewayStory):
    """Each company is one worked figure: seconds of its calls, its fees, and the line."""
    figures: dict[str, tuple[list[int], dict[str, Any], str]] = {
        "rate own": ([61], {"per_minute_rate": "0.29", "tenant_per_minute_rate": "0.10"}, "61s @ 0.29/60 = 29"),
        "rate tenant": ([10], {"tenant_per_minute_rate": "0.15", "plan_per_minute_rate": "1"}, "10s @ 0.15/60 = 3"),
        "rate plan": ([2], {"plan_per_minute_rate": "0.15"}, "2s @ 0.15/60 = 1"),
        "rate free": ([600], {"per_minute_rate": "0", "plan_per_minute_rate": "1"}, "600s @ 0/60 = 0"),
        "rate with places": ([600], {"per_minute_rate": "0.125"}, "600s @ 0.125/60 = 125"),
        "many seconds": ([3000, 723], {"per_minute_rate": "0.15"}, "3723s @ 0.15/60 = 931"),
        "by second": ([157], {}, "157s @ 0.12/60 = 31"),
        "by minute": ([157], {"metering": "per_minute"}, "180s @ 0.12/60 = 36"),
        "by minute twice": ([61, 120, 0], {"metering": "per_minute"}, "240s @ 0.12/60 = 48"),
        "by steps": ([61], {"metering": "60/6"}, "66s @ 0.12/60 = 13"),
        "included": ([6720], {"included_minutes": 100}, "720s @ 0.12/60 = 144"),
        "within": ([5400], {"included_minutes": 100}, "0s @ 0.12/60 = 0"),
        "unlimited": ([5400], {"included_minutes": "unlimited"}, "0s @ 0.12/60 = 0"),
        "discount": ([5000], {"usage_discount_percent": "12.5"}, "1 @ 8.75 = 875"),
    }
    for name, (seconds, fees, _) in figures.items():
        gateway.company(name, name=name).fees(company=name, **fees)
        for length in seconds:
            gateway.call(length, company=name)

    gateway.run()

    told = {line.split(" call_minutes ")[0]: line.split(" call_minutes ")[1] for line in gateway.lines()}
    assert told == {name: line for name, (_, _, line) in figures.items()}


def test_G_04_only_calls_that_were_made_in_the_month_and_ended(gateway: GatewayStory):
    gateway.call(60, started_at="2026-01-01T00:00:00+01:00").call(60, started_at="2026-01-31T23:59:59+01:00")
    gateway.call(60, started_at="2025-12-31T23:59:59+01:00").call(60, started_at="2026-02-01T00:30:00+01:00")
    gateway.call(60, status="ended").call(60, status="ongoing").call(60, status="failed")
    gateway.call(60, billed_elsewhere="old-17")

    gateway.run()

    assert gateway.lines() == ["sub1 call_minutes 180s @ 0.12/60 = 36"]
    assert gateway.only()["unbilled"] == {"call_not_completed": 2}


def test_G_04_what_comes_in_after_the_closing_is_on_the_next_invoice_and_shares_the_included_minutes(
    gateway: GatewayStory,
):
    gateway.fees(included_minutes=100).call(5400).call(600, id="open", status="ongoing").run()
    assert (gateway.only()["outcome"], gateway.only()["reason"]) == ("nothing", "zero_amount")

    gateway.call(120, id="late").call(1320, id="open", status="completed")
    gateway.call(6000, started_at="2026-02-10T12:00:00+01:00")
    gateway.call(60, id="older", started_at="2025-12-15T12:00:00+01:00")
    preview = gateway.preview(month="2026-02", at=AFTER_FEBRUARY)
    gateway.run(month="2026-02", at=AFTER_FEBRUARY)

    assert gateway.lines()[-2:] == [
        "sub1 call_minutes 840s @ 0.12/60 = 168",  # 90 of January's 100 minutes were used, 24 came late
        "sub1 call_minutes 0s @ 0.12/60 = 0",
    ]
    late, _ = gateway.documents()[-1]["lines"]
    assert (late["explanation"]["inputs"]["month"], late["explanation"]["inputs"]["late"]) == ("2026-01", True)
    assert "Januar 2026" in late["description"]
    assert preview["total_cents"] == gateway.only()["total_cents"] == 200


def test_G_04_months_that_were_never_run_wait_for_their_own_run(gateway: GatewayStory):
    gateway.call(600, started_at="2025-12-15T12:00:00+01:00").call(300).run()
    assert gateway.lines() == ["sub1 call_minutes 300s @ 0.12/60 = 60"]

    gateway.run(month="2025-12")

    assert gateway.lines()[1:] == ["sub1 call_minutes 600s @ 0.12/60 = 120"]
