"""How much lies in the queues of the broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from celery import current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger("billing.home")


def queue_names() -> list[str]:
    """All queues that messages are sent to."""
    conf = current_app.conf
    return sorted({conf.task_default_queue, *(route["queue"] for route in conf.task_routes.values())})


@contextmanager
def broker() -> Iterator[Redis[bytes]]:
    """A connection to the broker that gives up after a second."""
    found = Redis.from_url(
        current_app.conf.broker_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
    try:
        yield found
    finally:
        found.close()


def depths() -> dict[str, int] | None:
    """Messages by queue; None where the broker does not answer within a second."""
    queues = queue_names()
    with broker() as redis:
        try:
            pipeline = redis.pipeline(transaction=False)
            for queue in queues:
                pipeline.llen(queue)
            return dict(zip(queues, pipeline.execute(), strict=True))
        except RedisError as problem:
            log.warning("queues not read", problem=str(problem))
            return None
