"""The only way to send a message: after commit, and never at the cost of the person who saved.

A message is a hint. What is pending is a row, and beat asks for it again; a message that could not be sent is logged
and forgotten.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError

log = structlog.get_logger("billing.dispatch")


def send_on_commit(task: Task[..., Any], **arguments: object) -> None:
    """Publish `task` once the running transaction has committed."""

    def publish() -> None:
        try:
            task.apply_async(kwargs=arguments)
        except (OperationalError, RedisError, OSError) as problem:
            log.warning("message not sent", task=task.name, arguments=arguments, problem=str(problem))

    transaction.on_commit(publish, robust=True)
