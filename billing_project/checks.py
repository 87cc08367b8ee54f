"""What a start in production refuses beyond the settings: a broker that forgets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from redis import Redis, RedisError


@register(Tags.database)
def broker_keeps_messages(app_configs: Any, databases: Any = None, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse a Redis that evicts keys; it would drop messages under pressure. Runs with `check --database default`."""
    if not databases or not settings.DEPLOYMENT.redis_url:
        return []
    broker = Redis.from_url(settings.DEPLOYMENT.redis_url, socket_timeout=2, socket_connect_timeout=2)
    try:
        policy = broker.config_get("maxmemory-policy").get("maxmemory-policy", "")
    except RedisError as problem:
        return [Warning(f"REDIS_URL: could not ask the broker for its policy: {problem}", id="billing.W001")]
    finally:
        broker.close()
    if policy == "noeviction":
        return []
    return [
        Error(
            f"REDIS_URL: the broker's maxmemory-policy is {policy}; set it to noeviction, or messages are lost.",
            id="billing.E001",
        )
    ]
