"""Pages show and read times in the issuer's zone; what is stored is UTC."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

import config


def local_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the issuer's zone is the current one while a request is answered."""

    def answer(request: HttpRequest) -> HttpResponse:
        with timezone.override(config.billing().zone):
            return get_response(request)

    return answer
