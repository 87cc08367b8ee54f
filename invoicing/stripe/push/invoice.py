"""The document as a draft at Stripe: our number, our days until due, our id in the metadata; no lines yet."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import config
from invoicing.models import StripeCall, StripeCustomer, TaxLine
from invoicing.stripe import client as stripe
from invoicing.stripe.known import record_invoice
from invoicing.stripe.matching import OURS
from invoicing.stripe.push.customer import EARLIER
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


def find(call: StripeCall, request: Request) -> Object | None:
    """An invoice of the customer with our document's id."""
    ours = first_of(call).external_id
    since = int((call.queued_at - EARLIER).timestamp())
    found = stripe.find_invoices(customer=request.params["customer"], created={"gte": since})
    return next((one for one in found if one["metadata"].get(OURS) == ours), None)


def note(call: StripeCall, answer: Object, at: datetime) -> None:
    """Write Stripe's id down at once."""
    record_invoice(first_of(call).pk, answer, at)


STEP: Final = Step("invoice", prepare, send, find, note)
