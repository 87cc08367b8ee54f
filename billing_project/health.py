"""Is the installation well? For load balancers and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse
from redis import Redis, RedisError

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """200 "ok", or 503 and which part is not well."""
    unwell = [name for name, check in (("database", _database), ("broker", _broker)) if not check()]
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
    broker = Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(broker.ping())
    except RedisError:
        return False
    finally:
        broker.close()
