"""Empty the outbox to Stripe: one step at a time, each attempt noted before it is made, no transaction open meanwhile.

A step is made with the key of its row, which Stripe recognises for 24 hours. When that is nearly over, or what was sent
is not known any more, Stripe is asked first whether the step's object is there already; only then it is made anew,
under a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction

from invoicing import audit
from invoicing.halving import database_is_away
from invoicing.models import StripeCall
from invoicing.stripe import anomalies
from invoicing.stripe.again import look_again
from invoicing.stripe.making import made
from invoicing.stripe.outbox import AFTER_THE_ONE_BEFORE
from invoicing.stripe.problems import FORBIDDEN, NOT_FOUND, UNREACHABLE, StripeProblem
from invoicing.stripe.push.step import Contradiction, Skip
from invoicing.stripe.remaking import made_again
from invoicing.switches import automation_is_stopped, ensure_enabled
from invoicing.transitions import InvalidTransition

log = structlog.get_logger("billing.stripe")

BY_ITSELF = "system"
# Longer than the requests of one step may take together, so that nobody else makes it meanwhile.
LEASE = timedelta(minutes=5)
# Waits after failed attempts; in all more than the day for which Stripe keeps keys.
RETRY_MINUTES: Final = (1, 2, 5, 15, 60, 240, 480, 960)
TOO_MANY_REQUESTS: Final = 429
CLAIM = """
UPDATE invoicing_stripecall SET attempts = attempts + 1, next_at = %s WHERE id = (
    SELECT id FROM invoicing_stripecall WHERE status = 'queued' AND next_at <= %s AND NOT (%s AND queued_by = %s)
    ORDER BY next_at, invoice_id IS NOT NULL, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
# The first step that is not done of each document (with what takes it back), once its client is a customer. Nothing
# waits for a mail that cannot be sent: what is due there must follow all the same.
FREE = """
UPDATE invoicing_stripecall SET next_at = %(at)s WHERE status = 'queued' AND next_at = %(waits)s AND id IN (
    SELECT min(c.id) FROM invoicing_stripecall c JOIN invoicing_invoice i ON i.id = c.invoice_id
    WHERE c.status IN ('queued', 'parked') AND (c.status, c.purpose) <> ('parked', 'send')
        AND (%(client)s::bigint IS NULL OR c.client_id = %(client)s)
        AND (%(document)s::bigint IS NULL OR i.id = %(document)s OR i.cancels_id = %(document)s)
        AND NOT EXISTS (
            SELECT FROM invoicing_stripecall k WHERE k.client_id = c.client_id AND k.invoice_id IS NULL
                AND k.status IN ('queued', 'parked') AND k.id < c.id
        )
    GROUP BY coalesce(i.cancels_id, i.id)
)
"""


def push_due(*, at: datetime) -> Iterator[StripeCall]:
    """Make what is due, one by one; while automation is stopped, only what people asked for.

    Ends where Stripe cannot be reached. Raises BillingDisabled, RuntimeError inside a transaction.
    """
    ensure_enabled()
    look_again(at=at)
    _free(at)
    while (call := _claimed(at)) is not None:
        try:
            reachable = _attempted(call, at=at)
        except InvalidTransition as moved:  # a person called the step off meanwhile
            log.info("stripe step called off", call=call.pk, purpose=call.purpose, reason=str(moved))
            reachable = True
        yield call
        if not reachable:
            return


def _free(at: datetime, *, client: int | None = None, document: int | None = None) -> None:
    """Let the next step of each document be tried, of all of them or of one client's or one."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"at": at, "waits": AFTER_THE_ONE_BEFORE, "client": client, "document": document})


def _claimed(at: datetime) -> StripeCall | None:
    """The next step, its attempt counted and committed; None where nothing is due."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(CLAIM, [at + LEASE, at, automation_is_stopped(), BY_ITSELF])
        row = cursor.fetchone()
    if row is None:
        return None
    return StripeCall.objects.select_related("client", "invoice__client", "invoice__cancels").get(pk=row[0])


def _attempted(call: StripeCall, *, at: datetime) -> bool:
    """Try one step and note how it ended. Answers whether Stripe can be reached."""
    if call.attempts > len(RETRY_MINUTES) + 1:
        _park(call, f"{len(RETRY_MINUTES) + 1} attempts ended without an answer", at=at)
        return True
    try:
        _made(call, at=at)
    except Skip as reason:
        call.move_to(StripeCall.Status.CANCELLED, last_error=str(reason)[:500])
    except Contradiction as finding:
        _contradicted(call, finding, at=at)
    except StripeProblem as problem:
        _failed(call, problem, at=at)
        return problem.kind not in (UNREACHABLE, FORBIDDEN) and problem.status != TOO_MANY_REQUESTS
    except InvalidTransition:
        raise
    except Exception as problem:  # whatever it is: the others are made, and a person is told
        if database_is_away(problem):
            raise
        log.exception("stripe step failed", call=call.pk)
        _put_off(call, f"{type(problem).__name__}: {problem}", at=at)
    if call.status != StripeCall.Status.PARKED:
        _free_next(call, at)
    return True


def _made(call: StripeCall, *, at: datetime) -> None:
    """Make it, or begin anew where somebody deleted there what it is about."""
    try:
        made(call, at=at)
    except StripeProblem as problem:
        if not made_again(call, problem, at=at):
            raise


def _free_next(call: StripeCall, at: datetime) -> None:
    if call.invoice is None:
        _free(at, client=call.client_id)
    else:
        _free(at, client=call.client_id, document=call.invoice.cancels_id or call.invoice.pk)


@transaction.atomic
def _contradicted(call: StripeCall, finding: Contradiction, *, at: datetime) -> None:
    anomalies.note(finding.kind, str(finding), invoice=call.invoice, at=at)
    if finding.parks:
        _park(call, str(finding), at=at)
    else:
        call.move_to(StripeCall.Status.CANCELLED, last_error=str(finding)[:500])


def _failed(call: StripeCall, problem: StripeProblem, *, at: datetime) -> None:
    """Put the step off, or park it where no other attempt would help."""
    if problem.kind == NOT_FOUND:
        text = f"{call.invoice or call.client}: {problem.sentence}. Stripe has not, or no longer, what was made there."
        anomalies.note("missing_at_stripe", text, invoice=call.invoice, key=call.purpose, at=at)
    if problem.is_final:
        _park(call, problem.sentence, at=at)
    else:
        _put_off(call, problem.sentence, at=at)


def _put_off(call: StripeCall, told: str, *, at: datetime) -> None:
    if call.attempts > len(RETRY_MINUTES):
        _park(call, told, at=at)
        return
    wait = timedelta(minutes=RETRY_MINUTES[call.attempts - 1])
    StripeCall.objects.filter(pk=call.pk).update(next_at=at + wait, last_error=told[:500])
    call.refresh_from_db(fields=["next_at", "last_error"])
    log.warning("stripe step put off", call=call.pk, purpose=call.purpose, attempts=call.attempts, problem=told)


@transaction.atomic
def _park(call: StripeCall, problem: str, *, at: datetime) -> None:
    call.move_to(StripeCall.Status.PARKED, last_error=problem[:500])
    data = {"call": call.pk, "purpose": call.purpose}
    audit.record("stripe.parked", call.invoice or call, by=BY_ITSELF, at=at, reason=problem[:300], data=data)
    log.error("stripe step parked", call=call.pk, purpose=call.purpose, problem=problem)
