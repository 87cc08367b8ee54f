"""Pages of the admin as a test works with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.messages import get_messages
from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.test import Client as Browser


def said(page: Any) -> list[str]:
    """The messages that the page shows next."""
    return [str(message) for message in get_messages(page.wsgi_request)]


def text_of(page: Any) -> str:
    """The page as it was sent."""
    text: str = page.content.decode()
    return text


def errors(page: Any) -> list[str]:
    """What is wrong with the form as a whole."""
    return [str(error) for error in page.context["adminform"].form.non_field_errors()]


def choose(browser: Browser, where: str, action: str, rows: Sequence[Any], **more: Any) -> Any:
    """Choose rows of the list of that name and an action on them."""
    return browser.post(reverse(where), {"action": action, "_selected_action": [row.pk for row in rows], **more})
