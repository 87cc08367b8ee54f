"""Where a document stands at Stripe, looked at before it is moved on: what somebody did there is never overrun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from invoicing.models import Invoice, StripeCall, StripeCustomer, StripeInvoice
from invoicing.stripe import client as stripe
from invoicing.stripe.known import record_invoice
from invoicing.stripe.problems import NOT_FOUND, StripeProblem
from invoicing.stripe.push.step import Contradiction, Object, Request, Skip, first_of, stripe_id_of


def at_stripe(call: StripeCall) -> Object:
    """The document's invoice as it is now."""
    return stripe.retrieve_invoice(stripe_id_of(first_of(call)))


def is_deleted(customer: str) -> bool:
    """Whether a customer was deleted there. Raises StripeProblem (not found) where the account never had it."""
    return bool(stripe.retrieve_customer(customer).get("deleted"))


def at_stripe_still(stripe_id: str) -> Object | None:
    """An invoice; None where there is none of that id."""
    try:
        return stripe.retrieve_invoice(stripe_id)
    except StripeProblem as problem:
        if problem.kind != NOT_FOUND:
            raise
        return None


def draft_is_gone(document: Invoice) -> bool:
    """Whether its draft was deleted there: it is not found, in the account that has, or had, its customer."""
    known = StripeInvoice.objects.filter(invoice=document).first()
    customer = StripeCustomer.objects.filter(client=document.client_id).first()
    if known is None or known.status != "draft" or customer is None:
        return False
    try:
        is_deleted(customer.stripe_id)
    except StripeProblem as problem:
        if problem.kind != NOT_FOUND:
            raise
        return False  # another account
    return at_stripe_still(known.stripe_id) is None


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
    """Write down, at once, which invoice it is there, its state and its sums."""
    record_invoice(first_of(call).pk, answer, at)
