"""The outbox: what was sent to whom, what waits, and what is parked with its reason. To be read, never written here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.desk.marks import display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Of, Start, Words
from invoicing.models import Mail

STATUS = {"queued": "info", "sent": "success", "parked": "danger"}


@admin.register(Mail)
class MailPage(ReadOnlyPage):
    """Messages to clients, the newest first."""

    list_display = ("subject", "status_label", "document", "recipients", "queued_at", "sent_at", "problem")
    list_filter = ("status", "purpose", "queued_at")
    list_select_related = ("invoice",)
    ways = (Words("subject"), Of("invoice", Start("number")), Of("client"))
    search_help_text = gettext_lazy("Words of the subject, number of the document or client")
    ordering = ("-pk",)
    fields = (
        ("document", "client", "purpose"), ("status", "attempts", "next_at", "problem"), ("to", "cc", "sent_to"),
        ("queued_at", "queued_by", "sent_at"), "subject", "body",
    )  # fmt: skip
    readonly_fields = ("document", "problem")

    problem = stored_sentence("last_error", description=gettext_lazy("last error"))

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS)
    def status_label(self, mail: Mail) -> tuple[str, str]:
        return mail.status, mail.get_status_display()

    @display(description=gettext_lazy("Document"))
    def document(self, mail: Mail) -> SafeString | str:
        if mail.invoice is None:
            return "-"
        url = reverse("admin:invoicing_invoice_change", args=[mail.invoice_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, mail.invoice)

    @display(description=gettext_lazy("Recipients"))
    def recipients(self, mail: Mail) -> str:
        return ", ".join([*mail.to, *mail.cc]) or "-"
