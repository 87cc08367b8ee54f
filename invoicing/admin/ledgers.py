"""What billing keeps for ever: claims, the audit trail, number series. To be read, never written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.desk.marks import display
from accounts.desk.pages import ReadOnlyPage
from invoicing.admin.lines import label_of, quantity_of, references
from invoicing.display import money
from invoicing.models import AuditEntry, Claim, NumberSeries

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

OUTCOME = {"billed": "success", "covered": "info", "free": "warning", "absorbed": "warning"}
# Where the subjects of the audit trail have their pages.
APPS = ("tickets", "contracts", "invoicing", "accounts")


class ClaimList(ChangeList):
    """The rows of a page with the names of their sources, looked up in sets."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = references((row.kind, row.source_id) for row in self.result_list)
        for row in self.result_list:
            row.reference_of_source = names[row.kind, row.source_id]


@admin.register(Claim)
class ClaimPage(ReadOnlyPage):
    """Which line, allowance or reason settled which unit."""

    list_display = ("unit", "outcome_label", "document", "quantity_text", "amount", "claimed_at", "released_at")
    list_filter = ("outcome", "kind", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("line__invoice",)
    search_fields = ("line__invoice__number", "=source_id")
    ordering = ("-pk",)
    fields = (
        ("kind", "source_id", "part"), ("outcome", "line", "allocation"), ("quantity", "amount_cents", "reference"),
        ("claimed_at", "released_at", "released_by"), ("release_reason", "released_to"),
    )  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return ClaimList

    @display(description="Unit", ordering="kind")
    def unit(self, claim: Any) -> str:
        return f"{label_of(claim.kind)} {claim.reference_of_source}"

    @display(description="Outcome", ordering="outcome", label=OUTCOME)
    def outcome_label(self, claim: Claim) -> tuple[str, str]:
        return claim.outcome, claim.get_outcome_display()

    @display(description="Settled by")
    def document(self, claim: Claim) -> SafeString | str:
        if claim.line is None:
            return claim.reference or ("allowance" if claim.allocation_id else "-")
        url = reverse("admin:invoicing_invoice_change", args=[claim.line.invoice_id])
        name = claim.line.invoice.number or "draft"
        return format_html('<a class="desk-link" href="{}">{}, line {}</a>', url, name, claim.line.position)

    @display(description="Quantity")
    def quantity_text(self, claim: Claim) -> str:
        return "-" if claim.quantity is None else quantity_of(claim.kind, claim.quantity)

    @display(description="Amount")
    def amount(self, claim: Claim) -> str:
        if claim.amount_cents is None or claim.line is None:
            return "-"
        return money(claim.amount_cents, claim.line.invoice.currency)


@admin.register(AuditEntry)
class AuditPage(ReadOnlyPage):
    """Who did what, when and why."""

    list_display = ("at", "by", "action", "subject", "reason", "what")
    list_display_links = ("at",)
    list_filter = ("action",)
    search_fields = ("by", "reason", "=subject_id")
    fields = (("at", "by"), ("action", "subject"), "reason", "data")
    readonly_fields = ("subject",)
    ordering = ("-pk",)

    @display(description="Subject")
    def subject(self, entry: AuditEntry) -> SafeString | str:
        for app in APPS:
            try:
                url = reverse(f"admin:{app}_{entry.subject_kind}_change", args=[entry.subject_id])
            except NoReverseMatch:
                continue
            return format_html('<a class="desk-link" href="{}">{} {}</a>', url, entry.subject_kind, entry.subject_id)
        return " ".join(str(part) for part in (entry.subject_kind, entry.subject_id) if part is not None)

    @display(description="What")
    def what(self, entry: AuditEntry) -> str:
        return ", ".join(f"{name}: {value}" for name, value in entry.data.items()) or "-"


@admin.register(NumberSeries)
class NumberSeriesPage(ReadOnlyPage):
    list_display = ("name", "last")
    search_fields = ("name",)
    ordering = ("name",)
