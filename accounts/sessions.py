"""How long a sign-in lasts: so long in all, and so long without a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.desk.step_up import note_given

SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"
# Noting every request would write every session with every request.
NOTED_EVERY: Final = timedelta(minutes=1)


@receiver(user_logged_in)
def begin(sender: object, request: HttpRequest, **_: object) -> None:  # noqa: ARG001 - Django's signature
    """The clocks of a sign-in start; whoever signs in has just given the password."""
    now = timezone.now()
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(now.timestamp())
    note_given(request.session, at=now)


def is_over(session: SessionBase, *, at: datetime) -> bool:
    """Whether the sign-in is too old, or nobody has asked for anything for too long."""
    lasts, idle = at - _moment(session, SIGNED_IN_AT, at), at - _moment(session, SEEN_AT, at)
    return lasts >= settings.SESSION_LASTS or idle >= settings.SESSION_IDLE


def note_seen(session: SessionBase, *, at: datetime) -> None:
    """Somebody is there; a session from before there were clocks gets its own."""
    if SIGNED_IN_AT not in session:
        session[SIGNED_IN_AT] = int(at.timestamp())
    if SEEN_AT not in session or at - _moment(session, SEEN_AT, at) >= NOTED_EVERY:
        session[SEEN_AT] = int(at.timestamp())


def _moment(session: SessionBase, name: str, at: datetime) -> datetime:
    found = session.get(name)
    return datetime.fromtimestamp(found, UTC) if isinstance(found, int) else at


class SessionClock:
    """Middleware: a sign-in that is over is none any more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        now = timezone.now()
        if not is_over(request.session, at=now):
            note_seen(request.session, at=now)
            return None
        logout(request)
        messages.info(request, _("You were signed out, because the sign-in was too old. Please sign in again."))
        return redirect_to_login(request.get_full_path())
