"""The document as a draft at Stripe: our number, our days until due, our id in the metadata; no lines yet."""

from __future__ import annotations

from typing import Final

from django.db.models import Min

import config
from invoicing.models import Invoice, StripeCall, StripeCustomer, TaxLine
from invoicing.stripe import client as stripe
from invoicing.stripe.matching import OURS
from invoicing.stripe.push.customer import EARLIER
from invoicing.stripe.push.standing import note_standing
from invoicing.stripe.push.step import Contradiction, Object, Request, Step, first_of

LONGEST_FOOTER: Final = 5000


def prepare(call: StripeCall) -> Request:
    """The draft's parameters: the same at each try, because they depend on the document and the step's row alone."""
    document = first_of(call)
    customer = StripeCustomer.objects.filter(client=document.client_id).first()
    if customer is None or document.due_on is None:
        raise Contradiction("stripe_no_customer", f"client {document.client} is no customer at Stripe", parks=True)
    queued_on = call.queued_at.astimezone(config.billing().zone).date()
    reasons = TaxLine.objects.filter(invoice=document).exclude(reason="").order_by("category", "-rate")
    footer = "\n".join(dict.fromkeys(reasons.values_list("reason", flat=True)))[:LONGEST_FOOTER]
    params = {
        "customer": customer.stripe_id, "currency": document.currency.lower(), "number": document.number,
        "collection_method": "send_invoice", "days_until_due": max(0, (document.due_on - queued_on).days),
        "auto_advance": False, "pending_invoice_items_behavior": "exclude", "metadata": {OURS: document.external_id},
        **({"footer": footer} if footer else {}),
    }  # fmt: skip
    return Request("", params)


def send(request: Request, key: str) -> Object:
    """Make the draft."""
    return stripe.create_invoice(request.params, key)


def find(call: StripeCall, _request: Request) -> Object | None:
    """An invoice with our document's id."""
    return left_there(first_of(call))


def left_there(document: Invoice) -> Object | None:
    """An invoice with this document's id, made since it was sent there first; of any customer that its client was."""
    calls = StripeCall.objects.filter(client=document.client_id, status=StripeCall.Status.DONE, purpose="customer")
    customers = set(calls.values_list("stripe_id", flat=True))
    customers |= set(StripeCustomer.objects.filter(client=document.client_id).values_list("stripe_id", flat=True))
    first = StripeCall.objects.filter(invoice=document, purpose="invoice").aggregate(at=Min("queued_at"))["at"]
    if first is None or not customers:
        return None
    # More than one: some were deleted, and are asked for by nobody any more.
    of_customer = {"customer": customers.pop()} if len(customers) == 1 else {}
    found = stripe.find_invoices(created={"gte": int((first - EARLIER).timestamp())}, **of_customer)
    return next((one for one in found if (one["metadata"] or {}).get(OURS) == document.external_id), None)


STEP: Final = Step("invoice", prepare, send, find, note_standing)
