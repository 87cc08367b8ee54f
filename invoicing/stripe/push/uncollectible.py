"""Hope was given up here: uncollectible at Stripe, too."""

from __future__ import annotations

from typing import Final

from invoicing.models import StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.push.standing import at_stripe, contradiction, found_where, note_standing
from invoicing.stripe.push.step import Already, Object, Request, Step


def prepare(call: StripeCall) -> Request | Already:
    """Only what is open."""
    there = at_stripe(call)
    if there["status"] == "uncollectible":
        return Already(there)
    if there["status"] != "open":
        raise contradiction(call, there)
    return Request(there["id"])


def send(request: Request, key: str) -> Object:
    """Mark it."""
    return stripe.mark_uncollectible(request.target, key)


STEP: Final = Step("uncollectible", prepare, send, found_where("uncollectible"), note_standing)
