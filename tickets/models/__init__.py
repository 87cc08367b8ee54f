"""The work that was done."""

from tickets.models.attempt import BillingAttempt, PlanningBasis
from tickets.models.entry import Expense, TimeEntry
from tickets.models.shadow import ManualBill, ShadowBill, ShadowUse
from tickets.models.stat import BillingStat
from tickets.models.ticket import Ticket
from tickets.models.usage import TicketUsage

__all__ = [
    "BillingAttempt",
    "BillingStat",
    "Expense",
    "ManualBill",
    "PlanningBasis",
    "ShadowBill",
    "ShadowUse",
    "Ticket",
    "TicketUsage",
    "TimeEntry",
]
