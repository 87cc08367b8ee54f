"""Whoever writes a contract sees what it comes to while typing."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from contracts.models import Contract
from tests.factories import ContractFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_clerk_sees_what_a_contract_comes_to_while_typing(desk):
    contract = ContractFactory.create(hourly_rate="90", start_on=date(2026, 1, 1))
    desk.enter("clerk", "carl")
    desk.open(f"contracts/contract/{contract.pk}/change/")
    panel, page = desk.page.locator("#examples"), desk.page
    weekday = panel.locator("tbody tr").first
    expect(weekday).to_contain_text("135.00 EUR")

    page.get_by_label("Price of an hour").first.fill("120")
    expect(weekday.locator("del")).to_contain_text("135.00 EUR")
    expect(weekday.locator("ins")).to_have_text("180.00 EUR")

    page.get_by_label("Price of an hour").first.fill("a lot")
    expect(panel).to_contain_text("Not complete yet: Price of an hour: “a lot” is no number.")
    page.get_by_label("Price of an hour").first.fill("120")
    page.get_by_role("link", name="Add another Rate").click()
    page.locator("[name=rates-0-time_of_day]").select_option("weekend")
    page.locator("[name=rates-0-multiplier]").fill("2")
    page.locator("[name=rates-0-valid_from]").fill("2026-01-01")
    expect(panel.locator("tbody tr").nth(1).locator("ins")).to_have_text("360.00 EUR")
    expect(panel).to_contain_text("3 examples differ from the saved terms.")

    contract.refresh_from_db()
    assert (contract.hourly_rate, Contract.objects.get().rates.count()) == (90, 0)
