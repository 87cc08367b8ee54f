"""Tickets with the work on them, and what billing makes of it."""

from invoicing.admin.lines import PAGES
from tickets.admin import entries, ticket  # noqa: F401 - the pages register themselves

PAGES.update({
    "time_entry": "admin:tickets_timeentry_change",
    "expense": "admin:tickets_expense_change",
    "ticket_fee": "admin:tickets_ticket_change",
})  # fmt: skip
