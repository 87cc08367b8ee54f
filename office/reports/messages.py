"""What lies in the queues of the broker: read, never taken out. A message is a hint; what is pending is a row."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import structlog
from redis import RedisError

from office.home.queues import broker, queue_names

log = structlog.get_logger("billing.reports")

SHOWN: Final = 100
# Where workers keep what they took and have not acknowledged.
TAKEN: Final = "unacked"
# Apps whose tasks are the gateway's; all else is billing.
GATEWAY: Final = "gateway_billing"
# Arguments of tasks that name a row, and what their tag is called.
NAMED: Final[Mapping[str, str]] = {"ticket_id": "ticket", "partner": "client", "client": "client"}
Decoded = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tag:
    """ "billing", "gateway", or a row such as "ticket:7"; `kind` and `key` lead to its page."""

    text: str
    kind: str = ""
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `retries`: how often it was sent again; `not_before`: when a worker may begin, "" for at once."""

    task: str
    tags: Sequence[Tag] = ()
    arguments: str = ""
    retries: int = 0
    not_before: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: how many messages, and the first of them in the order in which they are taken."""

    name: str
    length: int
    messages: Sequence[Message] = field(default=())


@dataclass(frozen=True, slots=True)
class Broker:
    """All queues, and how many messages workers have taken."""

    queues: Sequence[Queue]
    taken: int


def read_broker() -> Broker | None:
    """The queues as they are; None where the broker does not answer within a second."""
    names = queue_names()
    with broker() as redis:
        try:
            pipeline = redis.pipeline(transaction=False)
            for name in names:
                pipeline.llen(name)
                pipeline.lrange(name, -SHOWN, -1)
            pipeline.hlen(TAKEN)
            *found, taken = pipeline.execute()
        except RedisError as problem:
            log.warning("queues not read", problem=str(problem))
            return None
    lengths, bodies = found[::2], found[1::2]
    # Messages are put in on the left and taken from the right.
    return Broker(
        [Queue(name, length, [message_of(raw) for raw in reversed(lines)])
         for name, length, lines in zip(names, lengths, bodies, strict=True)],
        taken,
    )  # fmt: skip


def message_of(raw: bytes) -> Message:
    """A message as people read it; one that is none of Celery's says so."""
    try:
        envelope = json.loads(raw)
        headers = cast(Decoded, envelope["headers"])
        task = str(headers["task"])
        arguments = _arguments(envelope)
        return Message(
            task, tags_of(task, arguments), ", ".join(f"{name}={value}" for name, value in arguments.items()),
            int(headers.get("retries") or 0), str(headers.get("eta") or ""),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, NotBase64):
        return Message("?")


def tags_of(task: str, arguments: Mapping[str, object]) -> list[Tag]:
    """What a task is about, by its name and arguments."""
    found = [Tag("gateway" if task.startswith(f"{GATEWAY}.") else "billing")]
    for name, value in arguments.items():
        kind = NAMED.get(name)
        if kind and isinstance(value, int) and not isinstance(value, bool):
            found.append(Tag(f"{kind}:{value}", kind, value))
    return found


def _arguments(envelope: Decoded) -> dict[str, object]:
    """The named arguments; the product sends no others."""
    body = envelope["body"]
    if envelope.get("properties", {}).get("body_encoding") == "base64":
        body = b64decode(body)
    return dict(json.loads(body)[1])
