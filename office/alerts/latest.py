"""What was wrong when it was last looked for, for pages that must not look again themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.core.cache import cache
from django.db import connection
from redis import RedisError

from office.alerts.conditions import CONDITIONS, Alert

log = structlog.get_logger("billing.office")

# Longer than two looks are apart: then nobody looks any more, and old news would be taken for new.
KEPT_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Latest:
    """All that was wrong at a moment."""

    at: datetime
    alerts: list[Alert]


def cache_key() -> str:
    """Where they are kept; databases that share a broker must not see each other's. Counts its own changes."""
    return f"alerts-1-{connection.settings_dict['NAME']}"


def keep(alerts: Sequence[Alert], *, at: datetime) -> None:
    """Keep what was found."""
    try:
        cache.set(cache_key(), (at, {alert.name: alert.values for alert in alerts}), KEPT_SECONDS)
    except RedisError as problem:
        log.warning("alerts not kept", problem=str(problem))


def latest() -> Latest | None:
    """What was found last; None where nobody looked lately, or the cache is away."""
    try:
        kept = cache.get(cache_key())
    except RedisError as problem:
        log.warning("alerts not read", problem=str(problem))
        return None
    if kept is None:
        return None
    at, values = kept
    return Latest(at, [Alert(one, values[one.name]) for one in CONDITIONS if one.name in values])
