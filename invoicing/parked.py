"""What was given up after all attempts, and what a person makes of it: tried again, or left alone for good.

Each with a reason that the audit trail keeps. A row that is not parked any more, as after a second click, is refused
with InvalidTransition; ValueError where no reason is given. Steps to Stripe and events are tried again by
`invoicing.stripe.again.try_again` and `invoicing.stripe.processing.replay_event`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from invoicing import audit
from invoicing.jobs import retry_job
from invoicing.mail.addresses import addresses_of
from invoicing.mail.hint import ask_for_mail
from invoicing.models import Job, Mail, StripeCall, StripeEvent
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition

WAITING: Final = (StripeCall.Status.QUEUED, StripeCall.Status.PARKED)


@transaction.atomic
def try_mail_again(pk: int, *, reason: str, by: str, at: datetime) -> None:
    """Have a parked message sent anew, to the addresses that its client has by now."""
    why = stated(reason)
    mail = Mail.objects.select_related("client", "invoice").get(pk=pk)
    if mail.status != Mail.Status.PARKED:
        raise InvalidTransition(f"message {mail} is {mail.status} and is not tried again")
    if mail.client is not None:
        addresses = addresses_of(mail.client)
        if addresses.problem:
            raise InvalidTransition(addresses.problem)
        mail.to, mail.cc = list(addresses.to), list(addresses.cc)
        mail.save(update_fields=["to", "cc"])
    mail.move_to(Mail.Status.QUEUED, attempts=0, next_at=at)
    data = {"mail": mail.pk, "purpose": mail.purpose}
    audit.record("mail.tried_again", mail.invoice or mail, by=by, at=at, reason=why, data=data)
    ask_for_mail()


@transaction.atomic
def dismiss_mail(pk: int, *, reason: str, by: str, at: datetime) -> None:
    """Never send a parked message."""
    why = stated(reason)
    mail = Mail.objects.select_related("invoice").get(pk=pk)
    _ensure_parked(mail.status, f"message {mail}")
    mail.move_to(Mail.Status.CANCELLED)
    data = {"mail": mail.pk, "purpose": mail.purpose}
    audit.record("mail.dismissed", mail.invoice or mail, by=by, at=at, reason=why, data=data)


@transaction.atomic
def dismiss_call(pk: int, *, reason: str, by: str, at: datetime) -> None:
    """Never make a parked step, nor what waits behind it for the same document; sending it anew begins anew."""
    why = stated(reason)
    call = StripeCall.objects.select_related("invoice", "client").get(pk=pk)
    _ensure_parked(call.status, f"step {call}")
    call.move_to(StripeCall.Status.CANCELLED)
    behind = 0
    if call.invoice is not None:
        later = StripeCall.objects.filter(invoice=call.invoice, pk__gt=call.pk, status__in=WAITING)
        behind = later.update(status=StripeCall.Status.CANCELLED)
    data = {"call": call.pk, "purpose": call.purpose, "behind": behind}
    audit.record("stripe.dismissed", call.invoice or call.client, by=by, at=at, reason=why, data=data)


@transaction.atomic
def dismiss_event(pk: int, *, reason: str, by: str, at: datetime) -> None:
    """Leave what Stripe told without an effect here."""
    why = stated(reason)
    event = StripeEvent.objects.defer("payload").get(pk=pk)
    _ensure_parked(event.status, f"event {event.event_id}")
    event.mark_as_ignored(f"dismissed: {why}", at=at)
    audit.record("stripe_event.dismissed", event, by=by, at=at, reason=why, data={"event": event.event_id})


@transaction.atomic
def try_job_again(pk: int, *, reason: str, by: str, at: datetime) -> None:
    """Have a worker do a failed job again."""
    why = stated(reason)
    job = retry_job(pk)
    audit.record("job.tried_again", job, by=by, at=at, reason=why, data={"kind": job.kind})


@transaction.atomic
def dismiss_job(pk: int, *, reason: str, by: str, at: datetime) -> None:
    """Leave a failed job as far as it came."""
    why = stated(reason)
    job = Job.objects.get(pk=pk)
    if job.status != Job.Status.FAILED:
        raise InvalidTransition(f"{job} is {job.status} and is not dismissed")
    job.move_to(Job.Status.DONE, result={"dismissed": why, "by": by})
    audit.record("job.dismissed", job, by=by, at=at, reason=why, data={"kind": job.kind, "problem": job.last_error})


def _ensure_parked(status: str, what: str) -> None:
    if status != "parked":
        raise InvalidTransition(f"{what} is {status} and is not dismissed")
