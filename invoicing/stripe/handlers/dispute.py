"""A customer's bank asks a payment back: a row, and a person who answers it in time. The document stays paid."""

from __future__ import annotations

from datetime import datetime

from invoicing.display import money
from invoicing.models import Dispute
from invoicing.stripe.handlers.case import Case
from invoicing.stripe.handlers.paid import record_payments
from invoicing.stripe.handlers.seen import note_progress, same_currency
from invoicing.stripe.shapes import DisputeFacts

ENDED = ("won", "lost", "warning_closed", "prevented")


def disputed(case: Case) -> str:
    """Keep the dispute, whichever of its events comes first, and show it; once ended, it stays so."""
    told = case.found.dispute
    if told is None:
        raise LookupError("nothing was found out about the dispute")
    note_progress(case)
    if same_currency(case):
        record_payments(case)
    dispute, new = Dispute.objects.get_or_create(
        stripe_id=told.id,
        defaults={
            "invoice": case.document, "amount_cents": told.amount_cents, "currency": told.currency[:3],
            "reason": told.reason[:100], "status": told.status[:40], "opened_at": told.opened_at,
            "closed_at": _ended_at(case, told),
        },
    )  # fmt: skip
    if not new and dispute.closed_at is None:
        Dispute.objects.filter(pk=dispute.pk).update(status=told.status[:40], closed_at=_ended_at(case, told))
    amount = money(told.amount_cents, told.currency)
    why = told.reason or "no reason given"
    case.note("dispute", f"{amount} of {case.document} are disputed ({why}): answer it at Stripe.", key=told.id)
    if told.status == "lost":
        text = f"The dispute about {amount} of {case.document} is lost: record what went back."
        case.note("dispute_lost", text, key=told.id)
    return f"dispute {told.status}"[:300]


def _ended_at(case: Case, told: DisputeFacts) -> datetime | None:
    """Stripe's own time of the end; None while it goes on."""
    if told.status not in ENDED:
        return None
    return (case.event.created_at if case.event else None) or case.at
