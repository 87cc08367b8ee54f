"""Starting long work with the documents that were chosen in the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.desk.asking import signed_in
from invoicing.admin.job import page_of_job
from invoicing.jobs import start_job

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.desk.pages import Page
    from invoicing.models import Invoice

MOST_AT_ONCE: Final = 5000


class KeyOnly(forms.Form):
    """A form whose second sending starts nothing."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid4().hex})


def chosen_keys(page: Page, request: HttpRequest, chosen: QuerySet[Invoice]) -> list[int] | None:
    """The keys in their order; None, and said so, where there are too many for one go."""
    keys = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(keys) <= MOST_AT_ONCE:
        return keys
    said = _("Choose at most %(most)s.") % {"most": MOST_AT_ONCE}
    page.message_user(request, said, messages.ERROR)
    return None


def start(request: HttpRequest, kind: str, documents: Sequence[int], key: str) -> HttpResponse:
    """Have it done by a worker; answers the page on which it is watched."""
    job = start_job(kind, {"documents": list(documents)}, key=key, by=signed_in(request), at=timezone.now())
    return page_of_job(job)
