"""What somebody deleted at Stripe is made again, as long as it cannot have asked anybody for money.

That is so of a customer, and of a draft: what was finalised cannot be deleted there, and is never made a second time. A
draft that is of no use any more is deleted first, so that nobody can finalise it beside the new one. An object that is
merely not found may be in another account: only where this one has, or had, the client's customer, it is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Q

from invoicing import audit
from invoicing.handing_over import Asked
from invoicing.models import Invoice, StripeCall, StripeCustomer, StripeInvoice
from invoicing.models.stripe import StripeCallStatus
from invoicing.stripe import client as stripe
from invoicing.stripe.outbox import WAITING, customer_steps, step_of, store
from invoicing.stripe.problems import LINES_MISSING, NOT_FOUND, REFUSED, StripeProblem
from invoicing.stripe.push.customer import GONE
from invoicing.stripe.push.registry import FOLLOWING, WAY
from invoicing.stripe.push.standing import at_stripe_still, is_deleted
from invoicing.transitions import InvalidTransition

log = structlog.get_logger("billing.stripe")

BY_ITSELF = "system"
BEFORE_MONEY: Final = ("customer", "invoice", "lines", "finalize")
# So often a document is made anew; who deletes it once more means something by it.
MOST_TIMES: Final = 3
CUSTOMER, DRAFT, LINES = "customer", "draft", "lines"
SAID: Final = {
    CUSTOMER: "the customer was deleted at Stripe",
    DRAFT: "the draft was deleted at Stripe",
    LINES: "lines were taken out of the draft at Stripe",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there any more (a customer, a draft, lines), and the id that it had there."""

    what: str
    stripe_id: str


def made_again(call: StripeCall, problem: StripeProblem, *, at: datetime) -> bool:
    """Whether the step failed because something was deleted there, and what it takes is in the outbox now.

    Raises StripeProblem where Stripe does not say, InvalidTransition where the step was called off meanwhile.
    """
    if call.purpose not in BEFORE_MONEY or problem.kind not in (REFUSED, NOT_FOUND):
        return False
    missing = _missing(call, problem)
    return missing is not None and _queued_again(call, missing, at=at)


def _missing(call: StripeCall, problem: StripeProblem) -> Missing | None:
    """Asks Stripe, outside of any transaction."""
    known = StripeCustomer.objects.filter(client=call.client_id).first()
    if known is None:
        return None
    try:
        if call.invoice is None:
            return Missing(CUSTOMER, known.stripe_id) if is_deleted(known.stripe_id) else None
        return _of_draft(call.invoice, known.stripe_id, problem)
    except StripeProblem as answer:
        if answer.kind == NOT_FOUND:
            return None  # a customer that this account never had
        raise


def _of_draft(document: Invoice, customer: str, problem: StripeProblem) -> Missing | None:
    draft = StripeInvoice.objects.filter(invoice=document).first()
    if draft is not None and draft.status != DRAFT:
        return None
    there = at_stripe_still(draft.stripe_id) if draft is not None else None
    whose = there["customer"] if there is not None else customer
    if is_deleted(whose):
        found = Missing(CUSTOMER, whose)
    elif draft is not None and there is None:
        found = Missing(DRAFT, draft.stripe_id)
    elif there is not None and problem.code == LINES_MISSING:
        found = Missing(LINES, there["id"])
    else:
        return None
    if there is not None:
        if there["status"] != DRAFT:
            return None
        stripe.delete_draft(there["id"])
    return found


@transaction.atomic
def _queued_again(call: StripeCall, missing: Missing, *, at: datetime) -> bool:
    asked = Asked(at, call.queued_by)
    # The document first, as everybody does who writes its steps.
    document = Invoice.objects.select_for_update(no_key=True).get(pk=call.invoice.pk) if call.invoice else None
    if missing.what == CUSTOMER:
        StripeCustomer.objects.filter(client=call.client_id, stripe_id=missing.stripe_id).update(sent_hash=GONE)
        # What was sent of drafts named this customer: they are looked for before they are sent with another one.
        tried = StripeCall.objects.filter(client=call.client_id, purpose="invoice", status__in=WAITING)
        tried.exclude(first_tried_at=None).update(request_hash="")
    said = SAID[missing.what]
    if document is None:
        call.move_to(StripeCallStatus.CANCELLED, last_error=said)
        store(customer_steps({call.client_id: call.client}, asked))
    elif not _document_again(call, document, missing, said, asked):
        return False
    data = {"call": call.pk, "purpose": call.purpose, "stripe_id": missing.stripe_id}
    audit.record("stripe.made_again", call.invoice or call.client, by=BY_ITSELF, at=at, reason=said, data=data)
    log.warning("made again at stripe", call=call.pk, purpose=call.purpose, missing=missing.what)
    return True


def _document_again(call: StripeCall, document: Invoice, missing: Missing, said: str, asked: Asked) -> bool:
    """Its whole way anew, and behind it what was to follow; all that waits still is called off."""
    steps = StripeCall.objects.filter(Q(invoice=document) | Q(invoice__cancels=document))
    waiting = list(steps.filter(status__in=WAITING).select_related("invoice").order_by("pk"))
    if call.pk not in {one.pk for one in waiting}:
        raise InvalidTransition(f"step {call} was called off")
    times = Counter(steps.values_list("invoice_id", "purpose"))
    if times[document.pk, "invoice"] > MOST_TIMES:
        return False
    # Where nothing is to be paid any more, only what undoes it is still of use.
    over = document.status != Invoice.Status.OPEN
    ended = [one.pk for one in waiting if not (over and one.purpose == "void")]
    StripeCall.objects.filter(pk__in=ended).update(status=StripeCallStatus.CANCELLED, last_error=said)
    call.status = StripeCallStatus.CANCELLED
    if over:
        return True
    rows = customer_steps({call.client_id: call.client}, asked) if missing.what == CUSTOMER else []
    for purpose in WAY:
        rows.append(step_of(purpose, document, times[document.pk, purpose] + 1, asked))
        if purpose == "invoice":  # looked for before it is made
            rows[-1].first_tried_at = asked.at
    store(rows + _following(waiting, times, asked.at))
    return True


def _following(waiting: Sequence[StripeCall], times: Counter[tuple[int, str]], at: datetime) -> list[StripeCall]:
    return [
        step_of(one.purpose, one.invoice, times[one.invoice.pk, one.purpose] + 1, Asked(at, one.queued_by))
        for one in waiting
        if one.invoice is not None and one.purpose in FOLLOWING
    ]
