"""Tickets with the work on them, and what billing makes of it."""

from accounts.desk.hours import hours_text
from invoicing.admin.lines import PAGES, SourcePage
from tickets.admin import entries, fair_use, records, terms, ticket  # noqa: F401 - the pages register themselves
from tickets.admin.headings import of_entries, of_expenses, of_tickets

PAGES.update({
    "time_entry": SourcePage("admin:tickets_timeentry_change", lambda seconds: hours_text(int(seconds)), of_entries),
    "expense": SourcePage("admin:tickets_expense_change", headings=of_expenses),
    "ticket_fee": SourcePage("admin:tickets_ticket_change", headings=of_tickets),
})  # fmt: skip
