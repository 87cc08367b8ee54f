"""Pictures of the admin with the demo's month.

They are made anew for the documentation with
`SCREENSHOTS=docs/images python3 run.py test tests/browser/test_screenshots.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import ViewportSize

from contracts.models import Client, Contract
from gateway_billing.models import Call
from invoicing.jobs import run_waiting
from invoicing.models import Invoice
from tests.browser.conftest import SIZE
from tests.browser.month import bill_the_demo
from tests.browser.palette import with_few_colours
from tickets.models import Ticket

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALLEST, LARGEST = 10_000, 300_000
TELEPHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Picture:
    """What is opened, and what is done there before the picture is taken."""

    name: str
    path: str
    then: Callable[[Page], object] | None = None


def why(page: Page) -> None:
    page.get_by_text("Why this amount").first.click()


def all_drafts(page: Page) -> None:
    page.locator("#action-toggle").check()
    page.select_option("select[name=action]", "issue")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator(".desk-question").wait_for()


def dry_run(page: Page) -> None:
    page.get_by_label("Choose Rheinton Kommunikation AG").check()
    page.get_by_role("button", name="Dry run…").click()
    page.locator("#content-main").get_by_role("button", name="Dry run").click()
    run_waiting()
    page.get_by_text("Nothing was written.").wait_for()


def report(page: Page) -> None:
    page.get_by_role("button", name="Make the report").click()
    page.wait_for_url("**/job/**")
    run_waiting()
    page.locator(".desk-table").first.wait_for()


def another_rate(page: Page) -> None:
    page.get_by_label("Price of an hour").first.fill("110")
    page.locator("#examples ins").first.wait_for()
    page.mouse.wheel(0, -10_000)


def ticket(number: str, verb: str = "change") -> str:
    return f"tickets/ticket/{Ticket.objects.get(number=number).pk}/{verb}/"


def pictures() -> list[Picture]:
    issued = Invoice.objects.get(client__external_id="brauer", status="open").pk
    draft = Invoice.objects.get(client__external_id="amsel", status="draft").pk
    shadow = Client.objects.get(external_id="kornblum").pk
    prepaid = Contract.objects.get(external_id="nordlicht-prepaid").pk
    month = f"{Call.objects.latest('started_at').started_at:%Y-%m}"
    return [
        Picture("home", ""),
        Picture("tickets", "tickets/ticket/"),
        Picture("ticket", ticket("4001")),
        Picture("ticket-held", ticket("4052")),
        Picture("ticket-bill", ticket("4067", "bill_this")),
        Picture("ticket-waive", ticket("4067", "waive_this")),
        Picture("to-approve", "tickets/timeentry/?approval=waiting"),
        Picture("invoices", "invoicing/invoice/"),
        Picture("invoice", f"invoicing/invoice/{issued}/change/", why),
        Picture("draft", f"invoicing/invoice/{draft}/change/"),
        Picture("issue", "invoicing/invoice/?status__exact=draft", all_drafts),
        Picture("void", f"invoicing/invoice/{issued}/void_this/"),
        Picture("contract", f"contracts/contract/{prepaid}/change/"),
        Picture("contract-typed", f"contracts/contract/{prepaid}/change/", another_rate),
        Picture("automation", "invoicing/storedsetting/"),
        Picture("enrolment", "enrolment/"),
        Picture("enrolled-client", f"enrolment/{shadow}/"),
        Picture("month", f"gateway/months/{month}/"),
        Picture("month-dry-run", f"gateway/months/{month}/", dry_run),
        Picture("unbilled", "reports/unbilled/", report),
        Picture("queues", "reports/queues/"),
    ]


def test_the_demo_month_fills_the_admin(desk, tmp_path):
    bill_the_demo()
    desk.sign_in("administrator", "demo")
    kept = os.environ.get("SCREENSHOTS")
    folder, taken = Path(kept or tmp_path), []

    def take(one: Picture, name: str = "") -> None:
        desk.open(one.path)
        if one.then:
            one.then(desk.page)
        desk.page.wait_for_load_state()
        desk.page.evaluate("document.fonts.ready")
        taken.append(folder / f"admin-{name or one.name}.png")
        picture = desk.page.screenshot()
        taken[-1].write_bytes(with_few_colours(picture) if kept else picture)

    found = {one.name: one for one in pictures()}
    for one in found.values():
        take(one)
    in_other_ways(desk, found, take)

    assert all(SMALLEST < path.stat().st_size < LARGEST for path in taken)


def in_other_ways(desk: Desk, found: dict[str, Picture], take: Callable[[Picture, str], None]) -> None:
    """A few of them in the dark, on a telephone, and in German."""
    desk.page.emulate_media(color_scheme="dark")
    take(found["home"], "home-dark")
    desk.page.emulate_media(color_scheme="light")
    desk.page.set_viewport_size(TELEPHONE)
    take(found["ticket"], "ticket-telephone")
    desk.page.set_viewport_size(SIZE)
    desk.page.context.add_cookies([{"name": "django_language", "value": "de", "url": desk.home}])
    take(found["ticket-held"], "ticket-german")
