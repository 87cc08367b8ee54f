"""How often a person may ask. What counts the requests may be away: then nobody is kept from their work."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from accounts.desk.asking import is_confirmed

# Kinds of requests; RATE_LIMITS says how often each.
BY_HAND: Final = "by_hand"
EXPORTS: Final = "exports"
PASSWORD: Final = "password"  # noqa: S105 - a name
CODE: Final = "code"

Page = TypeVar("Page")
P = ParamSpec("P")
R = TypeVar("R")
Limited = Callable[Concatenate[Page, HttpRequest, P], R | HttpResponse]
log = structlog.get_logger(__name__)


def refused(request: HttpRequest, kind: str) -> HttpResponse | None:
    """Count the request; the answer (429 and a sentence) where it is one too many, else None."""
    try:
        usage = get_usage(request, group=kind, key="user_or_ip", rate=settings.RATE_LIMITS[kind], increment=True)
    except RedisError as problem:
        log.warning("limits.not_counted", kind=kind, problem=str(problem))
        return None
    if usage is None or not usage["should_limit"]:
        return None
    log.warning("limits.refused", kind=kind, by=request.user.get_username())
    return too_often(request, seconds=usage["time_left"])


def limited(kind: str) -> Callable[[Callable[Concatenate[Page, HttpRequest, P], R]], Limited[Page, P, R]]:
    """Limit a method of a page: `@limited(EXPORTS)` below the marks that make it an action."""

    def decorate(method: Callable[Concatenate[Page, HttpRequest, P], R]) -> Limited[Page, P, R]:
        @wraps(method)
        def counted(page: Page, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
            answer = refused(request, kind)
            return answer if answer is not None else method(page, request, *args, **kwargs)

        return counted

    return decorate


def locked_out(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:  # noqa: ARG001
    """The answer to a name whose password was wrong too often (AXES_LOCKOUT_CALLABLE)."""
    return too_often(request)


def too_often(request: HttpRequest, *, seconds: int = 0) -> HttpResponse:
    """The answer to one request too many; `seconds` until the next one is heard, where that is known."""
    context = {
        **admin.site.each_context(request),
        "title": _("Too many requests"),
        "minutes": max(1, -(-seconds // 60)) if seconds else None,
    }
    answer = TemplateResponse(request, "desk/limited.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    if seconds > 0:
        answer["Retry-After"] = str(seconds)
    return answer.render()


class ByHandLimit:
    """Middleware: whatever a person confirms counts as done by hand, in every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        if getattr(view, "login_required", True) and request.user.is_authenticated and is_confirmed(request):
            return refused(request, BY_HAND)
        return None
