"""Tickets that were looked at and set aside, for each reason."""

from __future__ import annotations

from tickets.models import Ticket

HELD = (
    "entries_pending_approval", "several_contracts", "no_rate", "above_approval_threshold", "fair_use_review",
    "no_time_entries", "held_by_person", "parked",
)  # fmt: skip
SKIPPED = (
    "internal", "not_billable", "non_billable_type", "billed_elsewhere", "closed_before_enrolment",
    "client_not_enrolled", "below_minimum", "nothing_to_bill", "zero_amount",
)  # fmt: skip


def set_aside(ticket: Ticket, reason: str) -> None:
    """Let the ticket be as planning would have left it."""
    status = "held" if reason in HELD else "skipped"
    Ticket.objects.filter(pk=ticket.pk).update(
        billing_status=status, billing_reason=reason, billing_detail="why", billing_attempts=2, lost_workers=1
    )
