"""Is the installation well? For load balancers and people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.utils import timezone
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from invoicing.models import Heartbeat

if TYPE_CHECKING:
    from django.http import HttpRequest


LONGEST_SILENCE = timedelta(minutes=2)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """200 "ok", or 503 and which part is not well."""
    unwell = [name for name, check in PARTS if not check()]
    if unwell:
        return HttpResponse(f"unwell: {', '.join(unwell)}\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    broker = Redis.from_url(
        settings.DEPLOYMENT.redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
    try:
        return bool(broker.ping())
    except RedisError:
        return False
    finally:
        broker.close()


def _beat() -> bool:
    """Whether beat and a worker for billing work together: the sweep ended well a short time ago."""
    try:
        return Heartbeat.objects.filter(pk="sweep", at__gte=timezone.now() - LONGEST_SILENCE).exists()
    except DatabaseError:
        return False


PARTS = (("database", _database), ("broker", _broker), ("beat", _beat))
