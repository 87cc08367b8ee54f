"""A payment failed at Stripe: the reason is kept and shown, and the client gets one message for each attempt."""

from __future__ import annotations

from invoicing.handing_over import Asked
from invoicing.mail.composing import payment_failed_text
from invoicing.mail.outbox import new_mail, store
from invoicing.models import Invoice, Mail, StripeInvoice
from invoicing.stripe.handlers.case import BY, Case
from invoicing.stripe.handlers.seen import note_progress
from invoicing.stripe.shapes import OPEN, UNCOLLECTIBLE

UNPAID = (Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE)
NO_REASON = "no reason was given"


def payment_failed(case: Case) -> str:
    """Keep the reason and notify, unless the document was paid or taken back since."""
    told, document = case.invoice, case.document
    note_progress(case)
    if told.status not in (OPEN, UNCOLLECTIBLE) or document.status not in UNPAID or not told.attempt:
        return "the document was paid or taken back since"
    failure = (told.failure or NO_REASON)[:300]
    StripeInvoice.objects.filter(stripe_id=told.id).update(last_failure=failure)
    text = payment_failed_text(document, failure=failure, page=told.hosted_url)
    key = f"payment_failed:{document.pk}:{told.attempt}"[:120]
    store([new_mail(key, Mail.Purpose.PAYMENT_FAILED, document, text, Asked(case.at, BY))])
    return f"payment failed: {failure}"[:300]
