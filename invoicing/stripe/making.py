"""Make one step: look where an earlier try may have taken effect, note what is sent, send, note what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from invoicing import audit
from invoicing.models import StripeCall
from invoicing.stripe.problems import BROKEN, NOT_FOUND, REFUSED, StripeProblem
from invoicing.stripe.push.registry import STEPS
from invoicing.stripe.push.step import Already, Contradiction, Object, Request, Step

log = structlog.get_logger("billing.stripe")

# Stripe keeps what it answered under a key for 24 hours; what is sent now must arrive before that.
KEPT = timedelta(hours=23)


def made(call: StripeCall, *, at: datetime) -> None:
    """Make the step. Raises Skip, Contradiction, StripeProblem."""
    step = STEPS[call.purpose]
    prepared = step.prepare(call)
    answer = prepared.answer if isinstance(prepared, Already) else _answered(call, step, prepared, at=at)
    if answer is not None:
        _done(call, step, answer, at=at)


def _answered(call: StripeCall, step: Step, request: Request, *, at: datetime) -> Object | None:
    """Stripe's object after the step; None where the step was called off meanwhile."""
    digest = request.digest()
    if call.first_tried_at and (not call.request_hash or at - call.first_tried_at >= KEPT):
        if (found := step.find(call, request)) is not None:
            log.info("found at stripe", call=call.pk, purpose=call.purpose, stripe_id=found.get("id"))
            return found
        _start_over(call)
    if call.request_hash not in ("", digest):
        _changed(call, request)
    if not _begun(call, digest, at):
        return None
    try:
        return step.send(request, call.key)
    except StripeProblem as problem:
        return _recovered(call, step, request, problem)


def _changed(call: StripeCall, request: Request) -> None:
    """What is to be sent is not what was sent under this key."""
    if request.repeatable:
        _start_over(call)
        return
    # From now on a person's attempt looks first for what the earlier request has left.
    StripeCall.objects.filter(pk=call.pk).update(request_hash="")
    text = f"Step {call.key} was tried before with other values; it was not sent again. See what Stripe has of it."
    raise Contradiction("stripe_request_changed", text, parks=True)


def _begun(call: StripeCall, digest: str, at: datetime) -> bool:
    """Note, before it is sent, what is sent; False where somebody called the step off."""
    since = call.first_tried_at or at
    queued = StripeCall.objects.filter(pk=call.pk, status=StripeCall.Status.QUEUED)
    if not queued.update(request_hash=digest, first_tried_at=since):
        call.refresh_from_db(fields=["status"])
        return False
    call.request_hash, call.first_tried_at = digest, since
    return True


def _recovered(call: StripeCall, step: Step, request: Request, problem: StripeProblem) -> Object:
    """What the step was to bring about, where it is there in spite of the answer. Raises the problem elsewhere."""
    if problem.code == "idempotency":
        _changed(call, Request(request.target))
    refused = problem.kind in (REFUSED, NOT_FOUND)
    if not refused and not (problem.kind == BROKEN and problem.replayed):
        raise problem  # to be asked again, with the same key
    if (found := step.find(call, request)) is not None:
        return found
    _start_over(call)  # Stripe would only repeat itself under this key
    raise problem


def _start_over(call: StripeCall) -> None:
    """Nothing of the earlier tries is at Stripe: the next one is a new request, with a key of its own."""
    head, _, tail = call.key.rpartition(":")
    number, _, tries = tail.partition(".")
    told = {"key": f"{head}:{number}.{int(tries or 1) + 1}", "request_hash": "", "first_tried_at": None}
    StripeCall.objects.filter(pk=call.pk).update(**told)
    for name, value in told.items():
        setattr(call, name, value)


@transaction.atomic
def _done(call: StripeCall, step: Step, answer: Object, *, at: datetime) -> None:
    told = str(answer.get("declined", ""))[:500]
    stripe_id = str(answer.get("id", ""))
    call.move_to(StripeCall.Status.DONE, done_at=at, stripe_id=stripe_id, last_error=told)
    step.note(call, answer, at)
    data = {"call": call.pk, "stripe_id": stripe_id} | ({"declined": told} if told else {})
    audit.record(f"stripe.{call.purpose}", call.invoice or call.client, by=call.queued_by, at=at, data=data)
    log.info("stripe step done", call=call.pk, purpose=call.purpose, attempts=call.attempts)
