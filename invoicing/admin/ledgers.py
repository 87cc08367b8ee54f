"""What billing keeps for ever: claims, the audit trail, number series. To be read, never written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.choices import Held
from accounts.desk.keys import keys_in
from accounts.desk.marks import display
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.paging import BoundedPaginator
from accounts.desk.searching import Exact, Of, Start, Way, Words
from invoicing.admin.lines import label_of, quantity_of, references
from invoicing.audit import done_by
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
        return queryset.filter(_indexed(kind=self.value())) if self.value() else queryset


class SourceKey(Way):
    """By the key of the unit."""

    def condition(self, model: type[Model], typed: str) -> Q | None:  # noqa: ARG002 - not needed here
        found = keys_in([typed])
        return _indexed(kind__in=[kind.name for kind in kinds()], source_id=found[0]) if found else None


class SubjectKey(Way):
    """By the key of what an entry is about."""

    def condition(self, model: type[Model], typed: str) -> Q | None:  # noqa: ARG002
        found = keys_in([typed])
        names = sorted({str(one._meta.model_name) for one in apps.get_models()})
        return Q(subject_kind__in=names, subject_id=found[0]) if found else None


class Person(Way):
    """By who did it."""

    def condition(self, model: type[Model], typed: str) -> Q | None:  # noqa: ARG002
        return done_by(typed)


class ActionFilter(Held):
    """By what was done, of what was ever done."""

    title = gettext_lazy("action")
    parameter_name = "action"


@admin.register(Claim)
class ClaimPage(ReadOnlyPage):
    """Which line, allowance or reason settled which unit."""

    list_display = ("unit", "outcome_label", "document", "quantity_text", "amount", "claimed_at", "released_at")
    paginator = BoundedPaginator
    list_filter = ("outcome", KindFilter, ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("line__invoice",)
    ways = (SourceKey(), Of("line__invoice", Start("number")))
    search_help_text = gettext_lazy("Number of the document, or key of the unit")
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
    list_filter = (ActionFilter,)
    ways = (Words("reason", only=~Q(reason="")), Person(), Exact("action"), SubjectKey())
    search_help_text = gettext_lazy("Person, action, words of the reason, or key of the subject")
    fields = (("at", "by"), ("action", "subject"), "reason", "data")
    readonly_fields = ("subject",)
    ordering = ("-at", "-pk")

    @display(description=gettext_lazy("Subject"))
    def subject(self, entry: AuditEntry) -> SafeString | str:
        if url := page_of_subject(entry.subject_kind, entry.subject_id):
            return format_html('<a class="desk-link" href="{}">{} {}</a>', url, entry.subject_kind, entry.subject_id)
        return " ".join(str(part) for part in (entry.subject_kind, entry.subject_id) if part is not None)

    @display(description=gettext_lazy("What"))
    def what(self, entry: AuditEntry) -> str:
        return ", ".join(f"{name}: {value}" for name, value in entry.data.items()) or "-"


def _indexed(**asked: Any) -> Q:
    """Claims that live and claims that were given back have each an index of their own."""
    return Q(**asked, released_at__isnull=True) | Q(**asked, released_at__isnull=False)


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
    search_help_text = gettext_lazy("Part of the name")
    ordering = ("name",)
