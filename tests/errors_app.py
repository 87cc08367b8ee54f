"""Addresses that fail, for a process of its own: what is reported of a fault must not say whose it was."""

from __future__ import annotations

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

WORDS = "Bücher & Söhne"


@login_not_required
def broken(request: HttpRequest, client: int) -> HttpResponse:
    name = f"{WORDS} {client} {request.POST['note']}"
    try:
        dict[str, str]()[name]
    except LookupError:
        structlog.get_logger("billing.test").exception("month failed", client=client, name=name)
    raise ValueError(f"cannot bill {name}")


urlpatterns = [path("broken/<int:client>/", broken)]
