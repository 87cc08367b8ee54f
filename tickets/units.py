"""What of a ticket can be claimed by a line."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from invoicing.sources import Owner, SourceKind, references_of
from tickets.models import Expense, Ticket, TimeEntry
from tickets.released import lock_tickets, take_back

TICKETS = Owner(lock_tickets, take_back)
UNITS = (
    SourceKind("time_entry", _("time entry"), references_of(TimeEntry), TICKETS),
    SourceKind("expense", _("expense"), references_of(Expense), TICKETS),
    SourceKind("ticket_fee", _("ticket fee"), references_of(Ticket), TICKETS),
)
