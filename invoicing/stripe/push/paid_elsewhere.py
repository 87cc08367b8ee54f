"""The document was paid by other means, as a person recorded: nobody is to pay it at Stripe once more."""

from __future__ import annotations

from typing import Final

from invoicing.models import StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.push.standing import at_stripe, contradiction, found_where, note_standing
from invoicing.stripe.push.step import Already, Object, Request, Step


def prepare(call: StripeCall) -> Request | Already:
    """What is open becomes paid; what was paid there by money as well is for a person."""
    there = at_stripe(call)
    if there["status"] == "paid" and (there.get("amount_paid_off_stripe") or not there["amount_paid"]):
        return Already(there)
    if there["status"] not in ("open", "uncollectible"):
        raise contradiction(call, there)
    return Request(there["id"], {"paid_out_of_band": True})


def send(request: Request, key: str) -> Object:
    """Paid, but not there."""
    return stripe.pay_invoice(request.target, request.params, key)


STEP: Final = Step("paid_elsewhere", prepare, send, found_where("paid"), note_standing)
