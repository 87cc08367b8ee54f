"""What billing keeps beside tickets: their use of contracts, and the comparison of shadow with billing by hand."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.desk.marks import display
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Of, Start, Words
from accounts.language import word
from invoicing.display import money
from tickets.models import ManualBill, ShadowBill, TicketUsage
from tickets.reasons import short

OUTCOME = {"charge": "success", "covered": "info", "hold": "danger", "skip": "warning"}


@admin.register(TicketUsage)
class TicketUsagePage(ReadOnlyPage):
    """Which ticket was opened under which contract."""

    list_display = ("month_label", "contract", "ticket", "assignment", "recorded_at")
    list_filter = ("month",)
    list_select_related = ("contract__client", "ticket", "assignment__contact")
    ways = (Of("contract"), Of("ticket"))
    search_help_text = _("Contract, ticket or client")
    ordering = ("-pk",)

    @display(description=_("Month"), ordering="month")
    def month_label(self, use: TicketUsage) -> str:
        return f"{use.month:%Y-%m}"


@admin.register(ShadowBill)
class ShadowBillPage(ReadOnlyPage):
    """What automation would have billed for a ticket whose client is in shadow."""

    list_display = ("ticket", "client", "result", "why", "amount", "planned_at")
    list_filter = ("outcome", "planned_at")
    list_select_related = ("ticket__client",)
    ways = (Of("ticket"),)
    search_help_text = _("Ticket or client")
    ordering = ("-pk",)
    fields = (("ticket", "planned_at"), ("outcome", "reason", "strategy"), "amount", "lines")
    readonly_fields = ("amount",)

    @display(description=_("Client"))
    def client(self, bill: ShadowBill) -> str:
        return str(bill.ticket.client or "-")

    @display(description=_("Outcome"), ordering="outcome", label=OUTCOME)
    def result(self, bill: ShadowBill) -> tuple[str, str]:
        return bill.outcome, word(bill.outcome)

    @display(description=_("Reason"), ordering="reason")
    def why(self, bill: ShadowBill) -> str:
        return short(bill.reason) or "-"

    @display(description=_("Amount"), ordering="amount_cents")
    def amount(self, bill: ShadowBill) -> str:
        return money(bill.amount_cents, bill.currency) if bill.currency else "-"


@admin.register(ManualBill)
class ManualBillPage(ReadOnlyPage):
    """What a person billed for a ticket in another system."""

    list_display = ("ticket", "client", "amount", "reference", "external_id")
    list_select_related = ("ticket__client",)
    ways = (Words("reference"), Start("external_id"), Of("ticket"))
    search_help_text = _("Reference, id, ticket or client")
    ordering = ("-pk",)
    fields = (("ticket", "reference"), ("amount", "external_id"))
    readonly_fields = ("amount",)

    @display(description=_("Client"))
    def client(self, bill: ManualBill) -> str:
        return str(bill.ticket.client or "-")

    @display(description=_("Amount"), ordering="amount_cents")
    def amount(self, bill: ManualBill) -> str:
        client = bill.ticket.client
        return money(bill.amount_cents, client.currency) if client else str(bill.amount_cents)
