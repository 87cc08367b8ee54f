"""Closing, resolving and reopening tickets, with the person who did it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from invoicing import audit
from tickets.models import Ticket


@transaction.atomic
def close_ticket(ticket_id: int, *, at: datetime, by: str) -> Ticket:
    """Close a ticket. Closing a closed one changes nothing."""
    ticket = _locked(ticket_id)
    if ticket.status != Ticket.Status.CLOSED:
        ticket.status, ticket.closed_at, ticket.closed_by = Ticket.Status.CLOSED, at, by
        _save(ticket, "ticket.closed", at=at, by=by)
    return ticket


@transaction.atomic
def resolve_ticket(ticket_id: int, *, at: datetime, by: str) -> Ticket:
    """Resolve a ticket. One that is resolved or closed stays as it is."""
    ticket = _locked(ticket_id)
    if ticket.status not in Ticket.FINISHED:
        ticket.status, ticket.resolved_at, ticket.resolved_by = Ticket.Status.RESOLVED, at, by
        _save(ticket, "ticket.resolved", at=at, by=by)
    return ticket


@transaction.atomic
def reopen_ticket(ticket_id: int, *, at: datetime, by: str, reason: str = "") -> Ticket:
    """Open a finished ticket again. What was billed of it stays billed."""
    ticket = _locked(ticket_id)
    if ticket.status in Ticket.FINISHED:
        ticket.status = Ticket.Status.IN_PROGRESS
        ticket.closed_at = ticket.resolved_at = None
        ticket.closed_by = ticket.resolved_by = ""
        _save(ticket, "ticket.reopened", at=at, by=by, reason=reason)
    return ticket


def _locked(ticket_id: int) -> Ticket:
    ticket: Ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).get(pk=ticket_id)
    return ticket


def _save(ticket: Ticket, action: str, *, at: datetime, by: str, reason: str = "") -> None:
    ticket.acting = by
    ticket.save()
    audit.record(action, ticket, by=by, at=at, reason=reason)
