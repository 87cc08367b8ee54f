"""The main jobs without a mouse: sign in, find the ticket, bill it; approve the time of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from invoicing.models import Invoice
from tests.browser.conftest import PASSWORD
from tests.factories import UserFactory, closed_ticket
from tickets.models import TimeEntry

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = """() => { const copy = document.activeElement.cloneNode(true);
    copy.querySelectorAll('[aria-hidden]').forEach((icon) => icon.remove());
    return copy.getAttribute('aria-label') || copy.textContent.trim() || copy.name || ''; }"""
OUTLINED = """() => { const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"""
ROW = "(document.activeElement.matches('[type=checkbox]') && document.activeElement.closest('tr')?.textContent) || ''"
MOST = 120


def tab_to(desk: Desk, name: str, *, tick: bool = False, key: str = "Tab") -> None:
    """Press Tab until the element of that name has the focus; or the box to tick of the row that says so."""
    seen = []
    for _ in range(MOST):
        desk.page.keyboard.press(key)
        seen.append(" ".join(str(desk.page.evaluate(ROW if tick else FOCUSED)).split()))
        if seen[-1] == name or (tick and name in seen[-1]):
            return
    raise AssertionError(f"{name} is not reached by {key}, but {seen}")


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


def test_an_approver_approves_time_by_keyboard(desk):
    for technician in ("kim", "lee"):
        work = closed_ticket("1.00", number=f"of {technician}", client__automation="off")
        TimeEntry.objects.filter(ticket=work).update(technician=technician, description=f"work of {technician}")
    desk.enter("approver", "anna")
    keys = desk.page.keyboard

    desk.open("")
    tab_to(desk, "To approve")
    keys.press("Enter")
    expect(desk.page.get_by_text("work of kim")).to_be_visible()
    tab_to(desk, "work of kim", tick=True)
    keys.press("Space")
    tab_to(desk, "Select action to run", key="Shift+Tab")
    keys.type("Approve")
    tab_to(desk, "Run")
    assert desk.page.evaluate(OUTLINED)
    keys.press("Enter")

    expect(desk.page.get_by_text("1 approved.")).to_be_visible()
    assert dict(TimeEntry.objects.values_list("technician", "status")) == {"kim": "approved", "lee": "submitted"}
