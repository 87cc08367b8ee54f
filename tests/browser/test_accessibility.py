"""Every page of the admin, looked at by axe-core, and at the width of a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import ViewportSize

from tests.browser.axe import findings
from tests.browser.conftest import SIZE
from tests.everything import make_everything
from tests.factories import UserFactory
from tests.routes import APART, OPEN, Route, routes

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELEPHONE: ViewportSize = {"width": 390, "height": 844}
# The theme draws them all alike.
ONE_HISTORY = "admin:contracts_client_history"
IN_THE_DARK = (
    "admin:index", "admin:tickets_ticket_changelist", "admin:tickets_ticket_change", "admin:tickets_ticket_waive_this",
    "admin:invoicing_invoice_changelist", "admin:invoicing_invoice_change", "admin:invoicing_invoice_credit_this",
    "admin:invoicing_storedsetting_changelist", "admin:contracts_contract_change", "enrolment", "enrolment-client",
    "gateway-month", "gateway-partner-month", "gateway-statement", "report-failed", "report-activity",
)  # fmt: skip
QUESTIONS = (
    ("tickets/ticket/", "bill_now"), ("tickets/ticket/", "hold"), ("tickets/timeentry/", "reject"),
    ("invoicing/invoice/", "issue"), ("invoicing/invoice/", "send"),
)  # fmt: skip
# Answers of other kinds, and a way on to another page.
NO_PAGES = ("jsi18n", "search", "annex", "pdf", "xml", "try_one_again")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def opened() -> list[Route]:
    return [
        route
        for route in routes()
        if route.name not in {*OPEN, *APART}
        and route.needs is not None
        and route.needs.lets("administrator", "get")
        and not route.name.endswith(NO_PAGES)
        and (not route.name.endswith("_history") or route.name == ONE_HISTORY)
    ]


def keeps_out(desk: Desk, name: str) -> list[str]:
    """What axe finds on the page, and whether the page is too wide for a telephone."""
    found = [f"{name}: {one}" for one in findings(desk.page)]
    desk.page.set_viewport_size(TELEPHONE)
    over = desk.page.evaluate(WIDER)
    desk.page.set_viewport_size(SIZE)
    return [*found, f"{name}: {over} px wider than a telephone"] if over > 0 else found


def test_every_page_can_be_used_by_everybody_and_on_a_telephone(desk):
    make_everything()
    TOTPDevice.objects.create(user=UserFactory.create(username="somebody"), name="telephone")
    desk.enter("administrator", "ada")
    found = []

    for route in opened():
        desk.page.goto(f"{desk.home}{route.own()}")
        found += keeps_out(desk, route.name)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("desk", ["dark"], indirect=True)
def test_pages_can_be_read_in_the_dark(desk):
    make_everything()
    desk.page.goto(f"{desk.home}/")
    found = keeps_out(desk, "sign in")
    desk.enter("administrator", "ada")

    for route in opened():
        if route.name in IN_THE_DARK:
            desk.page.goto(f"{desk.home}{route.own()}")
            found += keeps_out(desk, route.name)

    assert not found, "\n".join(found)


def test_questions_about_many_rows_can_be_used_by_everybody(desk):
    make_everything()
    desk.enter("administrator", "ada")
    found = []

    for page, action in QUESTIONS:
        desk.open(page)
        desk.choose(action)
        desk.page.locator(".desk-question").wait_for()
        found += keeps_out(desk, f"{page} {action}")

    assert not found, "\n".join(found)
