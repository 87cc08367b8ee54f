"""Faults to Sentry, where an address is set. What leaves is chosen, not filtered: kinds, places, ids; no words."""

from __future__ import annotations

import sys
from typing import Any, Final

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import event_from_exception

OF_AN_EVENT: Final = ("event_id", "timestamp", "level", "platform", "release", "environment", "logger", "transaction")
OF_A_FRAME: Final = ("filename", "abs_path", "module", "function", "lineno", "in_app")
# What logs bind to a line and what is nobody's name.
IDS: Final = frozenset({
    "request_id", "task_id", "parent_task_id", "user_id", "page", "ticket", "ticket_id", "client", "partner", "invoice",
    "object_id", "document", "month", "job", "call", "mail", "stripe_event", "kind", "purpose", "task",
})  # fmt: skip


def start(dsn: str, *, environment: str) -> None:
    """Report faults from now on: what no code caught, and what was logged as an error. No traces, no sessions."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=_leave_quietly),
            CeleryIntegration(propagate_traces=False),
            DedupeIntegration(),
            DjangoIntegration(middleware_spans=False, signals_spans=False),
            ExcepthookIntegration(),
            LoggingIntegration(level=None),
        ],
        before_send=chosen,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        send_default_pii=False,
        auto_session_tracking=False,
        send_client_reports=False,
        enable_tracing=False,
    )


def _leave_quietly(_pending: int, _timeout: object) -> None:
    """The package would write to standard error that it waits."""


def chosen(event: Event, hint: Hint) -> Event | None:
    """The parts of an event that may leave. Texts of errors stay here: they quote what people wrote."""
    words = getattr(hint.get("log_record"), "msg", None)
    words = words if isinstance(words, dict) else {}
    if "exception" not in event and (caught := _caught(words)):
        event["exception"] = event_from_exception(caught)[0]["exception"]
    left: dict[str, Any] = {name: event[name] for name in OF_AN_EVENT if name in event}
    if "exception" in event:
        left["exception"] = {"values": [_kind_and_place(one) for one in event["exception"].get("values", ())]}
    if told := words.get("event"):
        left["message"] = str(told) if isinstance(told, str) else "event"
    left["tags"] = {name: str(words[name])[:100] for name in sorted(IDS & words.keys())}
    if "request" in event:
        left["request"] = {"method": event["request"].get("method")}
    return left  # type: ignore[return-value]


def _caught(words: dict[str, Any]) -> Any:
    """The exception that a line of the log is about."""
    about = words.get("exc_info")
    if isinstance(about, BaseException):
        return (type(about), about, about.__traceback__)
    return sys.exc_info() if about is True and sys.exc_info()[0] else about if isinstance(about, tuple) else None


def _kind_and_place(one: dict[str, Any]) -> dict[str, Any]:
    frames = [
        {name: frame[name] for name in OF_A_FRAME if name in frame}
        for frame in (one.get("stacktrace") or {}).get("frames", ())
    ]
    return {"type": one.get("type"), "module": one.get("module"), "stacktrace": {"frames": frames}}
