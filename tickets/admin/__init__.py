"""Tickets with the work on them, and what billing makes of it."""

from accounts.desk.hours import hours_text
from invoicing.admin.lines import PAGES, SourcePage
from tickets.admin import entries, ticket  # noqa: F401 - the pages register themselves

PAGES.update({
    "time_entry": SourcePage("admin:tickets_timeentry_change", lambda seconds: hours_text(int(seconds))),
    "expense": SourcePage("admin:tickets_expense_change"),
    "ticket_fee": SourcePage("admin:tickets_ticket_change"),
})  # fmt: skip
