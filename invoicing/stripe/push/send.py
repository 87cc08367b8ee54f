"""Have Stripe mail the document, with the page on which it is paid."""

from __future__ import annotations

from typing import Final

from invoicing.models import StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.push.customer import EARLIER
from invoicing.stripe.push.standing import at_stripe, contradiction, note_standing, still_to_be_paid
from invoicing.stripe.push.step import Already, Object, Request, Step


def prepare(call: StripeCall) -> Request | Already:
    """Whatever is open is sent; what was paid or cancelled meanwhile needs no sending."""
    there = at_stripe(call)
    if there["status"] == "paid" and call.first_tried_at:
        return Already(there)
    still_to_be_paid(call)
    if there["status"] != "open":
        raise contradiction(call, there)
    return Request(there["id"])


def send(request: Request, key: str) -> Object:
    """Mail it."""
    return stripe.send_invoice(request.target, key)


def find(call: StripeCall, request: Request) -> Object | None:
    """The invoice, where an event tells that it was sent since the step was queued: no state shows it."""
    since = int((call.queued_at - EARLIER).timestamp())
    sent = stripe.list_events(since=since, types=["invoice.sent"])
    if not any(event["data"]["object"]["id"] == request.target for event in sent):
        return None
    return at_stripe(call)


STEP: Final = Step("send", prepare, send, find, note_standing)
