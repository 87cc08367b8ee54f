"""What is to happen at Stripe, as rows: written in the transaction that decides, made afterwards one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from django.db.models import Q

from contracts.models import Client
from invoicing.dispatch import send_on_commit
from invoicing.follow_ups import CREDITED, GIVEN_UP, SETTLED, VOIDED, on_change
from invoicing.handing_over import PARKED, QUEUED, Asked, Sending
from invoicing.models import Invoice, Payment, StripeCall, StripeCustomer
from invoicing.models.stripe import StripeCallStatus
from invoicing.stripe.held_back import READY, hold_back, let_go
from invoicing.stripe.push.customer import hash_of
from invoicing.stripe.push.registry import WAY

# When a step is tried that waits for the one before it: that one says when it is done.
AFTER_THE_ONE_BEFORE: Final = datetime(9000, 1, 1, tzinfo=UTC)
WAITING: Final = (StripeCallStatus.QUEUED, StripeCallStatus.PARKED)
ASKING: Final = (READY, "pay", "send")  # steps that ask the client for money, and what waits to do so
ANEW: Final = {"status": StripeCallStatus.QUEUED, "attempts": 0}


def queue_pushes(sendings: Sequence[Sending], asked: Asked) -> None:
    """Put the steps of what was planned into the outbox, in the caller's transaction; what was parked is tried anew.

    What cannot go now is held back, for people to see.
    """
    hold_back([one for one in sendings if one.outcome == PARKED], asked)
    chosen = [one.document for one in sendings if one.outcome == QUEUED]
    if not chosen:
        return
    let_go([one.pk for one in chosen], at=asked.at)
    clients = {one.client_id: one.client for one in chosen}
    parked = StripeCall.objects.filter(client__in=clients, status=StripeCallStatus.PARKED)
    parked.filter(Q(invoice=None) | Q(invoice__in=chosen)).update(**ANEW, next_at=asked.at)
    calls = StripeCall.objects.filter(invoice__in=chosen, purpose__in=WAY)
    earlier = list(calls.values_list("invoice_id", "purpose", "status"))
    waiting = {document for document, _, status in earlier if status in WAITING}
    mailed = Counter(document for document, purpose, _ in earlier if purpose == "send")
    made = {(document, purpose) for document, purpose, status in earlier if status == StripeCallStatus.DONE}
    rows = customer_steps(clients, asked)
    for document in chosen:
        if document.pk not in waiting:
            steps = ("send",) if (document.pk, "finalize") in made else WAY
            left = [purpose for purpose in steps if purpose == "send" or (document.pk, purpose) not in made]
            rows += [step_of(purpose, document, mailed[document.pk] + 1, asked) for purpose in left]
    store(rows)


def customer_steps(clients: Mapping[int, Client], asked: Asked) -> list[StripeCall]:
    """A step for each client that Stripe does not know as it is, unless one is waiting."""
    known = dict(StripeCustomer.objects.filter(client__in=clients).values_list("client_id", "sent_hash"))
    changed = [pk for pk, client in clients.items() if known.get(pk) != hash_of(client)]
    steps = StripeCall.objects.filter(client__in=changed, purpose="customer")
    before = Counter(steps.values_list("client_id", flat=True))
    waiting = set(steps.filter(status__in=WAITING).values_list("client_id", flat=True))
    return [
        StripeCall(
            key=f"customer:{clients[pk].external_id}:{before[pk] + 1}", purpose="customer", client_id=pk,
            queued_at=asked.at, queued_by=asked.by, next_at=asked.at,
        )
        for pk in changed
        if pk not in waiting
    ]  # fmt: skip


def step_of(purpose: str, document: Invoice, number: int, asked: Asked) -> StripeCall:
    """A step that is made after the ones before it; `number` counts those of its purpose and document."""
    return StripeCall(
        key=f"{purpose}:{document.external_id}:{number}", purpose=purpose, client_id=document.client_id,
        invoice=document, queued_at=asked.at, queued_by=asked.by, next_at=AFTER_THE_ONE_BEFORE,
    )  # fmt: skip


def store(rows: Iterable[StripeCall]) -> None:
    """Insert them, in the caller's transaction; what is there already is left alone."""
    StripeCall.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    ask_for_push()


def ask_for_push() -> None:
    """Have the outbox emptied as soon as the running transaction has committed."""
    from invoicing import tasks  # which imports what the use cases of documents are made of

    send_on_commit(tasks.push_to_stripe, once=True)


# what happens to a document that is there already


def follow_documents() -> None:
    """Have Stripe follow what becomes of documents here; called when the app is ready."""
    on_change(VOIDED, follow_void)
    on_change(GIVEN_UP, follow_uncollectible)
    on_change(CREDITED, follow_credit)
    on_change(SETTLED, follow_settled)


def follow_void(document: Invoice, _correction: Invoice | None, asked: Asked) -> None:
    """A cancelled document: nothing more is made of it, what is there is undone.

    Only a draft that may have been made is still asked for, because by its id it is undone; where that step was called
    off before, the draft is looked for.
    """
    steps = StripeCall.objects.filter(invoice=document, status__in=WAITING)
    steps.exclude(purpose="invoice", first_tried_at__isnull=False).update(
        status=StripeCallStatus.CANCELLED, last_error="the document was cancelled before"
    )
    _follow("void", document, document, asked, also=Q(first_tried_at__isnull=False))


def follow_uncollectible(document: Invoice, _correction: Invoice | None, asked: Asked) -> None:
    """A document from which no money is awaited."""
    _follow("uncollectible", document, document, asked)


def follow_credit(document: Invoice, correction: Invoice | None, asked: Asked) -> None:
    """A credit note on the document."""
    if correction is not None:
        _follow("credit_note", document, correction, asked)


def follow_settled(document: Invoice, _correction: Invoice | None, asked: Asked) -> None:
    """A settled document: its client is not asked for money any more. Stripe is told where other money settled it."""
    asking = StripeCall.objects.filter(invoice=document, purpose__in=ASKING)
    # One that was tried and is under way looks for itself what came of it.
    not_under_way = Q(status=StripeCallStatus.PARKED) | Q(status=StripeCallStatus.QUEUED, first_tried_at=None)
    asking.filter(not_under_way).update(status=StripeCallStatus.CANCELLED, last_error="the document was paid before")
    methods = set(Payment.objects.filter(invoice=document).values_list("method", flat=True))
    if methods and Payment.Method.STRIPE not in methods:
        _follow("paid_elsewhere", document, document, asked)


def _follow(purpose: str, first: Invoice, about: Invoice, asked: Asked, *, also: Q | None = None) -> None:
    """One more step, where the document is at Stripe or on its way there, or `also` says that it may be."""
    begun = ~Q(status=StripeCallStatus.CANCELLED) | (also or Q())
    if StripeCall.objects.filter(begun, invoice=first, purpose="invoice").exists():
        store([step_of(purpose, about, 1, asked)])
