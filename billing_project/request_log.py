"""What a request and a task write into each line of their logs: ids, never a name, an address or a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

# Parts of addresses and arguments of tasks that name a row.
ROWS: Final = frozenset({
    "object_id", "ticket", "ticket_id", "client", "partner", "document", "contract", "company", "label", "month",
})  # fmt: skip


class RequestLog(RequestMiddleware):
    """Middleware: request id, user id, page and the row that it is about. One line at the end of each request."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Without the query: people search for names."""
        return f"{request.method} {request.path}"

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],  # noqa: ARG002 - Django's signature
        args: Any,  # noqa: ARG002
        kwargs: Mapping[str, Any],
    ) -> None:
        """Django's hook: the address is resolved now."""
        match = request.resolver_match
        bind_rows(kwargs, page=match.view_name if match else "")


def bind_rows(named: Mapping[str, Any], **more: object) -> None:
    """Bind those values that name a row."""
    rows = {name: value for name, value in named.items() if name in ROWS and isinstance(value, int | str)}
    structlog.contextvars.bind_contextvars(**rows, **more)


def bind_task(task: Any = None, **_: object) -> None:
    """Receiver of django-structlog's signal, as a task begins."""
    bind_rows(task.request.kwargs or {}, task=task.name)
