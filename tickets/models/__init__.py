"""The work that was done."""

from tickets.models.attempt import BillingAttempt, PlanningBasis
from tickets.models.entry import Expense, TimeEntry
from tickets.models.ticket import Ticket

__all__ = ["BillingAttempt", "Expense", "PlanningBasis", "Ticket", "TimeEntry"]
