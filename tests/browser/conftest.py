"""The system's Chromium, which may talk to the test's own server and to nobody else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

from tests.factories import UserFactory

SWITCHES = (
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-lcd-text", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZE: ViewportSize = {"width": 1280, "height": 900}
PASSWORD = "correct horse battery"


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

    def sign_in(self, role: str, name: str) -> None:
        """Make a person of that role, and sign in by name and password."""
        UserFactory.create(username=name, role=role)
        self.page.goto(f"{self.home}/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("form button[type=submit]")
        self.page.get_by_text("Tickets waiting to be billed").wait_for()

    def open(self, path: str) -> None:
        """Open a page of the admin and wait until it is quiet."""
        self.page.goto(f"{self.home}/admin/{path}")
        self.page.wait_for_load_state("networkidle")

    def watch(self) -> None:
        """Collect errors, and requests that leave the house."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda problem: self.complaints.append(f"error on the page: {problem}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"left the house: {url}")


@pytest.fixture(params=["light"])
def desk(request: pytest.FixtureRequest, chromium: Browser, live_server: Any) -> Iterator[Desk]:
    """A window of its own for each test, in the issuer's time zone; parametrise it with "dark" for the other theme."""
    context = chromium.new_context(
        viewport=SIZE, locale="en-GB", timezone_id="Europe/Berlin", color_scheme=request.param
    )
    window = Desk(context.new_page(), live_server.url)
    window.watch()
    yield window
    context.close()
    assert window.complaints == []
