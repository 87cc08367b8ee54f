"""Payments and refunds. To be read; they are recorded on the page of their document."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.desk.marks import display
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Of, Words
from invoicing.admin.filters import OfPayer, ReceivedIn
from invoicing.admin.verbs import page_of
from invoicing.display import money
from invoicing.models import Payment


@admin.register(Payment)
class PaymentPage(ReadOnlyPage):
    """What came in and what went back, the newest first."""

    list_display = ("received_on", "amount", "document", "client", "method", "reference", "recorded_by", "recorded_at")
    list_filter = (OfPayer, "method", ReceivedIn)
    list_select_related = ("invoice__client",)
    ways = (Words("reference"), Of("invoice"))
    search_help_text = gettext_lazy("Reference, number of the document or client")
    ordering = ("-pk",)
    fields = (("document", "client"), ("amount", "received_on", "method"), "reference", ("recorded_by", "recorded_at"),
              "external_id")  # fmt: skip
    readonly_fields = ("document", "client", "amount")

    def name_of(self, row: Payment) -> str:
        return f"{row.reference}: {money(row.amount_cents, row.invoice.currency)}"

    @display(description=gettext_lazy("Amount"), ordering="amount_cents")
    def amount(self, payment: Payment) -> str:
        return money(payment.amount_cents, payment.invoice.currency)

    @display(description=gettext_lazy("Document"), ordering="invoice__number")
    def document(self, payment: Payment) -> SafeString:
        url = page_of(payment.invoice_id)
        return format_html('<a class="desk-link" href="{}">{}</a>', url, payment.invoice)

    @display(description=gettext_lazy("Client"))
    def client(self, payment: Payment) -> str:
        return payment.invoice.client.name
