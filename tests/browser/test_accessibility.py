"""Every page of the admin, looked at by axe-core in both themes and at the width of a telephone, and by keyboard.

Each page is loaded once; the theme and the width change on the page that is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import ViewportSize

from tests.browser import axe
from tests.browser.conftest import SIZE
from tests.browser.hands import headings, out_of_reach, too_wide
from tests.everything import make_everything
from tests.factories import UserFactory
from tests.routes import APART, OPEN, Route, routes

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELEPHONE: ViewportSize = {"width": 390, "height": 844}
# The theme draws them all alike.
ONE_HISTORY = "admin:contracts_client_history"
QUESTIONS = (
    ("tickets/ticket/", "bill_now"), ("tickets/ticket/", "hold"), ("tickets/timeentry/", "reject"),
    ("invoicing/invoice/", "issue"), ("invoicing/invoice/", "send"),
)  # fmt: skip
# What the theme does when the system goes dark, which it looks at once, when a page is loaded.
DARK = "dark => document.documentElement.classList.toggle('dark', dark)"
# Answers of other kinds, parts of a page, and ways on to another page.
NO_PAGES = (
    "jsi18n", "search", "annex", "pdf", "xml", "-example", "try_one_again", "home", "set_language", "time-to-approve",
)  # fmt: skip


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


def keeps_out(desk: Desk, name: str, *, side: bool = False) -> list[str]:
    """What keeps somebody from using the page that is open: in the light, in the dark, on a telephone, by keyboard."""
    page = desk.page
    found = [*headings(page), *axe.findings(page, side=side)]
    page.evaluate(DARK, True)
    found += [f"in the dark: {one}" for one in axe.findings(page, *axe.COLOURS, side=side)]
    page.evaluate(DARK, False)
    found += out_of_reach(page)
    page.set_viewport_size(TELEPHONE)
    found += [f"on a telephone: {one}" for one in (*axe.findings(page), *too_wide(page))]
    page.set_viewport_size(SIZE)
    return [f"{name}: {one}" for one in found]


def test_every_page_can_be_used_by_everybody_and_on_a_telephone(desk):
    make_everything()
    TOTPDevice.objects.create(user=UserFactory.create(username="somebody"), name="telephone")
    axe.bring(desk.page)
    desk.page.goto(f"{desk.home}/")
    found = keeps_out(desk, "sign in")
    desk.enter("administrator", "ada")

    for route in opened():
        desk.page.goto(f"{desk.home}{route.own()}")
        found += keeps_out(desk, route.name, side=route.name == "admin:index")

    assert not found, "\n".join(found)


def test_questions_about_many_rows_can_be_used_by_everybody(desk):
    make_everything()
    axe.bring(desk.page)
    desk.enter("administrator", "ada")
    found = []

    for page, action in QUESTIONS:
        desk.open(page)
        desk.choose(action)
        desk.page.locator(".desk-question").wait_for()
        found += keeps_out(desk, f"{page} {action}")

    assert not found, "\n".join(found)
