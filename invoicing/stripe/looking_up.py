"""What an event leaves out and Stripe is asked for; never inside a transaction."""

from __future__ import annotations

from invoicing.stripe import client
from invoicing.stripe.handlers.case import Found
from invoicing.stripe.shapes import (
    InvoiceFacts,
    Object,
    charge_facts,
    credit_note_facts,
    dispute_facts,
    invoice_facts,
    named,
    refund_facts,
)

WITH_PAYMENTS = ("payments",)
WITH_FAILURE = ("payments.data.payment.payment_intent",)
OF_NO_INVOICE = Found(nothing="the charge belongs to no invoice")


def of_invoice(thing: Object) -> Found:
    """The invoice as the event has it; asked for again where money came and the event does not say by which payment."""
    facts = invoice_facts(thing)
    return Found(_invoice(facts.id) if facts.payments is None else facts)


def of_failed_invoice(thing: Object) -> Found:
    """The invoice as it is now: no shape of the event says why the payment failed, and it may be paid meanwhile."""
    return Found(_invoice(invoice_facts(thing).id, WITH_FAILURE))


def of_charge(thing: Object) -> Found:
    """The invoice of a charge, and all refunds of it."""
    charge = charge_facts(thing)
    invoice_id = charge.invoice_id or _invoice_of(charge.intent_id)
    if not invoice_id:
        return OF_NO_INVOICE
    refunds = tuple(refund_facts(one) for one in client.refunds(charge=charge.id))
    return Found(_invoice(invoice_id), refunds=refunds)


def of_refund(thing: Object) -> Found:
    """The refund as it is now, whatever the event has, and the invoice whose money goes back."""
    refund = refund_facts(client.retrieve_refund(refund_facts(thing).id))
    intent_id = refund.intent_id
    if not intent_id and refund.charge_id:
        intent_id = charge_facts(client.retrieve_charge(refund.charge_id)).intent_id
    invoice_id = _invoice_of(intent_id)
    return Found(_invoice(invoice_id), refunds=(refund,)) if invoice_id else OF_NO_INVOICE


def of_dispute(thing: Object) -> Found:
    """The invoice of the disputed charge."""
    dispute = dispute_facts(thing)
    intent_id = dispute.intent_id or charge_facts(client.retrieve_charge(dispute.charge_id)).intent_id
    invoice_id = _invoice_of(intent_id)
    return Found(_invoice(invoice_id), dispute=dispute) if invoice_id else OF_NO_INVOICE


def of_credit_note(thing: Object) -> Found:
    """The invoice that the credit note lowers."""
    note = credit_note_facts(thing)
    return Found(_invoice(note.invoice_id), credit_note=note)


def _invoice(invoice_id: str, expand: tuple[str, ...] = WITH_PAYMENTS) -> InvoiceFacts:
    return invoice_facts(client.retrieve_invoice(invoice_id, expand=expand))


def _invoice_of(intent_id: str) -> str:
    """The invoice that a payment intent pays; "" where it pays none."""
    if not intent_id:
        return ""
    return next((named(one.get("invoice")) for one in client.invoice_payments(payment_intent=intent_id)), "")
