"""What is done for which event: one function each, one line here. All others are stored and ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from invoicing.stripe import looking_up
from invoicing.stripe.handlers.case import Handler
from invoicing.stripe.handlers.credit_note import credit_note_made, credit_note_voided
from invoicing.stripe.handlers.dispute import disputed
from invoicing.stripe.handlers.failed import payment_failed
from invoicing.stripe.handlers.paid import paid
from invoicing.stripe.handlers.refunded import refunded
from invoicing.stripe.handlers.seen import seen
from invoicing.stripe.handlers.uncollectible import marked_uncollectible
from invoicing.stripe.handlers.voided import voided

HANDLERS: Final[Mapping[str, Handler]] = {
    "invoice.finalized": Handler(looking_up.of_invoice, seen),
    "invoice.sent": Handler(looking_up.of_invoice, seen),
    "invoice.overdue": Handler(looking_up.of_invoice, seen),
    "invoice.paid": Handler(looking_up.of_invoice, paid),
    "invoice.payment_succeeded": Handler(looking_up.of_invoice, paid),
    "invoice.payment_failed": Handler(looking_up.of_failed_invoice, payment_failed),
    "invoice.voided": Handler(looking_up.of_invoice, voided),
    "invoice.marked_uncollectible": Handler(looking_up.of_invoice, marked_uncollectible),
    "charge.refunded": Handler(looking_up.of_charge, refunded),
    "charge.refund.updated": Handler(looking_up.of_refund, refunded),
    "refund.created": Handler(looking_up.of_refund, refunded),
    "refund.updated": Handler(looking_up.of_refund, refunded),
    "refund.failed": Handler(looking_up.of_refund, refunded),
    "charge.dispute.created": Handler(looking_up.of_dispute, disputed),
    "charge.dispute.closed": Handler(looking_up.of_dispute, disputed),
    "credit_note.created": Handler(looking_up.of_credit_note, credit_note_made),
    "credit_note.updated": Handler(looking_up.of_credit_note, credit_note_made),
    "credit_note.voided": Handler(looking_up.of_credit_note, credit_note_voided),
}
