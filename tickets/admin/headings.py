"""Which ticket what a line bills belongs to: lines of one ticket stand together on the page of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tickets.models import Expense, Ticket, TimeEntry


def of_entries(keys: Iterable[int]) -> Mapping[int, str]:
    """The tickets of time entries, by the keys of the entries."""
    found = TimeEntry.objects.filter(pk__in=list(keys))
    return _named(found.values_list("pk", "ticket__number", "ticket__subject"))


def of_expenses(keys: Iterable[int]) -> Mapping[int, str]:
    """The tickets of expenses, by the keys of the expenses."""
    return _named(Expense.objects.filter(pk__in=list(keys)).values_list("pk", "ticket__number", "ticket__subject"))


def of_tickets(keys: Iterable[int]) -> Mapping[int, str]:
    """Tickets themselves, by their keys."""
    return _named(Ticket.objects.filter(pk__in=list(keys)).values_list("pk", "number", "subject"))


def _named(rows: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    return {key: f"{number}: {subject}" for key, number, subject in rows}
