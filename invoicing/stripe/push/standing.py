"""Where a document stands at Stripe, looked at before it is moved on: what somebody did there is never overrun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from invoicing.models import Invoice, StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.known import record_invoice
from invoicing.stripe.push.step import Contradiction, Object, Request, Skip, first_of, stripe_id_of


def at_stripe(call: StripeCall) -> Object:
    """The document's invoice as it is now."""
    return stripe.retrieve_invoice(stripe_id_of(first_of(call)))


def still_to_be_paid(call: StripeCall) -> Invoice:
    """The document, while its client is to pay it. Raises Skip for one that was paid, cancelled or given up here."""
    document = first_of(call)
    if document.status != Invoice.Status.OPEN:
        raise Skip(f"{document} is {document.status}: its client is not asked for money any more")
    return document


def contradiction(call: StripeCall, there: Object) -> Contradiction:
    """Stripe's invoice is in a state from which it cannot follow ours."""
    document, state = first_of(call), there["status"]
    text = f"{document} is {state} at Stripe and {document.status} here; the step {call.purpose} was not made."
    return Contradiction(f"{state}_at_stripe", text)


def found_where(*states: str) -> Callable[[StripeCall, Request], Object | None]:
    """A `find` for steps that show in the state of the invoice."""

    def find(call: StripeCall, _request: Request) -> Object | None:
        there = at_stripe(call)
        return there if there["status"] in states else None

    return find


def note_standing(call: StripeCall, answer: Object, at: datetime) -> None:
    """Write the state down."""
    record_invoice(first_of(call).pk, answer, at)
