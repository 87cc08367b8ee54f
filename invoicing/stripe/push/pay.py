"""Charge the payment method that the customer saved; without one, or where it is declined, the document is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from invoicing.models import StripeCall, StripeInvoice
from invoicing.stripe import client as stripe
from invoicing.stripe.known import record_invoice
from invoicing.stripe.problems import DECLINED, REFUSED, StripeProblem
from invoicing.stripe.push.standing import at_stripe, contradiction, found_where, still_to_be_paid
from invoicing.stripe.push.step import Already, Object, Request, Skip, Step, first_of

NO_METHOD: Final = "no saved payment method: it is sent, to be paid until it is due"
TOO_MUCH: Final = "a part of it is paid or credited here, and more would be charged than is due: it is sent"


def prepare(call: StripeCall) -> Request | Already:
    """One attempt on what is saved. Raises Skip where nothing is, or less is due here than would be charged."""
    there = at_stripe(call)
    if there["status"] == "paid" and call.first_tried_at:
        return Already(there)
    document = still_to_be_paid(call)
    if there["status"] != "open":
        raise contradiction(call, there)
    if there["amount_remaining"] > document.open_cents:
        raise Skip(TOO_MUCH)
    customer = stripe.retrieve_customer(there["customer"])
    if not ((customer.get("invoice_settings") or {}).get("default_payment_method") or customer.get("default_source")):
        raise Skip(NO_METHOD)
    return Request(there["id"])


def send(request: Request, key: str) -> Object:
    """Charge it; a refusal is an answer, too: then the document is sent."""
    try:
        return stripe.pay_invoice(request.target, request.params, key)
    except StripeProblem as problem:
        if problem.kind not in (DECLINED, REFUSED) or problem.code == "idempotency":
            raise
        return {"declined": problem.sentence}


def note(call: StripeCall, answer: Object, at: datetime) -> None:
    """Paid, or on its way: then nothing is sent. Declined: the reason is shown, and the document is sent."""
    document = first_of(call)
    if "declined" in answer:
        StripeInvoice.objects.filter(invoice=document).update(last_failure=answer["declined"], seen_at=at)
        return
    record_invoice(document.pk, answer, at)
    sending = StripeCall.objects.filter(invoice=document, purpose="send", status=StripeCall.Status.QUEUED)
    sending.update(status=StripeCall.Status.CANCELLED, last_error="the saved payment method was charged")


STEP: Final = Step("pay", prepare, send, found_where("paid"), note)
