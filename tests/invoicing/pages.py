"""The pages of documents in the admin, as a test works with them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client as Browser

    from invoicing.models import Invoice

LIST = "admin:invoicing_invoice_changelist"
WHY = {"confirmed": "yes", "reason": "as agreed"}


def page_of(document: Invoice) -> str:
    """The address of a document's page."""
    return reverse("admin:invoicing_invoice_change", args=[document.pk])


def verb(document: Invoice, name: str, line: int | None = None) -> str:
    """The address of one of its buttons, for one of its lines."""
    address = reverse(f"admin:invoicing_invoice_{name}", args=[document.pk])
    return address if line is None else f"{address}?line={line}"


def shown(response: Any) -> str:
    """The text of a page."""
    return html.unescape(response.content.decode())


def hidden(response: Any) -> dict[str, str]:
    """What the question carries along unseen: its key, and what the person saw."""
    fields = re.findall(r'<input type="hidden" name="(key|seen)"(?: value="([^"]*)")?', response.content.decode())
    return dict(fields)


def answered(browser: Browser, address: str, **given: Any) -> Any:
    """Open the question, fill it in, and press its button."""
    asked = browser.get(address)
    return browser.post(address, {**WHY, **hidden(asked), **given})
