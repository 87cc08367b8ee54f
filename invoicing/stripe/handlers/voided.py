"""A document became void at Stripe. Here only its cancellation makes it so; a void of somebody's own is shown."""

from __future__ import annotations

from invoicing.models import Invoice
from invoicing.stripe.findings import void_there
from invoicing.stripe.handlers.case import Case
from invoicing.stripe.handlers.seen import note_progress


def voided(case: Case) -> str:
    """Nothing to do where ours is cancelled; else a person must decide."""
    note_progress(case)
    document = case.document
    if document.status == Invoice.Status.VOID:
        return "void here, too"
    case.note(*void_there(document))
    return f"void at Stripe, {document.status} here"
