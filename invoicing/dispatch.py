"""The only way to send a message: after commit, and never at the cost of the person who saved.

A message is a hint. What is pending is a row, and beat asks for it again; a message that could not be sent is logged
and forgotten.
"""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from celery import Celery, Task
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis import RedisError

log = structlog.get_logger("billing.dispatch")

# Seconds for which a process sends nothing after a message that it could not send: whoever changes a hundred rows
# waits for a broker that is away once, not a hundred times.
PAUSE_SECONDS = 10.0
_paused_until: WeakKeyDictionary[Celery, float] = WeakKeyDictionary()
# Until when a message that waits in the broker stands for others of its kind.
_gathering_until: dict[object, float] = {}


def send_on_commit(task: Task[..., Any], *, once: bool = False, gather_seconds: int = 0, **arguments: object) -> None:
    """Publish `task` once the running transaction has committed.

    `once`: not where the transaction publishes it with the same arguments anyhow. `gather_seconds`: one message stands
    for all that this process would send in that time; it waits as long in the broker, so that all of it is stored
    before the message is read.
    """

    key = (task.name, tuple(sorted(arguments.items())))
    if once and any(getattr(callback, "key", None) == key for _, callback, *_ in connection.run_on_commit):
        return

    def publish() -> None:
        if gather_seconds and _is_gathered(key, gather_seconds):
            return
        if time.monotonic() < _paused_until.get(task.app, 0.0):
            log.info("message not tried", task=task.name, arguments=arguments)
            return
        try:
            if gather_seconds:
                task.apply_async(kwargs=arguments, countdown=gather_seconds)
            else:
                task.apply_async(kwargs=arguments)
        except (OperationalError, RedisError, OSError) as problem:
            _paused_until[task.app] = time.monotonic() + PAUSE_SECONDS
            log.warning("message not sent", task=task.name, arguments=arguments, problem=str(problem))

    setattr(publish, "key", key)  # noqa: B010 - functions have no such attribute for type checkers
    transaction.on_commit(publish, robust=True)


def _is_gathered(key: object, seconds: int) -> bool:
    """Whether a message that waits in the broker stands for this one, too; else this one begins to gather."""
    now = time.monotonic()
    if now < _gathering_until.get(key, 0.0):
        return True
    _gathering_until[key] = now + seconds
    return False
