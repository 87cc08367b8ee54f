"""Credit notes at Stripe: those that were not made here are shown, because they lower what is due there alone."""

from __future__ import annotations

from invoicing.display import money
from invoicing.stripe.handlers.case import Case
from invoicing.stripe.handlers.seen import note_progress
from invoicing.stripe.matching import is_ours
from invoicing.stripe.shapes import CreditNoteFacts


def credit_note_made(case: Case) -> str:
    """Nothing to do for one of ours."""
    note_progress(case)
    told = _told(case)
    if is_ours(told.metadata):
        return "made here"
    amount = money(told.total_cents, case.document.currency)
    text = f"A credit note of {amount} for {case.document} was made at Stripe, not here: credit the document here, too."
    case.note("credit_note_at_stripe", text, key=told.id)
    return "made at Stripe"


def credit_note_voided(case: Case) -> str:
    """One of ours that somebody made void there stands here."""
    told = _told(case)
    if is_ours(told.metadata):
        text = f"Credit note {told.number} for {case.document} was made void at Stripe and stands here."
        case.note("credit_note_void_at_stripe", text, key=told.id)
    return "void at Stripe"


def _told(case: Case) -> CreditNoteFacts:
    if case.found.credit_note is None:
        raise LookupError("nothing was found out about the credit note")
    return case.found.credit_note
