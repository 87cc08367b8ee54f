"""What billing keeps for ever: claims, the audit trail, number series. To be read, never written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.marks import display
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.paging import BoundedPaginator
from invoicing.admin.lines import label_of, quantity_of, references
from invoicing.display import money
from invoicing.models import AuditEntry, Claim, NumberSeries
from invoicing.sources import kinds

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

OUTCOME = {"billed": "success", "covered": "info", "free": "warning", "absorbed": "warning"}
# Where the subjects of the audit trail have their pages.
APPS = ("tickets", "contracts", "invoicing", "gateway_billing", "accounts")


class ClaimList(ChangeList):
    """The rows of a page with the names of their sources, looked up in sets."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = references((row.kind, row.source_id) for row in self.result_list)
        for row in self.result_list:
            row.reference_of_source = names[row.kind, row.source_id]


class KindFilter(admin.SimpleListFilter):
    """By the kind of unit; the list is that of the installation, so that no query has to look for it."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(kind.name, label_of(kind.name)) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Claim)
class ClaimPage(ReadOnlyPage):
    """Which line, allowance or reason settled which unit."""

    list_display = ("unit", "outcome_label", "document", "quantity_text", "amount", "claimed_at", "released_at")
    paginator = BoundedPaginator
    list_filter = ("outcome", KindFilter, ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("line__invoice",)
    search_fields = ("line__invoice__number", "=source_id")
    ordering = ("-pk",)
    fields = (
        ("kind", "source_id", "part"), ("outcome", "line", "allocation"), ("quantity", "amount_cents", "reference"),
        ("claimed_at", "released_at", "released_by"), ("release_reason", "released_to"),
    )  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return ClaimList

    @display(description=gettext_lazy("Unit"), ordering="kind")
    def unit(self, claim: Any) -> str:
        return f"{label_of(claim.kind)} {claim.reference_of_source}"

    @display(description=gettext_lazy("Outcome"), ordering="outcome", label=OUTCOME)
    def outcome_label(self, claim: Claim) -> tuple[str, str]:
        return claim.outcome, claim.get_outcome_display()

    @display(description=gettext_lazy("Settled by"))
    def document(self, claim: Claim) -> SafeString | str:
        if claim.line is None:
            return claim.reference or (_("allowance") if claim.allocation_id else "-")
        url = reverse("admin:invoicing_invoice_change", args=[claim.line.invoice_id])
        name = claim.line.invoice.number or _("draft")
        place = _("%(document)s, line %(line)s") % {"document": name, "line": claim.line.position}
        return format_html('<a class="desk-link" href="{}">{}</a>', url, place)

    @display(description=gettext_lazy("Quantity"))
    def quantity_text(self, claim: Claim) -> str:
        return "-" if claim.quantity is None else quantity_of(claim.kind, claim.quantity)

    @display(description=gettext_lazy("Amount"))
    def amount(self, claim: Claim) -> str:
        if claim.amount_cents is None or claim.line is None:
            return "-"
        return money(claim.amount_cents, claim.line.invoice.currency)


@admin.register(AuditEntry)
class AuditPage(ReadOnlyPage):
    """Who did what, when and why."""

    list_display = ("at", "by", "action", "subject", "reason", "what")
    list_display_links = ("at",)
    paginator = BoundedPaginator
    list_filter = ("action",)
    search_fields = ("by", "reason", "=subject_id")
    fields = (("at", "by"), ("action", "subject"), "reason", "data")
    readonly_fields = ("subject",)
    ordering = ("-pk",)

    @display(description=gettext_lazy("Subject"))
    def subject(self, entry: AuditEntry) -> SafeString | str:
        if url := page_of_subject(entry.subject_kind, entry.subject_id):
            return format_html('<a class="desk-link" href="{}">{} {}</a>', url, entry.subject_kind, entry.subject_id)
        return " ".join(str(part) for part in (entry.subject_kind, entry.subject_id) if part is not None)

    @display(description=gettext_lazy("What"))
    def what(self, entry: AuditEntry) -> str:
        return ", ".join(f"{name}: {value}" for name, value in entry.data.items()) or "-"


def page_of_subject(kind: str, key: int | None) -> str:
    """Where the subject of an entry is shown; "" where it has no page."""
    for app in APPS:
        try:
            return reverse(f"admin:{app}_{kind}_change", args=[key]) if key is not None else ""
        except NoReverseMatch:
            continue
    return ""


@admin.register(NumberSeries)
class NumberSeriesPage(ReadOnlyPage):
    list_display = ("name", "last")
    search_fields = ("name",)
    ordering = ("name",)
