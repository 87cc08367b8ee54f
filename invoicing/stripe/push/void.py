"""Our document was cancelled: void at Stripe, too; a draft there is deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from invoicing.models import StripeCall, StripeInvoice
from invoicing.stripe import client as stripe
from invoicing.stripe.known import record_invoice
from invoicing.stripe.problems import NOT_FOUND, StripeProblem
from invoicing.stripe.push.invoice import left_there
from invoicing.stripe.push.standing import at_stripe, contradiction, draft_is_gone, found_where
from invoicing.stripe.push.step import Already, Object, Request, Skip, Step, first_of

DELETED: Final = {"deleted": True}


def prepare(call: StripeCall) -> Request | Already:
    """What is open or uncollectible becomes void, a draft goes; what was paid meanwhile is for a person."""
    there = _found(call)
    if there is None:
        return Already(DELETED)
    if there["status"] == "void":
        return Already(there)
    if there["status"] == "paid":
        raise contradiction(call, there)
    return Request(there["id"], {"draft": there["status"] == "draft"})


def _found(call: StripeCall) -> Object | None:
    """What is there of the document; None where its draft is gone. Raises Skip where none was ever made."""
    document = first_of(call)
    if not StripeInvoice.objects.filter(invoice=document).exists():
        if (left := left_there(document)) is None:
            raise Skip("nothing of it is at Stripe")
        return left
    try:
        return at_stripe(call)
    except StripeProblem as problem:
        # Deleted by us, before the answer was lost, or by somebody at Stripe's desk.
        if problem.kind == NOT_FOUND and (call.first_tried_at or draft_is_gone(document)):
            return None
        raise


def send(request: Request, key: str) -> Object:
    """Make it void, or delete the draft."""
    if request.params["draft"]:
        return DELETED | {"answer": stripe.delete_draft(request.target)}
    return stripe.void_invoice(request.target, key)


def note(call: StripeCall, answer: Object, at: datetime) -> None:
    """Write it down; what was only a draft is left with its last state."""
    if "deleted" not in answer:
        record_invoice(first_of(call).pk, answer, at)


STEP: Final = Step("void", prepare, send, found_where("void"), note)
