"""Which documents go to Stripe, and what keeps the others from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from invoicing.handing_over import LEFT, PARKED, QUEUED, REFUSED, SENT_BEFORE, Asked, Sending
from invoicing.mail.addresses import addresses_of
from invoicing.models import Invoice, StripeCall
from invoicing.models.stripe import StripeCallStatus
from invoicing.stripe.client.calling import is_set_up
from invoicing.stripe.push.registry import WAY

CORRECTIONS: Final = (Invoice.Kind.CREDIT_NOTE, Invoice.Kind.CANCELLATION)
# Stripe counts these in another minor unit than everybody else: hundredths of the first two, whole ones of the last.
STRANGE_CURRENCIES: Final = ("ISK", "UGX", "MGA")


def plan_pushes(documents: Sequence[Invoice], asked: Asked) -> list[Sending]:
    """What sending these issued documents by Stripe would do; what is there only where asked for again."""
    earlier: defaultdict[int | None, list[StripeCall]] = defaultdict(list)
    for call in StripeCall.objects.filter(invoice__in=documents, purpose__in=WAY).order_by("pk"):
        earlier[call.invoice_id].append(call)
    of_clients = StripeCall.objects.filter(client__in={one.client_id for one in documents}, purpose="customer")
    customers = {call.client_id: call for call in of_clients.filter(status=StripeCallStatus.PARKED)}
    return [_planned(one, earlier[one.pk], customers.get(one.client_id), asked) for one in documents]


def _planned(document: Invoice, earlier: Sequence[StripeCall], customer: StripeCall | None, asked: Asked) -> Sending:
    if document.kind in CORRECTIONS:
        return Sending(document, LEFT, f"Stripe is told of it where {document.cancels} is there")
    states = {call.status for call in earlier}
    queued = StripeCallStatus.QUEUED in states
    # What is parked is tried anew, as somebody mended it or thinks so.
    parked = StripeCallStatus.PARKED in states or (queued and customer is not None)
    if queued and not parked:
        return Sending(document, SENT_BEFORE, "it is on its way already")
    sent = _sent(earlier)
    if sent is not None and not parked and not asked.again:
        return Sending(document, SENT_BEFORE, f"it was sent on {sent.done_at:%Y-%m-%d}")
    there = parked or StripeCallStatus.DONE in states
    return _not_to_be_sent(document) or _not_now(document, there=there) or Sending(document, QUEUED)


def _sent(earlier: Sequence[StripeCall]) -> StripeCall | None:
    """The step by which the document reached its client: it was mailed, or a saved method was charged.

    None as well where a step on the way was dismissed: then sending goes on from there.
    """
    done = [call for call in earlier if call.status == StripeCallStatus.DONE]
    reached = [call for call in done if call.purpose == "send" or (call.purpose == "pay" and not call.last_error)]
    return reached[-1] if reached else None


def _not_to_be_sent(document: Invoice) -> Sending | None:
    if document.status == Invoice.Status.PAID:
        return Sending(document, LEFT, "nothing is to be paid, so Stripe does not get it")
    if document.status != Invoice.Status.OPEN:
        return Sending(document, REFUSED, f"it is {document.get_status_display()}")
    if (document.total_cents or 0) < 0:
        return Sending(document, REFUSED, "its total is below zero, which Stripe cannot ask for")
    return None


def _not_now(document: Invoice, *, there: bool) -> Sending | None:
    """What a person must mend before the document can go."""
    problem = addresses_of(document.client).problem
    if not is_set_up():
        problem = "Stripe is not set up: set STRIPE_SECRET_KEY"
    elif document.currency in STRANGE_CURRENCIES:
        problem = f"amounts in {document.currency} cannot be sent to Stripe"
    elif document.open_cents != document.total_cents and not there:
        problem = "a part of it is paid or credited, and Stripe would ask for all of it"
    return Sending(document, PARKED, problem) if problem else None
