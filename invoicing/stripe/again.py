"""Once more: steps to Stripe that were parked or dismissed, and documents that were held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from invoicing import audit
from invoicing.halving import or_halved
from invoicing.handing_over import PARKED, QUEUED, Asked, Sending
from invoicing.models import StripeCall
from invoicing.models.stripe import StripeCallStatus
from invoicing.reasons import stated
from invoicing.sending import send_invoices
from invoicing.stripe.held_back import LOOKED_AT_EVERY, READY, give_up, let_go
from invoicing.stripe.outbox import ANEW, WAITING, ask_for_push, step_of, store
from invoicing.stripe.push.registry import FOLLOWING
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition

log = structlog.get_logger("billing.stripe")

PAGE: Final = 200


def try_again(ids: Collection[int], *, reason: str, by: str, at: datetime) -> int:
    """Have parked steps tried anew, and steps that were called off made after all; answer how many.

    Raises ValueError without a reason, InvalidTransition with what still keeps the only document back that is asked
    for, BillingDisabled where a document is to be sent.
    """
    why = stated(reason)
    with transaction.atomic():
        waiting = StripeCall.objects.filter(pk__in=ids, purpose=READY, status=StripeCallStatus.PARKED)
        held = list(waiting.select_related("invoice", "client").order_by("pk"))
        sent = sum(sum(_sent(documents, by=asker, at=at)) for asker, documents in _by_asker(held).items())
        chosen = _parked(ids)
        StripeCall.objects.filter(pk__in=[call.pk for call in chosen]).update(**ANEW, next_at=at)
        after_all = list(called_off().filter(pk__in=ids).select_related("invoice", "client").order_by("pk"))
        store([_after_all(call, Asked(at, by)) for call in after_all])
        for call in (*held, *chosen, *after_all):
            data = {"call": call.pk, "purpose": call.purpose}
            audit.record("stripe.tried_again", call.invoice or call.client, by=by, at=at, reason=why, data=data)
        ask_for_push()
    _ensure_any(sent + len(chosen) + len(after_all), held)
    return sent + len(chosen) + len(after_all)


def _parked(ids: Collection[int]) -> list[StripeCall]:
    parked = StripeCall.objects.filter(pk__in=ids, status=StripeCallStatus.PARKED).exclude(purpose=READY)
    return list(parked.order_by("pk").select_related("invoice", "client").select_for_update(of=("self",)))


def _after_all(call: StripeCall, asked: Asked) -> StripeCall:
    """A new step in place of one that was called off."""
    document = call.invoice
    if document is None:
        raise LookupError(f"step {call} follows no document")
    number = StripeCall.objects.filter(invoice=document, purpose=call.purpose).count() + 1
    return step_of(call.purpose, document, number, asked)


def _ensure_any(count: int, held: Sequence[StripeCall]) -> None:
    if not count and len(held) == 1:
        held[0].refresh_from_db()
        if held[0].last_error:  # else it went meanwhile, as after a second click
            raise InvalidTransition(held[0].last_error)


def called_off() -> QuerySet[StripeCall]:
    """Steps by which Stripe was to follow a document, that were called off and of which there is no other."""
    others = StripeCall.objects.filter(
        invoice=OuterRef("invoice"), purpose=OuterRef("purpose"), status__in=(*WAITING, StripeCallStatus.DONE)
    )
    of_documents = StripeCall.objects.filter(purpose__in=FOLLOWING, status=StripeCallStatus.CANCELLED)
    newer = StripeCall.objects.filter(invoice=OuterRef("invoice"), purpose=OuterRef("purpose"), pk__gt=OuterRef("pk"))
    return of_documents.filter(~Exists(others), ~Exists(newer))


def look_again(*, at: datetime) -> None:
    """Send what was held back and can go by now, a page at a time, as long as there is any. Raises BillingDisabled."""
    due = StripeCall.objects.filter(purpose=READY, status=StripeCallStatus.PARKED, next_at__lte=at)
    while held := list(due.order_by("next_at", "pk")[:PAGE]):
        StripeCall.objects.filter(pk__in=[call.pk for call in held]).update(next_at=at + LOOKED_AT_EVERY)
        sent = [
            goes
            for by, documents in _by_asker(held).items()
            for goes in or_halved(documents, partial(_sent, by=by, at=at), _not_looked_at)
        ]
        if not any(sent):
            return


def _not_looked_at(document: int, problem: Exception) -> bool:
    """Whatever is wrong with one document: it keeps no other from going, and no other step from being made."""
    if isinstance(problem, BillingDisabled):
        raise problem
    log.error("document that was held back not looked at", document=document, exc_info=problem)
    return False


def _by_asker(held: Iterable[StripeCall]) -> dict[str, list[int]]:
    """The documents by whoever asked for them first, as whom they are sent."""
    askers: defaultdict[str, list[int]] = defaultdict(list)
    for call in held:
        if call.invoice_id is not None:
            askers[call.queued_by].append(call.invoice_id)
    return askers


@transaction.atomic
def _sent(documents: Sequence[int], *, by: str, at: datetime) -> list[bool]:
    """Send these documents; answer of each whether it goes."""
    sendings = send_invoices(documents, at=at, by=by)
    going = [one.document.pk for one in sendings if one.outcome == QUEUED]
    let_go(going, at=at)  # also those that go by mail, because their client chose so meanwhile
    for one in sendings:
        if one.outcome != QUEUED and not _still_held(one):
            give_up([one.document.pk], one.reason)
    return [one.outcome == QUEUED for one in sendings]


def _still_held(sending: Sending) -> bool:
    return sending.outcome == PARKED and sending.mail is None
