"""What is kept for a time only is erased when it is over: bodies of Stripe's events, sessions, attempts to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet

from invoicing.models import Heartbeat

KEPT: Final = timedelta(days=90)
PAGE: Final = 2000
NAME: Final = "retention"
# Looked at again, in case a run was cut short.
OVERLAP: Final = timedelta(days=2)

# From where the last run ended: what was erased before is not read again.
ERASE: Final = """
UPDATE invoicing_stripeevent SET payload = '' WHERE id IN (
    SELECT id FROM invoicing_stripeevent
    WHERE received_at > %(since)s AND received_at <= %(until)s AND octet_length(payload) > 0
    ORDER BY received_at LIMIT %(page)s
)
"""
THE_FIRST: Final = "1970-01-01T00:00:00Z"


def what_is_over(*, at: datetime) -> dict[str, QuerySet[Any]]:
    """The rows of others' tables whose time is over, by what they are."""
    return {
        "sessions": Session.objects.filter(expire_date__lt=at),
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=at - KEPT),
        "sign-ins": AccessLog.objects.filter(attempt_time__lt=at - KEPT),
    }


def forget(*, at: datetime) -> dict[str, int]:
    """Erase what was kept long enough, page by page; answers how much of what."""
    done = {"bodies": sum(_erase_bodies(at))}
    for what, rows in what_is_over(at=at).items():
        done[what] = rows.delete()[0]
    Heartbeat.objects.update_or_create(pk=NAME, defaults={"at": at})
    return done


def _erase_bodies(at: datetime) -> Iterator[int]:
    last = Heartbeat.objects.filter(pk=NAME).values_list("at", flat=True).first()
    since = last - KEPT - OVERLAP if last else THE_FIRST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(ERASE, {"since": since, "until": at - KEPT, "page": PAGE})
            yield cursor.rowcount
            if cursor.rowcount < PAGE:
                return
