"""The main job without a mouse: sign in, find the ticket, bill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from invoicing.models import Invoice
from tests.browser.conftest import PASSWORD
from tests.factories import UserFactory, closed_ticket

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = """() => { const copy = document.activeElement.cloneNode(true);
    copy.querySelectorAll('[aria-hidden]').forEach((icon) => icon.remove());
    return copy.getAttribute('aria-label') || copy.textContent.trim() || copy.name || ''; }"""
OUTLINED = """() => { const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"""
MOST = 120


def tab_to(desk: Desk, name: str) -> None:
    """Press Tab until the element of that name has the focus."""
    seen = []
    for _ in range(MOST):
        desk.page.keyboard.press("Tab")
        seen.append(str(desk.page.evaluate(FOCUSED)))
        if seen[-1] == name:
            return
    raise AssertionError(f"{name} is not reached by Tab, but {seen}")


def test_a_clerk_signs_in_finds_a_ticket_and_bills_it_by_keyboard(desk):
    closed_ticket("1.10", number="4711", client__automation="off")
    UserFactory.create(username="carl", role="clerk")
    keys = desk.page.keyboard

    desk.page.goto(f"{desk.home}/")
    tab_to(desk, "username")
    keys.type("carl")
    tab_to(desk, "password")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(desk.page.get_by_text("Tickets waiting to be billed")).to_be_visible()
    tab_to(desk, "Tickets")
    keys.press("Enter")
    desk.page.wait_for_url("**/tickets/ticket/")
    tab_to(desk, "Filters")
    keys.press("Enter")
    expect(desk.page.locator("#changelist-filter")).to_be_visible()
    expect(desk.page.locator("#changelist-filter :focus")).to_have_count(1)
    keys.press("Escape")
    expect(desk.page.locator("#changelist-filter")).to_be_hidden()
    tab_to(desk, "4711")
    keys.press("Enter")
    expect(desk.page.get_by_text("What billing would do now")).to_be_visible()
    tab_to(desk, "Generate invoice…")
    assert desk.page.evaluate(OUTLINED)
    keys.press("Enter")
    expect(desk.page.locator("[name=reason]")).to_be_focused()
    keys.type("they asked for it")
    tab_to(desk, "Bill now")
    keys.press("Enter")

    expect(desk.page.get_by_text("Ticket 4711: 100.00 EUR went on a draft.")).to_be_visible()
    assert Invoice.objects.count() == 1
