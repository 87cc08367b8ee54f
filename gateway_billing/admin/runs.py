"""Months that were run, attempts that failed, and units that came in late. Written by billing, read by people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

import config
from accounts.desk.marks import action, display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.paging import BoundedPaginator
from accounts.desk.searching import Of
from gateway_billing.admin.months import chosen_month
from gateway_billing.admin.running import run_or_ask
from gateway_billing.charge_sources.given_back import GIVEN_BACK
from gateway_billing.holding import HELD
from gateway_billing.models import LateUnit, MonthAttempt, MonthRun
from gateway_billing.month_jobs import RUN_MONTH
from invoicing.admin.lines import label_of, references

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

OUTCOME: Final = {"invoice": "success", "nothing": "info"}
TRIED: Final = {"failed": "warning", "parked": "danger"}


class OfPartner(ReadOnlyPage):
    """What is kept of a partner's month."""

    list_select_related: ClassVar[Any] = ("partner",)
    paginator = BoundedPaginator
    list_before_template = "gateway_billing/admin/note.html"
    ways = (Of("partner"),)
    search_help_text = gettext_lazy("Partner")

    def name_of(self, row: Any) -> str:
        return f"{row.partner}, {row.period_start:%Y-%m}"

    @display(description=gettext_lazy("Month"), ordering="period_start")
    def month(self, row: Any) -> SafeString:
        label = f"{row.period_start:%Y-%m}"
        url = reverse("gateway-partner-month", args=[label, row.partner_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, label)


@admin.register(MonthRun)
class RunPage(OfPartner):
    """Months that are closed; one that was reopened stays with the day of it."""

    note = gettext_lazy("Months of partners that were run. Cancelling or discarding its document opens a month again.")

    list_display = ("partner", "month", "outcome_label", "document", "closed_at", "closed_by", "reopened_at")
    list_filter = ("outcome", ("reopened_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner", "invoice")
    ordering = ("-pk",)
    fields = (
        ("partner", "month", "outcome"), ("closed_at", "closed_by", "timezone"), ("document", "reopened_at"),
    )  # fmt: skip
    readonly_fields = ("month", "document")

    @display(description=gettext_lazy("Outcome"), ordering="outcome", label=OUTCOME)
    def outcome_label(self, run: MonthRun) -> tuple[str, str]:
        return run.outcome, run.get_outcome_display()

    @display(description=gettext_lazy("Document"))
    def document(self, run: MonthRun) -> SafeString | str:
        if run.invoice is None:
            return "-"
        url = reverse("admin:invoicing_invoice_change", args=[run.invoice_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, run.invoice.number or _("draft"))


@admin.register(MonthAttempt)
class AttemptPage(OfPartner):
    """Months that failed: tried again by themselves, until they are parked."""

    note = gettext_lazy("Months whose run failed. A parked one waits until a person tries it again.")

    list_display = ("partner", "month", "tried", "what_failed", "failures", "lost_workers", "next_at")
    list_filter = (("next_at", admin.EmptyFieldListFilter),)
    ordering = ("period_start", "pk")
    fields = (("partner", "month"), "what_failed", ("failures", "lost_workers", "next_at"))
    readonly_fields = ("month", "what_failed")
    actions_detail = ("try_again",)

    what_failed = stored_sentence("problem", description=gettext_lazy("problem"))

    @display(description=gettext_lazy("State"), label=TRIED)
    def tried(self, attempt: MonthAttempt) -> tuple[str, str]:
        return ("failed", _("tried again")) if attempt.next_at else ("parked", _("parked"))

    def has_run_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may run months."""
        return bool(request.user.has_perm(RUN_MONTH))

    @action(description=gettext_lazy("Try again…"), permissions=["run"], icon="replay", variant=ActionVariant.PRIMARY)
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        attempt = MonthAttempt.objects.get(pk=object_id)
        month = chosen_month(f"{attempt.period_start:%Y-%m}", at=timezone.now())
        back = reverse("gateway-partner-month", args=[month.label, attempt.partner_id])
        how_far = config.billing().gateway_month_action
        return run_or_ask(request, month.period, how_far, chosen=[attempt.partner_id], back=back)


class LateList(ChangeList):
    """The rows of a page with the ids of their units, looked up in sets."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = references((kind_of(row), row.source_id) for row in self.result_list)
        for row in self.result_list:
            row.unit_name = names[kind_of(row), row.source_id]


@admin.register(LateUnit)
class LatePage(ReadOnlyPage):
    """Usage of closed months: on the partner's next invoice, or held until a person lets it go."""

    told_name = True
    note = gettext_lazy("What came in after its month was billed. What is held is let go on the page of the partner.")
    list_before_template = "gateway_billing/admin/note.html"
    list_display = ("unit", "state", "partner", "company", "of_month", "recorded_at")
    list_select_related = ("partner", "company")
    paginator = BoundedPaginator
    ways = (Of("partner"),)
    search_help_text = gettext_lazy("Partner")
    ordering = ("-pk",)
    fields = (("kind", "source_id"), ("partner", "company"), ("of_month", "recorded_at"))
    readonly_fields = ("of_month",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return LateList

    @display(description=gettext_lazy("Unit"))
    def unit(self, late: Any) -> str:
        if kind_of(late) == GIVEN_BACK:
            return _("a month that was given back")
        return f"{label_of(kind_of(late))} {late.unit_name}"

    @display(description=gettext_lazy("State"), label={"held": "danger", "late": "warning"})
    def state(self, late: LateUnit) -> tuple[str, str]:
        held = late.kind.startswith(HELD)
        return ("held", _("held")) if held else ("late", _("on the next invoice"))

    @display(description=gettext_lazy("Month"), ordering="month")
    def of_month(self, late: LateUnit) -> str:
        return f"{late.month:%Y-%m}"


def kind_of(late: LateUnit) -> str:
    """The kind of the unit, held or not."""
    return late.kind.removeprefix(HELD)
