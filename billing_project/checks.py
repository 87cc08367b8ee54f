"""What a start in production refuses or warns of beyond the settings: a broker that forgets, one factor alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from redis import Redis, RedisError

WITHOUT_SECOND_FACTOR = "is off in production: a password alone lets people in; leave it on."


@register(Tags.security)
def second_factor_is_on(app_configs: Any, **_: object) -> list[CheckMessage]:  # noqa: ARG001
    """Say so where production lets people in with a password alone."""
    if not without_second_factor():
        return []
    return [Warning(f"SECOND_FACTOR: {WITHOUT_SECOND_FACTOR}", id="billing.W002")]


def without_second_factor() -> bool:
    """Whether this is production, and a password alone lets people in."""
    return settings.DEPLOYMENT.production and not settings.SECOND_FACTOR


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
