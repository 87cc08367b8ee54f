"""Events that Stripe has and that never reached us: received now, like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import DataError

from invoicing.models import Heartbeat, StripeEvent
from invoicing.stripe import client
from invoicing.stripe.findings import Finding
from invoicing.stripe.handlers import HANDLERS
from invoicing.stripe.processing import process_event
from invoicing.stripe.receiving import NotAnEvent, read, receive
from invoicing.stripe.reconciliation.difference import Difference, Outcome, pages

MARK: Final = "stripe reconciliation"  # the heartbeat that says until when all was compared
OVERLAP: Final = timedelta(days=1)  # lists lag, and what is being delivered just now is not missing yet
KEPT: Final = timedelta(days=30)  # by Stripe


def missed_events(*, at: datetime, dry_run: bool) -> Iterator[Difference]:
    """Events since the last run that ended well, a day of overlap included. Raises StripeProblem."""
    since = int(_since(at).timestamp())
    for page in pages(client.list_events(since=since, types=sorted(HANDLERS))):
        ids = [event["id"] for event in page]
        known = set(StripeEvent.objects.filter(event_id__in=ids).values_list("event_id", flat=True))
        for event in page:
            if event["id"] not in known:
                found = _missed(event)
                yield found if dry_run else _received(found, event, at=at)


def _since(at: datetime) -> datetime:
    last = Heartbeat.objects.filter(pk=MARK).values_list("at", flat=True).first()
    return max(last - OVERLAP, at - KEPT) if last else at - KEPT


def _missed(event: dict[str, Any]) -> Difference:
    happened = datetime.fromtimestamp(event["created"], UTC)
    text = f"{event['type']} of {happened:%Y-%m-%d %H:%M} UTC ({event['id']}) was not received."
    return Difference(Finding("stripe_event_missed", text, event["id"]), stripe_id=event["id"], safe=True)


def _received(found: Difference, event: dict[str, Any], *, at: datetime) -> Difference:
    """Stored as if it had been delivered, and processed; one that cannot be applied yet waits like any other."""
    body = json.dumps(event).encode()
    try:
        stored = receive(read(body), body, at=at)
    except (NotAnEvent, DataError) as problem:
        return found.failed(f"It cannot be stored: {problem}")
    process_event(stored.pk, at=at)
    return found.ended(Outcome.REPAIRED)
