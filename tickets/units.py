"""What of a ticket can be claimed by a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext_noop as _

from contracts.models.base import ExternalRecord
from invoicing.sources import Owner, SourceKind
from tickets.models import Expense, Ticket, TimeEntry
from tickets.released import lock_tickets, take_back


def _references(model: type[ExternalRecord]) -> Callable[[Iterable[int]], Mapping[int, str]]:
    def find(keys: Iterable[int]) -> Mapping[int, str]:
        return dict(model._default_manager.filter(pk__in=list(keys)).values_list("pk", "external_id"))

    return find


TICKETS = Owner(lock_tickets, take_back)
UNITS = (
    SourceKind("time_entry", _("time entry"), _references(TimeEntry), TICKETS),
    SourceKind("expense", _("expense"), _references(Expense), TICKETS),
    SourceKind("ticket_fee", _("ticket fee"), _references(Ticket), TICKETS),
)
