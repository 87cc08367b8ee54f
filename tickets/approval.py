"""Approval of time entries, and of tickets above the threshold; never by the one who logged the time (T-03, T-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from invoicing import audit
from tickets import billing
from tickets.models import Ticket, TimeEntry
from tickets.run import TicketResult


class OwnWork(Exception):  # noqa: N818 - a refusal in words
    """Somebody would approve time that they logged themselves."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approves: the name for the audit trail, and the technician id under which their own time is logged."""

    name: str
    technician: str = ""

    def refuse_own(self, technicians: set[str], what: str) -> None:
        """Raise OwnWork when the person logged time there."""
        if technicians & {self.name, self.technician} - {""}:
            raise OwnWork(f"{what}: {self.name} logged this time; somebody else must decide")


@transaction.atomic
def approve_entries(entry_ids: Sequence[int], *, approver: Approver, at: datetime) -> list[TimeEntry]:
    """Approve submitted or rejected entries; one that cannot be approved refuses all of them."""
    entries = _locked(entry_ids, approver)
    for entry in entries:
        entry.approve(by=approver.name, at=at)
        audit.record("time_entry.approved", entry, by=approver.name, at=at)
    return entries


@transaction.atomic
def reject_entries(entry_ids: Sequence[int], *, reason: str, approver: Approver, at: datetime) -> list[TimeEntry]:
    """Reject submitted or approved entries that are not billed yet, with the reason."""
    if not reason.strip():
        raise ValueError("say why")
    entries = _locked(entry_ids, approver)
    for entry in entries:
        entry.reject(by=approver.name, at=at, reason=reason)
        audit.record("time_entry.rejected", entry, by=approver.name, at=at, reason=reason)
    return entries


def approve_entry(entry_id: int, *, by: str, technician: str | None, at: datetime) -> TimeEntry:
    """Approve one entry."""
    return approve_entries([entry_id], approver=Approver(by, technician or ""), at=at)[0]


def reject_entry(entry_id: int, *, by: str, technician: str | None, at: datetime, reason: str) -> TimeEntry:
    """Reject one entry that is not billed yet."""
    return reject_entries([entry_id], reason=reason, approver=Approver(by, technician or ""), at=at)[0]


def approve_ticket(ticket_id: int, *, approver: Approver, reason: str = "", at: datetime) -> TicketResult | None:
    """Approve a ticket above the threshold, and bill it."""
    with transaction.atomic():
        ticket: Ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).get(pk=ticket_id)
        technicians = set(ticket.time_entries.values_list("technician", flat=True))
        approver.refuse_own(technicians, f"ticket {ticket.number}")
        ticket.approved_by, ticket.approved_at, ticket.acting = approver.name, at, approver.name
        ticket.save(update_fields=["approved_by", "approved_at"])
        audit.record("ticket.approved", ticket, by=approver.name, at=at, reason=reason)
    return billing.bill_ticket(ticket_id, at=at, by=approver.name, by_hand=True)


def _locked(entry_ids: Sequence[int], approver: Approver) -> list[TimeEntry]:
    """The entries, their tickets locked first: billing locks them in the same order."""
    wanted = set(entry_ids)
    tickets = TimeEntry.objects.filter(pk__in=wanted).values("ticket")
    list(Ticket.objects.filter(pk__in=tickets).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    entries = list(TimeEntry.objects.filter(pk__in=wanted).order_by("pk"))
    if len(entries) != len(wanted):
        raise TimeEntry.DoesNotExist("not every one of these time entries exists")
    for entry in entries:
        approver.refuse_own({entry.technician}, f"time entry {entry.external_id}")
    return entries
