"""Finalise the draft, if it comes to our total to the cent."""

from __future__ import annotations

from typing import Final

from invoicing.display import money
from invoicing.models import StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.problems import LINES_MISSING, NOT_FOUND, StripeProblem
from invoicing.stripe.push.lines import some_are_missing
from invoicing.stripe.push.standing import at_stripe, contradiction, found_where, note_standing
from invoicing.stripe.push.step import Already, Contradiction, Object, Request, Step, first_of


def prepare(call: StripeCall) -> Request | Already:
    """Compare, then finalise; what was finalised before is left as it is."""
    there = at_stripe(call)
    if there["status"] == "draft" and there["total"] != first_of(call).total_cents:
        _ensure_whole(call, there["id"])
    _ensure_same(call, there)
    if there["status"] == "open" or (there["status"] == "paid" and call.first_tried_at):
        return Already(there)
    if there["status"] != "draft":
        raise contradiction(call, there)
    return Request(there["id"], {"auto_advance": False})


def _ensure_whole(call: StripeCall, stripe_id: str) -> None:
    if some_are_missing(first_of(call), stripe_id):
        raise StripeProblem(NOT_FOUND, "lines were taken out of the draft at Stripe", code=LINES_MISSING)


def _ensure_same(call: StripeCall, there: Object) -> None:
    document = first_of(call)
    ours, theirs = money(document.total_cents or 0, document.currency), money(there["total"], there["currency"].upper())
    if (there["total"], there["currency"].upper()) == (document.total_cents, document.currency):
        return
    text = f"{document} comes to {ours}, at Stripe to {theirs}; it was not finalised there."
    raise Contradiction("stripe_total_differs", text, parks=True)


def send(request: Request, key: str) -> Object:
    """From now on it can be paid."""
    return stripe.finalise_invoice(request.target, request.params, key)


STEP: Final = Step("finalize", prepare, send, found_where("open", "paid"), note_standing)
