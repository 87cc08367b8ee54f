"""A document was finalised, sent or is overdue at Stripe: how far it is there, and whether it says what ours says."""

from __future__ import annotations

from invoicing.stripe.findings import currency_differs, total_differs
from invoicing.stripe.handlers.case import Case
from invoicing.stripe.known import record_facts


def seen(case: Case) -> str:
    """Note how far the document is at Stripe."""
    note_progress(case)
    return f"seen: {case.invoice.status} at Stripe" if same_currency(case) else "the currency differs"


def note_progress(case: Case) -> None:
    """Keep what is known of the document at Stripe; never back to an earlier state, however late it is told."""
    record_facts(case.document.pk, case.invoice, case.at)


def same_currency(case: Case) -> bool:
    """Compare total and currency with ours; a difference is written down. Whether amounts can be taken over at all."""
    told, document = case.invoice, case.document
    if told.currency != document.currency:
        case.note(*currency_differs(document, told))
        return False
    if told.total_cents != document.total_cents:
        case.note(*total_differs(document, told))
    return True
