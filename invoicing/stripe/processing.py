"""What was received is applied: one event at a time, its effect and "processed" in one transaction, nothing lost.

An attempt is noted before it is made. One that fails, or whose invoice is not known yet, is made again later; after
three days the event is parked, and a person decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction

from invoicing import audit
from invoicing.halving import database_is_away
from invoicing.models import Invoice, StripeEvent
from invoicing.reasons import stated
from invoicing.stripe.handlers import HANDLERS
from invoicing.stripe.handlers.case import Case, Found, Handler
from invoicing.stripe.matching import NotOurs, Unmatched, document_of
from invoicing.stripe.receiving import ask_for_processing
from invoicing.stripe.shapes import Misshapen
from invoicing.transitions import InvalidTransition

log = structlog.get_logger("billing.stripe")

BY_ITSELF = "system"
UNMATCHED: Final = "unmatched"
RETRY_MINUTES: Final = (1, 5, 15, 60, 180)  # the last one again and again
GIVEN_UP_AFTER: Final = timedelta(hours=72)
# Many more than there are in three days: its worker dies over it.
MOST_ATTEMPTS: Final = 60

CLAIM = """
UPDATE invoicing_stripeevent SET attempts = attempts + 1,
    next_at = %(at)s + make_interval(mins => (%(minutes)s::int[])[least(attempts + 1, %(steps)s)])
WHERE id = (SELECT id FROM invoicing_stripeevent WHERE status = 'pending' AND {wanted}
            ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
CLAIM_DUE = CLAIM.format(wanted="next_at <= %(at)s")
CLAIM_ONE = CLAIM.format(wanted="id = %(one)s")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event comes to: a handler for a document, or why it is left alone, or not known yet."""

    handler: Handler | None = None
    found: Found | None = None
    document: int | None = None
    ignored: str = ""
    unmatched: str = ""

    @property
    def said(self) -> str:
        return self.ignored or self.unmatched or "would be handled"


def process_due(*, at: datetime) -> Iterator[StripeEvent]:
    """Process what is due, one by one, the longest due first; each event as it is afterwards."""
    while (pk := _claimed(at)) is not None:
        yield _attempted(pk, at=at)


def process_event(pk: int, *, at: datetime) -> StripeEvent:
    """Process one event that waits, due or not; one that does not wait, or is in work, is answered as it is."""
    claimed = _claimed(at, pk)
    return StripeEvent.objects.get(pk=pk) if claimed is None else _attempted(claimed, at=at)


def plan_event(event: StripeEvent) -> Plan:
    """What processing would do. Asks Stripe, writes nothing. Raises StripeProblem and Misshapen."""
    handler = HANDLERS.get(event.event_type)
    if handler is None:
        return Plan(ignored="nothing is done for events of this type")
    found = handler.look(_subject(event))
    if found.invoice is None:
        return Plan(ignored=found.nothing)
    try:
        return Plan(handler, found, document_of(found.invoice))
    except NotOurs as finding:
        return Plan(ignored=str(finding))
    except Unmatched as finding:
        return Plan(unmatched=str(finding))


@transaction.atomic
def replay_event(pk: int, *, reason: str, by: str, at: datetime) -> StripeEvent:
    """Have an event that waits or is parked tried again at once. Raises InvalidTransition where it had its effect."""
    why = stated(reason)
    event = StripeEvent.objects.select_for_update(no_key=True).get(pk=pk)
    before = event.status
    if before == StripeEvent.Status.PENDING:
        StripeEvent.objects.filter(pk=pk).update(attempts=0, next_at=at)
    elif before == StripeEvent.Status.PARKED:
        event.move_to(StripeEvent.Status.PENDING, attempts=0, next_at=at)
    else:
        raise InvalidTransition(f"event {event.event_id} is {before} and is not processed again")
    audit.record("stripe_event.replayed", event, by=by, at=at, reason=why, data={"before": before})
    ask_for_processing()
    return event


def _claimed(at: datetime, one: int | None = None) -> int | None:
    """The next event, or the one named, its attempt counted and committed; None where there is none to try."""
    given = {"at": at, "one": one, "minutes": list(RETRY_MINUTES), "steps": len(RETRY_MINUTES)}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_DUE if one is None else CLAIM_ONE, given)
        row = cursor.fetchone()
    return row[0] if row else None


def _attempted(pk: int, *, at: datetime) -> StripeEvent:
    event = StripeEvent.objects.get(pk=pk)
    if event.attempts > MOST_ATTEMPTS:
        _failed(pk, RuntimeError(f"{MOST_ATTEMPTS} attempts ended without a result"), at=at)
        return StripeEvent.objects.get(pk=pk)
    try:
        _apply(pk, plan_event(event), at=at)
    except Exception as problem:  # whatever it is: the others are processed, and this one is tried again
        if database_is_away(problem):
            raise
        _failed(pk, problem, at=at)
    return StripeEvent.objects.get(pk=pk)


@transaction.atomic
def _apply(pk: int, plan: Plan, *, at: datetime) -> None:
    """Effect and "processed", together."""
    event = StripeEvent.objects.select_for_update(no_key=True).get(pk=pk)
    if event.status != StripeEvent.Status.PENDING:
        return  # another worker was quicker
    if plan.handler is None or plan.found is None or plan.document is None:
        _without_document(event, plan, at=at)
        return
    document = Invoice.objects.select_for_update(no_key=True).get(pk=plan.document)
    outcome = plan.handler.act(Case(event, plan.found, document, at))
    event.mark_as_processed(outcome, invoice=document.pk, at=at)
    log.info("stripe event processed", stripe_event=event.event_id, type=event.event_type, outcome=outcome)


def _without_document(event: StripeEvent, plan: Plan, *, at: datetime) -> None:
    if plan.ignored:
        event.mark_as_ignored(plan.ignored, at=at)
        log.info("stripe event ignored", stripe_event=event.event_id, type=event.event_type, reason=plan.ignored)
        return
    StripeEvent.objects.filter(pk=event.pk).update(outcome=UNMATCHED, last_error=plan.unmatched)
    _park_where_late(event, plan.unmatched, at=at)


@transaction.atomic
def _failed(pk: int, problem: Exception, *, at: datetime) -> None:
    """Keep why it failed; `next_at` was set when the attempt was counted."""
    event = StripeEvent.objects.select_for_update(no_key=True).get(pk=pk)
    if event.status != StripeEvent.Status.PENDING:
        return
    said = f"{type(problem).__name__}: {problem}"[:500].replace("\x00", "")
    StripeEvent.objects.filter(pk=pk).update(outcome="failed", last_error=said)
    log.warning("stripe event failed", stripe_event=event.event_id, type=event.event_type, problem=said)
    if event.attempts > MOST_ATTEMPTS:
        _park(event, said, at=at)
    else:
        _park_where_late(event, said, at=at)


def _park_where_late(event: StripeEvent, problem: str, *, at: datetime) -> None:
    if at - event.received_at >= GIVEN_UP_AFTER:
        _park(event, problem, at=at)


def _park(event: StripeEvent, problem: str, *, at: datetime) -> None:
    event.move_to(StripeEvent.Status.PARKED)
    data = {"event": event.event_id, "type": event.event_type, "attempts": event.attempts}
    audit.record("stripe_event.parked", event, by=BY_ITSELF, at=at, reason=problem[:300], data=data)
    log.error("stripe event parked", stripe_event=event.event_id, type=event.event_type, problem=problem)


def _subject(event: StripeEvent) -> dict[str, object]:
    """The object that the event is about."""
    if not event.payload:
        raise Misshapen("the body was erased, because it was kept long enough")
    told = json.loads(bytes(event.payload))
    data = told.get("data") if isinstance(told, dict) else None
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        raise Misshapen("the event is about no object")
    return subject
