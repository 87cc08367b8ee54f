"""Documents that were to go to Stripe and cannot: each a parked row, from the moment of the decision until it can go.

The row is seen like a step that failed. What keeps a document back is looked at again and again; once it is gone, the
document goes by itself (`again.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from invoicing import audit
from invoicing.handing_over import Asked, Sending
from invoicing.models import StripeCall
from invoicing.models.stripe import StripeCallStatus
from invoicing.stripe.push.registry import WAY

READY: Final = "ready"  # the purpose of the row: nothing is called for it
LOOKED_AT_EVERY: Final = timedelta(minutes=5)


def hold_back(sendings: Sequence[Sending], asked: Asked) -> None:
    """A row for each of these documents, in the caller's transaction; one that has one is given today's reason."""
    if not sendings:
        return
    calls = StripeCall.objects.filter(invoice__in=[one.document for one in sendings])
    # What is on its way, or was, has rows of its own that say why it does not go on.
    begun = set(
        calls.filter(purpose__in=WAY).exclude(status=StripeCallStatus.CANCELLED).values_list("invoice", flat=True)
    )
    earlier = list(calls.filter(purpose=READY).values_list("invoice_id", "status"))
    times = Counter(document for document, _ in earlier)
    held = {document for document, status in earlier if status == StripeCallStatus.PARKED}
    _tell([one for one in sendings if one.document.pk in held], asked.at)
    new = [one for one in sendings if one.document.pk not in held | begun]
    StripeCall.objects.bulk_create(
        [_row(one, times[one.document.pk] + 1, asked) for one in new], ignore_conflicts=True, batch_size=500
    )
    actions = [audit.Action("stripe.held_back", "invoice", one.document.pk, one.reason[:300]) for one in new]
    audit.record_all(actions, by=asked.by, at=asked.at)


def _row(sending: Sending, number: int, asked: Asked) -> StripeCall:
    document = sending.document
    return StripeCall(
        key=f"{READY}:{document.external_id}:{number}", purpose=READY, client_id=document.client_id, invoice=document,
        status=StripeCallStatus.PARKED, last_error=sending.reason[:500], queued_at=asked.at, queued_by=asked.by,
        next_at=asked.at + LOOKED_AT_EVERY,
    )  # fmt: skip


def _tell(sendings: Sequence[Sending], at: datetime) -> None:
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for one in sendings:
        by_reason[one.reason[:500]].append(one.document.pk)
    for reason, documents in by_reason.items():
        _held(documents).update(last_error=reason, next_at=at + LOOKED_AT_EVERY)


def let_go(documents: Collection[int], *, at: datetime) -> None:
    """Nothing keeps these back any more: they are on their way, in the caller's transaction."""
    if freed := list(_held(documents).values_list("invoice_id", flat=True)):
        _held(freed).update(status=StripeCallStatus.DONE, done_at=at, last_error="")
        actions = [audit.Action("stripe.let_go", "invoice", document) for document in sorted(freed)]
        audit.record_all(actions, by="system", at=at)


def give_up(documents: Collection[int], reason: str) -> None:
    """These do not go to Stripe any more."""
    _held(documents).update(status=StripeCallStatus.CANCELLED, last_error=reason[:500])


def _held(documents: Collection[int]) -> QuerySet[StripeCall]:
    return StripeCall.objects.filter(invoice__in=documents, purpose=READY, status=StripeCallStatus.PARKED)
