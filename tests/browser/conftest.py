"""The system's Chromium, which may talk to the test's own server and to nobody else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Visitor
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, ViewportSize, sync_playwright

from accounts.desk.step_up import GIVEN_AT
from accounts.models import User
from billing_project.celery import app
from contracts.models import Client
from tests.browser import workers as workers_of
from tests.browser.workers import Workers
from tests.factories import UserFactory
from tests.invoicing.stripe.telling import SECRETS, set_up
from tests.signing_in import BACKEND

SWITCHES = (
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-lcd-text", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZE: ViewportSize = {"width": 1280, "height": 900}
PASSWORD = "correct horse battery"
# A page that the person leaves, or that shows itself again, breaks off what it had asked for.
BROKEN_OFF = "net::ERR_ABORTED"


@pytest.fixture(autouse=True, scope="package")
def django_beside_playwright() -> Iterator[None]:
    """Playwright runs an event loop in this thread; Django would take it for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; CHROMIUM names another than the one on the path."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise FileNotFoundError("no Chromium: install it, or name it with CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield browser
        browser.close()


@dataclass
class Desk:
    """A window on the admin. What goes wrong in it is collected; the fixture asserts that nothing did."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, role: str, name: str, **facts: object) -> User:
        """Make a person of that role, and sign in by name and password."""
        person = UserFactory.create(username=name, role=role, **facts)
        self.page.goto(f"{self.home}/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("form button[type=submit]")
        self.page.wait_for_url(f"{self.home}/admin/")
        return person

    def enter(self, role: str, name: str) -> User:
        """Make a person of that role who is signed in already."""
        person, visitor = UserFactory.create(username=name, role=role), Visitor()
        visitor.force_login(person, backend=BACKEND)
        cookie = visitor.cookies["sessionid"].value
        self.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.home}])
        return person

    def open(self, path: str) -> None:
        """Open a page of the admin."""
        self.page.goto(f"{self.home}/admin/{path}")

    def verb(self, name: str) -> None:
        """Press a button at the head of the page; the link that it is leads on."""
        self.page.get_by_role("link", name=name).click()

    def confirm(self, button: str, **typed: str) -> None:
        """Type what the question asks for, and press its button."""
        for field_name, value in typed.items():
            self.page.fill(f"[name={field_name}]", value)
        self.page.locator("#content-main").get_by_role("button", name=button, exact=True).click()

    def choose(self, action: str, *rows: str, run: str = "Run") -> None:
        """Tick the rows of a list that say so, or all of them, and run the action with the button of that name."""
        if not rows:
            self.page.locator("#action-toggle").check()
        for row in rows:
            self.page.locator("#result_list tr", has_text=row).locator("input[name=_selected_action]").check()
        self.page.select_option("select[name=action]", action)
        self.page.get_by_role("button", name=run, exact=True).click()

    def enrol(self, how: str, *clients: Client, **typed: str) -> None:
        """Tick the clients on the page of enrolment, and enrol them so."""
        for client in clients:
            self.page.get_by_label(f"Choose {client.name}").check()
        self.page.get_by_role("button", name=f"{how}…").click()
        self.confirm("Enrol", **typed, reason="pilot")

    def forget_the_password(self) -> None:
        """As if it had been given a while ago."""
        (cookie,) = [one for one in self.page.context.cookies() if one.get("name") == "sessionid"]
        session = SessionStore(cookie.get("value"))
        session.pop(GIVEN_AT, None)
        session.save()

    def watch(self) -> None:
        """Collect errors, what could not be loaded, and requests that leave the house."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda problem: self.complaints.append(f"error on the page: {problem}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"left the house: {url}")

    def _failed(self, url: str, why: str | None) -> None:
        if why != BROKEN_OFF:
            self.complaints.append(f"not loaded: {url}: {why}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.complaints.append(f"{answer.status}: {answer.url}")


@pytest.fixture(scope="session")
def installation(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """The workers of all stories: to start them takes longer than to tell one."""
    url = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{workers_of.DATABASE}"
    with workers_of.running(tmp_path_factory.mktemp("workers"), url) as started:
        yield started


@pytest.fixture
def workers(
    installation: Workers, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workers]:
    """Real workers do what the web server asks for. At the end of a story they have done all of it."""
    monkeypatch.setattr(app.conf, "broker_url", installation.broker.url)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    set_up(settings, installation.stripe)
    installation.stripe.webhook(f"{live_server.url}/webhooks/stripe/", SECRETS)
    installation.forget()
    yield installation
    installation.finish()
    installation.stripe.post.endpoints.clear()
    assert installation.stripe.refusals == []


@pytest.fixture(params=["light"])
def desk(request: pytest.FixtureRequest, chromium: Browser, live_server: Any) -> Iterator[Desk]:
    """A window of its own for each test, in the issuer's time zone.

    Parametrise it with "dark" for the other theme, or "german" for a browser that speaks it.
    """
    context = chromium.new_context(
        viewport=SIZE, locale="de-DE" if request.param == "german" else "en-GB", timezone_id="Europe/Berlin",
        color_scheme="dark" if request.param == "dark" else "light",
    )  # fmt: skip
    context.set_default_timeout(10_000)
    window = Desk(context.new_page(), live_server.url)
    window.watch()
    yield window
    context.close()
    assert window.complaints == []
