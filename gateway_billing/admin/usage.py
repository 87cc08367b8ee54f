"""Calls and service cases, by the million: found by company and month, or by their id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import refusals
from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.paging import BoundedPaginator
from accounts.desk.searching import Start
from contracts.models import Client
from gateway_billing.admin.settlement import minutes_text, settled, settled_by, state_of
from gateway_billing.admin.usage_filters import CallStateFilter, CaseStateFilter, CompanyFilter, MonthFilter, SentFilter
from gateway_billing.models import Call, ServiceCase
from gateway_billing.waiving import ensure_waivable, waive_cases
from invoicing.transitions import InvalidTransition
from rating.gateway import kinds

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

CALL_STATUS: Final = {"completed": "success", "ended": "success", "ongoing": "info", "failed": "danger"}
OUTPUT_STATUS: Final = {"sent": "success", "pending": "info", "failed": "danger"}
STATE: Final = {"billed": "success", "free": "success", "waived": "danger", "unbilled": "warning"}
MOST_AT_ONCE = 1000


class UsageList(ChangeList):
    """The rows of a page with what settles each, in one query."""

    model_admin: UsagePage

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = settled(self.model_admin.kind, [row.pk for row in self.result_list])
        for row in self.result_list:
            row.settled_by = found.get(row.pk)


class UsagePage(ReadOnlyPage):
    """A list without a count. It is in the order of an index, whatever it is filtered by."""

    told_name = True
    kind: str
    moment: str
    list_select_related: ClassVar[Any] = ("company",)
    paginator = BoundedPaginator
    list_per_page = 100
    show_full_result_count = False
    ways = (Start("external_id"),)
    search_help_text = gettext_lazy("Beginning of the id, or the whole id of a company")
    list_before_template = "gateway_billing/admin/note.html"
    note = gettext_lazy("The newest are shown. Choose a company for its months, and a month for what was billed of it.")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return UsageList

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By time, where the company's index has it; else as they came in."""
        return (f"-{self.moment}", "-pk") if request.GET.get(CompanyFilter.parameter_name) else ("-pk",)

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002
        """No other order has an index."""
        return ()

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """By id alone: an index of words would have to hold those of a million rows."""
        company = Client.objects.filter(external_id=search_term.strip(), managements__isnull=False).first()
        if company is not None:
            return queryset.filter(company=company), False
        return super().get_search_results(request, queryset, search_term)

    @display(description=gettext_lazy("Billing"), label=STATE)
    def billing(self, unit: Any) -> tuple[str, str]:
        return state_of(unit, settled_by(self.kind, unit))

    @display(description=gettext_lazy("Billing"))
    def billing_text(self, unit: Any) -> str:
        return state_of(unit, settled_by(self.kind, unit))[1]

    @display(description=gettext_lazy("Settled by"))
    def document(self, unit: Any) -> SafeString | str:
        claim = settled_by(self.kind, unit)
        if claim is None or claim.line is None:
            return "-"
        url = reverse("admin:invoicing_invoice_change", args=[claim.line.invoice_id])
        name = claim.line.invoice.number or _("draft")
        return format_html('<a class="desk-link" href="{}">{}</a>', url, name)


@admin.register(Call)
class CallPage(UsagePage):
    """Calls, as other systems reported them."""

    kind, moment = kinds.CALL, "started_at"
    list_display = ("external_id", "company", "started_at", "duration", "state", "billing", "document")
    list_filter = (CompanyFilter, MonthFilter, CallStateFilter)
    fields = (("external_id", "company"), ("started_at", "duration", "status"), ("billing_text", "document"))
    readonly_fields = ("duration", "billing_text", "document")

    @display(description=gettext_lazy("Duration"))
    def duration(self, call: Call) -> str:
        return minutes_text(call.duration_seconds)

    @display(description=gettext_lazy("Status"), label=CALL_STATUS)
    def state(self, call: Call) -> tuple[str, str]:
        return call.status, call.get_status_display()


@admin.register(ServiceCase)
class CasePage(UsagePage):
    """Cases whose output is charged. A person may give them away, with a reason."""

    kind, moment = kinds.CASE, "created_at"
    list_display = ("external_id", "company", "created_at", "category", "state", "output_sent_at", "billing",
                    "document")  # fmt: skip
    list_select_related = ("company", "category")
    list_filter = (CompanyFilter, MonthFilter, SentFilter, CaseStateFilter)
    actions = ("waive",)
    actions_detail = ("waive_this",)
    fields = (
        ("external_id", "company", "category"), ("created_at", "output_status", "output_sent_at"),
        ("subject", "is_billable"), ("billing_text", "document"), ("waived_at", "waived_by", "waive_reason"),
        "metadata",
    )  # fmt: skip
    readonly_fields = ("billing_text", "document")

    @display(description=gettext_lazy("Output"), label=OUTPUT_STATUS)
    def state(self, case: ServiceCase) -> tuple[str, str]:
        return case.output_status, case.get_output_status_display()

    def has_waive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may give cases away, and whether this one is neither billed nor given away."""
        allowed = bool(request.user.has_perm("gateway_billing.waive_servicecase"))
        if not allowed or object_id is None:
            return allowed
        return ServiceCase.objects.unbilled().filter(pk=object_id).exists()

    @admin.action(description=gettext_lazy("Waive…"), permissions=["waive"])
    def waive(self, request: HttpRequest, queryset: QuerySet[ServiceCase]) -> HttpResponse | None:
        chosen = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            problem = _("Choose at most %(number)d.") % {"number": MOST_AT_ONCE}
            self.message_user(request, problem, messages.ERROR)
            return None
        return self._waive(request, chosen)

    @action(description=gettext_lazy("Waive…"), permissions=["waive"], icon="money_off")
    def waive_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        back = reverse("admin:gateway_billing_servicecase_change", args=[object_id])
        return self._waive(request, [int(object_id)], back=back) or HttpResponseRedirect(back)

    def _waive(self, request: HttpRequest, chosen: list[int], back: str = "") -> HttpResponse | None:
        form = reason_form(request)
        try:
            if not (is_confirmed(request) and form.is_valid()):
                ensure_waivable(chosen)
                return ask(self, request, _question(len(chosen), form, back), chosen=[] if back else chosen)
            waived = waive_cases(chosen, reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now())
        except (InvalidTransition, LookupError) as problem:
            self.message_user(request, str(problem), messages.ERROR)
        except DatabaseError as problem:
            if not (refused := refusals.sentence(problem)):
                raise
            self.message_user(request, refused, messages.ERROR)
        else:
            self.message_user(request, _("%(number)d waived.") % {"number": waived}, messages.SUCCESS)
        return None


def _question(number: int, form: ReasonForm, back: str) -> Question:
    title = (
        _("Waive this case? It is never billed then.")
        if number == 1
        else _("Waive %(number)d cases? They are never billed then.") % {"number": number}
    )
    return Question(title, _("Waive"), form=form, back=back)
