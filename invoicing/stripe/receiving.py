"""An event as it arrives: read no further than is needed to know it again, stored before anything is done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connection

from invoicing.dispatch import send_on_commit
from invoicing.models import StripeEvent
from invoicing.models.stripe import ID_LENGTH
from invoicing.stripe import anomalies
from invoicing.stripe.handlers import HANDLERS

log = structlog.get_logger("billing.stripe")

LONGEST_TYPE: Final = 100
# What Stripe itself changes from one delivery of an event to the next.
CHANGING: Final = frozenset({"pending_webhooks"})
HINT_SECONDS: Final = 1  # a burst of events costs one message a second

INSERT = """
INSERT INTO invoicing_stripeevent
    (event_id, event_type, object_id, payload, created_at, received_at, next_at, status, outcome, processed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (event_id) DO UPDATE SET deliveries = invoicing_stripeevent.deliveries + 1
RETURNING id, deliveries, CASE WHEN deliveries > 1 THEN payload END
"""


class NotAnEvent(ValueError):  # noqa: N818 - says what is wrong with it, as a sentence
    """Signed, but nothing that Stripe would send: it cannot be kept, because it has no id to know it by."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of itself. `ignored`: why it is kept and not acted on."""

    event_id: str
    event_type: str
    object_id: str
    created_at: datetime | None
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """The stored row, and how often the event came so far."""

    pk: int
    deliveries: int

    @property
    def is_duplicate(self) -> bool:
        return self.deliveries > 1


def read(body: bytes) -> Told:
    """What the event says of itself. Raises NotAnEvent with a sentence."""
    event = _parsed(body)
    if not isinstance(event, dict):
        raise NotAnEvent("the body is no JSON object")
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    object_id = subject.get("id") if isinstance(subject, dict) else None
    event_type = _text(event, "type", LONGEST_TYPE)
    return Told(
        event_id=_text(event, "id", ID_LENGTH),
        event_type=event_type,
        object_id=str(object_id) if _is_text(object_id, ID_LENGTH) else "",
        created_at=_moment(event.get("created")),
        ignored=_not_ours(event) or ("" if event_type in HANDLERS else "nothing is done for events of this type"),
    )


def receive(told: Told, body: bytes, *, at: datetime) -> Received:
    """Store the event, or count one more delivery of it; in one statement. Every delivery is logged."""
    status = StripeEvent.Status.IGNORED if told.ignored else StripeEvent.Status.PENDING
    row = [told.event_id, told.event_type, told.object_id, body, told.created_at, at, at, status.value, told.ignored]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*row, at if told.ignored else None])
        pk, deliveries, first = cursor.fetchone()
    received = Received(pk, deliveries)
    log.info(
        "stripe event received", stripe_event=told.event_id, type=told.event_type, deliveries=received.deliveries,
        ignored=told.ignored,
    )  # fmt: skip
    if received.is_duplicate:
        _compare(pk, bytes(first), body, at=at)
    elif not told.ignored:
        ask_for_processing()
    return received


def ask_for_processing() -> None:
    """Have what was stored processed within seconds."""
    from invoicing import tasks  # which imports what processing is made of

    send_on_commit(tasks.process_stripe_events, gather_seconds=HINT_SECONDS)


def _compare(pk: int, first: bytes, body: bytes, *, at: datetime) -> None:
    """An event that comes again says the same; one that does not is shown to a person."""
    if first in (b"", body):  # erased by now, or the same
        return
    before, now = _parsed(first), _parsed(body)
    if _lasting(before) != _lasting(now) and before.get("api_version") == now.get("api_version"):
        event = StripeEvent.objects.get(pk=pk)
        text = f"Event {event.event_id} was delivered again with another body. What came first counts."
        anomalies.note("stripe_event_differs", text, event=event, key=event.event_id, at=at)


def _lasting(event: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in event.items() if name not in CHANGING}


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise NotAnEvent("the body is nested too deeply") from None
    except ValueError as problem:  # also bytes that are no text, and numbers of thousands of digits
        raise NotAnEvent(f"the body is not JSON: {str(problem)[:100]}") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _text(event: Mapping[str, object], name: str, longest: int) -> str:
    value = event.get(name)
    if not _is_text(value, longest):
        raise NotAnEvent(f"{name} must be a text of 1 to {longest} printable characters")
    return str(value)


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _not_ours(event: Mapping[str, object]) -> str:
    """Why an event is no business of this installation; "" where it is."""
    if event.get("account") is not None:
        return "it is of another account"
    if event.get("livemode") is not settings.DEPLOYMENT.production:
        return "it is of test mode" if settings.DEPLOYMENT.production else "it is of live mode"
    return ""
