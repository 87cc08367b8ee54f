"""Tickets and time entries by the ids that people type."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError

from tickets.models import Ticket, TimeEntry


def ticket_named(external_id: str) -> Ticket:
    """The ticket with this id. Raises CommandError where there is none."""
    try:
        found: Ticket = Ticket.objects.select_related("client").get(external_id=external_id)
    except Ticket.DoesNotExist:
        raise CommandError(f"there is no ticket {external_id!r}") from None
    return found


def entries_named(external_ids: Sequence[str]) -> list[int]:
    """The keys of the time entries with these ids. Raises CommandError naming those that do not exist."""
    found = dict(TimeEntry.objects.filter(external_id__in=external_ids).values_list("external_id", "pk"))
    if missing := [name for name in external_ids if name not in found]:
        raise CommandError(f"there is no time entry {', '.join(map(repr, missing))}")
    return [found[name] for name in external_ids]
