"""Clients and the people there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk.inlines import Inline
from accounts.desk.marks import display
from accounts.desk.pages import Page
from accounts.desk.searching import Of, Start, Words
from contracts.models import Client, Contact

ENROLMENT = {"auto": "success", "draft": "info", "shadow": "warning"}
# What else belongs to a client, by the name of its list.
BESIDE = (
    (_("Contracts"), "admin:contracts_contract_changelist"),
    (_("Charges"), "admin:contracts_clientcharge_changelist"),
    (_("Tickets"), "admin:tickets_ticket_changelist"),
    (_("Documents"), "admin:invoicing_invoice_changelist"),
)


class ContactInline(Inline):
    model = Contact
    fields = ("name", "email")


@admin.register(Client)
class ClientPage(Page):
    """Who is billed, where, and how far by itself."""

    list_display = ("name", "external_id", "city", "country", "currency", "enrolment", "tax_category", "is_active")
    list_filter = ("automation", "country", "is_partner", "active")
    ways = (Words("name", "city", "email", "vat_id"), Start("external_id"))
    search_help_text = _("Name, city, address, VAT id or id")
    autocomplete_fields = ("managed_by",)
    # How far a client is billed by machine needs a reason: it is decided on the page of its enrolment.
    readonly_fields = ("beside", "automation", "automation_from")
    inlines = (ContactInline,)
    fieldsets = (
        (None, {"fields": ("beside", ("name", "external_id"), ("currency", "language", "active"))}),
        (_("Address"), {"fields": (("address_line1", "address_line2"), ("postcode", "city"), ("country", "region"),
                                ("email", "vat_id"))}),
        (_("Billing"), {"fields": (("automation", "automation_from"), ("hourly_rate", "payment_terms_days"),
                                ("require_entry_approval", "delivery"), ("timezone", "started_on"))}),
        (_("Documents"), {"fields": (("invoice_email", "invoice_cc"), ("e_invoice", "leitweg_id"), "debtor_number")}),
        (_("Tax"), {"fields": (("tax_category", "tax_rate"), "tax_reason")}),
        (_("Partner"), {"fields": (("is_partner", "managed_by"), ("managed_from", "managed_until"))}),
    )  # fmt: skip

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "require_entry_approval":
            field.widget.choices = [("unknown", _("As in the settings")), ("true", _("Yes")), ("false", _("No"))]
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        """Nothing belongs to a client that is not there yet, and its enrolment is decided afterwards."""
        sets = super().get_fieldsets(request, obj)
        if obj is not None:
            return sets
        hidden = {"beside", ("automation", "automation_from")}
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name not in hidden)})
            for title, options in sets
        ]

    @display(description=_("Billing"), ordering="automation", label=ENROLMENT)
    def enrolment(self, client: Client) -> tuple[str, str]:
        return client.automation, client.get_automation_display() or gettext("default")

    @display(description=_("Active"), ordering="active", boolean=True)
    def is_active(self, client: Client) -> bool:
        return client.active

    @display(description=_("Beside this"))
    def beside(self, client: Client) -> SafeString | str:
        if not client.pk:
            return "-"
        enrolment = format_html(
            '<a class="desk-link" href="{}">{}</a>', reverse("enrolment-client", args=[client.pk]), gettext("Enrolment")
        )
        links = (
            format_html('<a class="desk-link" href="{}?client__id__exact={}">{}</a>', reverse(name), client.pk, label)
            for label, name in BESIDE
        )
        return SafeString(" ".join([enrolment, *links]))


@admin.register(Contact)
class ContactPage(Page):
    list_display = ("name", "email", "client", "external_id")
    list_select_related = ("client",)
    ways = (Words("name", "email"), Start("external_id"), Of("client"))
    search_help_text = _("Name, address, id or client")
    autocomplete_fields = ("client",)
    fields = ("client", "name", "email", "external_id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset.select_related("client"), search_term)
