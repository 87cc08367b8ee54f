"""The step before an action: what it will do, a reason where one is due, and one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

if TYPE_CHECKING:
    from accounts.desk.pages import Page

CONFIRMED, SEEN = "confirmed", "seen"


class ReasonForm(forms.Form):
    """Why. Goes to the audit trail."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget)


@dataclass(frozen=True, slots=True)
class Question:
    """What a person confirms. `template` shows the plan with `context`; no `button`: there is only the way back.

    `seen` is a digest of what is shown; it comes back with the answer.
    """

    title: str
    button: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    form: forms.Form | None = None
    back: str = ""
    seen: str = ""


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has seen the question and pressed its button."""
    return request.method == "POST" and CONFIRMED in request.POST


def seen_by(request: HttpRequest) -> str:
    """The digest of what the person was shown; "" where the answer brings none."""
    return request.POST.get(SEEN, "")


def has_changed(request: HttpRequest, now: str) -> bool:
    """Whether the person was shown something else than what there is now."""
    return request.POST.get(SEEN, now) != now


def ask(page: Page, request: HttpRequest, question: Question, *, chosen: Sequence[int] = ()) -> HttpResponse:
    """Show the question. `chosen` rows of a list come back with the answer; a page of its own needs none."""
    if question.form:
        _focus(question.form)
    context = {
        **page.admin_site.each_context(request),
        **question.context,
        "title": question.title,
        "question": question,
        "opts": page.model._meta,
        "media": page.media,
        "action": request.POST.get("action", ""),
        "seen_name": SEEN,
        "chosen_name": ACTION_CHECKBOX_NAME,
        "chosen": chosen,
    }
    return TemplateResponse(request, "desk/ask.html", context)


def _focus(form: forms.Form) -> None:
    """Let the person type at once: where something is wrong, else in the first field."""
    fields = form.visible_fields()
    for one in [*(one for one in fields if one.errors), *fields][:1]:
        one.field.widget.attrs["autofocus"] = True


def reason_form(request: HttpRequest) -> ReasonForm:
    """The form, filled once the person has answered."""
    return ReasonForm(request.POST if is_confirmed(request) else None)


def signed_in(request: HttpRequest) -> str:
    """The name of the person, for events and the audit trail. Pages of the admin have one."""
    if not isinstance(request.user, AbstractBaseUser):
        raise TypeError("nobody is signed in")
    return request.user.get_username()
