"""What cannot be taken back asks for the password again, unless it was given a short time ago.

`@needs_password` goes below the marks that make a method of a page an action:

    @action(description="Void…", permissions=["void"], icon="block")
    @needs_password
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse: ...

The person gives the password in a page of its own and is then where they wanted to be; what a form had sent goes on
with it. Signing in counts as having given it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts import limits

GOOD_FOR: Final = timedelta(minutes=10)
GIVEN_AT: Final = "password_given_at"
PASSWORD, ASKED_WITH = "step_up_password", "step_up_method"

P = ParamSpec("P")
R = TypeVar("R")


class PasswordForm(forms.Form):
    """The person's own password."""

    step_up_password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def needs_password(method: Callable[Concatenate[Any, HttpRequest, P], R]) -> Callable[..., Any]:
    """Let the method answer only where the password was given within the last ten minutes; else ask for it."""

    @wraps(method)
    def asked(page: Any, request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> Any:
        answer = ask_password(request)
        return answer if answer is not None else method(page, request, *args, **kwargs)

    return asked


def ask_password(request: HttpRequest) -> HttpResponse | None:
    """None where the person may go on; else the page that asks, or what follows from the answer."""
    if is_given(request.session, at=timezone.now()):
        return None
    if request.method != "POST" or PASSWORD not in request.POST:
        return _page(request, PasswordForm(), method=request.method or "GET")
    if (too_often := limits.refused(request, limits.PASSWORD)) is not None:
        return too_often
    form = PasswordForm(request.POST)
    method = request.POST.get(ASKED_WITH, "GET")
    if not form.is_valid() or not _is_theirs(request, form.cleaned_data[PASSWORD]):
        form.add_error(PASSWORD, _("This is not your password."))
        return _page(request, form, method=method)
    note_given(request.session, at=timezone.now())
    # What was asked for without a form is asked for once more; a form goes on with what it had sent.
    return None if method == "POST" else HttpResponseRedirect(request.get_full_path())


def is_given(session: SessionBase, *, at: datetime) -> bool:
    """Whether the password was given a short time before."""
    given_at = session.get(GIVEN_AT)
    return isinstance(given_at, int) and datetime.fromtimestamp(given_at, UTC) > at - GOOD_FOR


def note_given(session: SessionBase, *, at: datetime) -> None:
    """The person has just shown that it is them."""
    session[GIVEN_AT] = int(at.timestamp())


def _is_theirs(request: HttpRequest, password: str) -> bool:
    """Asked like a sign-in, so that wrong ones are counted as those are."""
    person = authenticate(request, username=request.user.get_username(), password=password)
    return person is not None and person.pk == request.user.pk


def _page(request: HttpRequest, form: PasswordForm, *, method: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Your password, please"),
        "form": form,
        "carried": [*_carried(request), (ASKED_WITH, method)],
        "minutes": GOOD_FOR.seconds // 60,
    }
    return TemplateResponse(request, "desk/step_up.html", context)


def _carried(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """What the form had sent. New passwords are typed again: they are in no page."""
    for name, values in request.POST.lists():
        if name not in ("csrfmiddlewaretoken", ASKED_WITH) and "password" not in name:
            yield from ((name, str(value)) for value in values)
