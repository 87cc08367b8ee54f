"""Whose invoice it is on (G-01, G-03), services, changes and fees (G-07, G-08, G-09, G-12)."""

from __future__ import annotations

import pytest

from contracts.models import Client
from invoicing.models import Discount
from tests.scenarios.gateway.story import AFTER_FEBRUARY, AFTER_JANUARY, GatewayStory

pytestmark = pytest.mark.django_db


def test_G_03_lines_come_by_company_in_the_order_of_the_charges(gateway: GatewayStory):
    gateway.company("alpha").has("charge").output(id="flat", billing_mode="monthly_flat").fees(setup_fee="150.00")
    gateway.output(id="each", default=True).case().change("250.00").price("29.00", discount_percent="10").call(600)
    gateway.call(60, company="alpha").run()

    assert gateway.lines() == [
        "alpha call_minutes 60s @ 0.12/60 = 12",
        "sub1 call_minutes 600s @ 0.12/60 = 120",
        "sub1 monthly_service 1 @ 26.1 = 2610",
        "sub1 service_change 1 @ 250 = 25000",
        "sub1 setup_fee 1 @ 150 = 15000",
        "sub1 service_cases 1 @ 0.5 = 50",
        "sub1 monthly_flat 1 @ 29 = 2900",
        "sub1 charge 1 @ 10 = 1000",
    ]
    (partner,) = gateway.ended.json["partners"]
    assert [(part["company"], part["subtotal_cents"]) for part in partner["companies"]] == [
        ("alpha", 12), ("sub1", 46680),
    ]  # fmt: skip
    assert partner["subtotal_cents"] == 46692


def test_G_01_usage_goes_to_the_partner_of_its_day_and_months_to_the_one_of_the_last_day(gateway: GatewayStory):
    gateway.has("client", id="other", name="Other GmbH", is_partner=True).price("29.00")
    gateway.call(60, started_at="2026-01-10T23:30:00+01:00").change("1.00", service_date="2026-01-10").import_lines()
    gateway.company("sub1", partner="other", managed_from="2026-01-11")
    gateway.call(300, started_at="2026-01-11T00:30:00+01:00").change("3.00", service_date="2026-01-11")

    gateway.run()

    assert gateway.lines() == [
        "sub1 call_minutes 60s @ 0.12/60 = 12",
        "sub1 service_change 1 @ 1 = 100",
    ]
    assert gateway.lines("other") == [
        "sub1 call_minutes 300s @ 0.12/60 = 60",
        "sub1 monthly_service 1 @ 29 = 2900",
        "sub1 service_change 1 @ 3 = 300",
    ]


def test_G_06_a_company_that_changes_its_partner_has_its_included_minutes_once(gateway: GatewayStory):
    gateway.has("client", id="other", name="Other GmbH", is_partner=True).fees(included_minutes=100)
    gateway.call(5400).import_lines().company("sub1", partner="other", managed_from="2026-01-20")
    gateway.call(1800, started_at="2026-01-25T12:00:00+01:00").import_lines()

    gateway.run("--partner", "partner").run("--partner", "other")

    assert gateway.lines("other") == ["sub1 call_minutes 1200s @ 0.12/60 = 240"]


def test_G_01_an_inactive_or_removed_company_pays_usage_and_changes_alone(gateway: GatewayStory):
    gateway.company("idle", active=False).company("gone", managed_until="2026-01-20")
    for company in ("idle", "gone"):
        gateway.call(60, company=company).price("29.00", company=company).change("5.00", company=company)
        gateway.output(company=company, billing_mode="monthly_flat")
    gateway.call(600, company="gone", started_at="2026-01-21T00:00:00+01:00").run()

    assert gateway.lines() == [
        "gone call_minutes 60s @ 0.12/60 = 12",
        "gone service_change 1 @ 5 = 500",
        "idle call_minutes 60s @ 0.12/60 = 12",
        "idle service_change 1 @ 5 = 500",
    ]


def test_G_07_services_cost_what_is_valid_on_the_last_day_or_by_the_day(gateway: GatewayStory):
    gateway.price("19.90").price("10.00", service="Fax", valid_to="2026-01-30")
    gateway.price("20.00", service="Queue", valid_to="2026-01-14").price(
        "30.00", service="Queue", valid_from="2026-01-15"
    )
    gateway.price("31.00", service="Router", valid_from="2026-01-22", prorate=True)
    gateway.price("120.00", service="Domain", interval="yearly", valid_from="2025-01-20")
    gateway.price("120.00", service="Mail", interval="yearly", valid_from="2025-02-20").run()

    assert [line.removeprefix("sub1 monthly_service ") for line in gateway.lines()] == [
        "1 @ 120 = 12000", "1 @ 19.9 = 1990", "1 @ 30 = 3000", "1 @ 10 = 1000",
    ]  # fmt: skip


def test_G_08_changes_are_billed_once_when_approved_and_recurring_ones_every_month(gateway: GatewayStory):
    gateway.change(hours="1.5", hourly_rate="75.00").change("9.00", id="later", status="pending")
    gateway.change("4.00", recurring="monthly", recurring_until="2026-02-28", service_date="2026-01-31")
    gateway.change("7.00", service_date="2026-02-01").change("8.00", status="cancelled").run()
    assert gateway.lines() == ["sub1 service_change 1.5h @ 75 = 11250", "sub1 service_change 1 @ 4 = 400"]
    assert gateway.only()["unbilled"] == {"change_not_approved": 1}

    gateway.change("9.00", id="later").run(month="2026-02", at=AFTER_FEBRUARY)
    gateway.run(month="2026-03", at="2026-04-01T03:20:00+02:00")

    assert gateway.lines()[2:] == [
        "sub1 service_change 1 @ 9 = 900",
        "sub1 service_change 1 @ 4 = 400",
        "sub1 service_change 1 @ 7 = 700",
    ]


def test_G_09_the_setup_fee_comes_with_the_first_invoice_after_the_start_and_once(gateway: GatewayStory):
    gateway.company("new", started_at="2026-02-03").company("old").fees(company="new", setup_fee="150.00")
    gateway.fees(company="old", setup_fee="99.00", setup_fee_billed_elsewhere="A-17").fees(setup_fee="80.00")
    assert [gateway.preview()["subtotal_cents"] for _ in range(2)] == [8000, 8000]
    gateway.run().run(month="2026-02", at=AFTER_FEBRUARY)

    assert gateway.lines() == ["sub1 setup_fee 1 @ 80 = 8000", "new setup_fee 1 @ 150 = 15000"]


def test_G_12_each_active_flat_output_is_one_line_whatever_the_number_of_cases(gateway: GatewayStory):
    gateway.output(billing_mode="monthly_flat", default=True).output(
        billing_mode="monthly_flat", monthly_flat_price_cents=4900
    )
    gateway.output(billing_mode="monthly_flat", active=False).output(
        billing_mode="monthly_flat", monthly_flat_price_cents=0
    )
    gateway.case(3).run()

    assert gateway.lines() == ["sub1 monthly_flat 1 @ 29 = 2900", "sub1 monthly_flat 1 @ 49 = 4900"]
    assert gateway.only()["unbilled"] == {"flat_or_none": 3}


def test_M_04_a_discount_of_the_month_is_in_the_preview_and_on_the_invoice(gateway: GatewayStory):
    gateway.has("charge", unit_price="100.00").import_lines()
    partner = Client.objects.get(external_id="partner")
    Discount.objects.create(client=partner, month="2026-01-01", percent=10, reason="Goodwill")
    preview = gateway.preview()
    gateway.run("--issue", at=AFTER_JANUARY)

    (document,) = gateway.documents()
    sums = [document[name] for name in ("discount_cents", "tax_cents", "total_cents")]
    assert sums == [1000, 1710, 10710]
    assert (preview["tax_cents"], preview["total_cents"]) == (1710, 10710)
