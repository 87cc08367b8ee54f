"""Whether this database is older than what has left the house; then no number is given until a person has looked.

Two things tell. The trail knows in which database it was written: one that was restored elsewhere is another. And the
broker keeps the last number of each series: a database put back in place has given less than that.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import connection, transaction
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from invoicing import audit
from invoicing.models import NumberSeries
from invoicing.numbering import go_on_after

log = structlog.get_logger("billing.numbers")

KNOWN_AS: Final = "database.known"
BY_ITSELF: Final = "system"
REFUSED: Final = (
    "no number is given: {why}. Documents may have left the house that this database does not know; "
    "manage.py after_restore sets the series beyond them"
)

# A copy of a server has its identifier, a restored dump another database, a server put back in time another timeline.
THIS_DATABASE: Final = """
SELECT (SELECT jsonb_build_array(e.data->>'instance', e.data->>'database')::text FROM invoicing_auditentry e
        WHERE e.subject_kind = 'installation' AND e.subject_id IS NULL AND e.action = %s ORDER BY e.id DESC LIMIT 1),
    concat_ws('-', (SELECT system_identifier FROM pg_control_system()),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8))
"""
# Only ever upwards, whoever is first.
RAISE: Final = """
for i = 1, #ARGV, 2 do
    local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
    if tonumber(ARGV[i + 1]) > known then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known: `instance` names the installation ("" before it was first seen), `here` this very database.

    `behind` has, by series, the last number that is known to have been given and that this database has not given.
    """

    instance: str
    here: str
    moved: bool
    behind: Mapping[str, int]

    @property
    def why(self) -> str:
        """What speaks against giving numbers; "" where nothing does."""
        if self.behind:
            told = ", ".join(f"{series} has reached {last}" for series, last in sorted(self.behind.items()))
            return f"an older backup was restored, {told}"
        return "this database was restored from a backup or moved" if self.moved else ""


def standing() -> Standing:
    """How this database stands to what is known of it. A broker that is away knows nothing."""
    with connection.cursor() as cursor:
        cursor.execute(THIS_DATABASE, [KNOWN_AS])
        known, here = cursor.fetchone()
    instance, database = json.loads(known) if known else ("", here)
    marks = _marks(instance) if instance else {}
    # Read after the marks: what others have given meanwhile is in both, or in the database alone.
    given = dict(NumberSeries.objects.filter(name__in=marks).values_list("name", "last")) if marks else {}
    behind = {series: last for series, last in marks.items() if last > given.get(series, 0)}
    return Standing(instance, here, database != here, behind)


def refusal() -> str:
    """Why no number may be given; "" where they may."""
    why = standing().why
    return REFUSED.format(why=why) if why else ""


def keep_numbers(*, at: datetime) -> None:
    """Tell the broker how far each series is; the first time, note which database this is."""
    found = standing()
    if found.why:
        log.error("numbers refused", reason=found.why)
        return
    instance = found.instance or _know(secrets.token_hex(8), found.here, reason="first seen", by=BY_ITSELF, at=at)
    given = [str(part) for row in NumberSeries.objects.values_list("name", "last") for part in row]
    if not given:
        return
    try:
        with _broker() as broker:
            broker.eval(RAISE, 1, _key(instance), *given)  # type: ignore[no-untyped-call]
    except RedisError as problem:
        log.warning("numbers not kept", problem=str(problem))


@transaction.atomic
def reconcile(last_numbers: Mapping[str, int], *, reason: str, by: str, at: datetime) -> dict[str, int]:
    """Let each series go on after the last number that left the house, and give numbers again.

    What the broker knows counts where it is higher. Answers the series that were set forward. Raises ValueError where
    a number is below what this database has given.
    """
    found = standing()
    wanted = dict(found.behind)
    for series, last in last_numbers.items():
        wanted[series] = max(last, wanted.get(series, 0))
    given = dict(NumberSeries.objects.values_list("name", "last"))
    ahead = {series: last for series, last in sorted(wanted.items()) if last != given.get(series, 0)}
    for series, last in ahead.items():
        go_on_after(series, last, reason=reason, by=by, at=at)
    _know(found.instance or secrets.token_hex(8), found.here, reason=reason, by=by, at=at)
    return ahead


def _know(instance: str, here: str, *, reason: str, by: str, at: datetime) -> str:
    audit.record(KNOWN_AS, None, by=by, at=at, reason=reason, data={"instance": instance, "database": here})
    return instance


def _marks(instance: str) -> dict[str, int]:
    try:
        with _broker() as broker:
            kept = broker.hgetall(_key(instance))
    except RedisError as problem:
        log.warning("numbers not read", problem=str(problem))
        return {}
    return {series.decode(): int(last) for series, last in kept.items()}


def _key(instance: str) -> str:
    return f"numbers-{instance}"


def _broker() -> Redis[bytes]:
    return Redis.from_url(
        settings.DEPLOYMENT.redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
