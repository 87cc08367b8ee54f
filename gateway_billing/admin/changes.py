"""Service changes: entered by one person, approved or cancelled by another."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, reason_form, seen_by, signed_in
from accounts.desk.marks import action, display
from accounts.desk.searching import Of, Start, Words
from gateway_billing.admin.of_company import NOT_NEGATIVE, OfCompany
from gateway_billing.deciding import APPROVED, CANCELLED, CHANGED, ENTERED, decide_changes, seen_of
from gateway_billing.models import ServiceChange
from gateway_billing.models.service import ChangeStatus
from invoicing import audit
from invoicing.display import figure
from invoicing.explaining import price
from invoicing.transitions import InvalidTransition

STATUS = {"pending": "warning", "approved": "success", "cancelled": "danger"}
MOST_AT_ONCE = 500
# Of an approved change, what may still be said: when it ends.
STAYS_OPEN = "recurring_until"


class NoteForm(ReasonForm):
    """Why, where somebody wants to say it."""

    reason = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False,
                             widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}))  # fmt: skip


@admin.register(ServiceChange)
class ChangePage(OfCompany):
    """Work or a change for a company. Its state moves by decisions, never in this form."""

    list_display = ("service_date", "company", "text", "shown_price", "state", "recurring", "settled", "approved_by")
    list_display_links = ("service_date", "text")
    list_filter = ("status", "recurring", "settled", "service_date")
    ways = (Words("category", "description"), Start("external_id"), Of("company"))
    search_help_text = gettext_lazy("Words of the description, category, id or company")
    ordering = ("-pk",)
    actions = ("approve", "cancel")
    actions_detail = ("approve_this", "cancel_this")
    readonly_fields = ("status", "approved_by", "approved_at", "settled")
    known_refusals: ClassVar = {
        "gateway_change_has_one_price": gettext_lazy("give an amount, or hours with their rate, and not both"),
        "gateway_change_recurs_in_order": gettext_lazy("only a recurring change ends, and not before its first day"),
        **{f"gateway_change_{name}_not_negative": NOT_NEGATIVE for name in ("amount", "hours", "rate")},
    }
    fieldsets = (
        (None, {"fields": (("company", "external_id"), ("service_date", "category"), "description")}),
        (gettext_lazy("Price"), {"fields": (("amount", "hours", "hourly_rate"), ("recurring", "recurring_until"))}),
        (gettext_lazy("Decision"), {"fields": (("status", "approved_by", "approved_at", "settled"),)}),
    )  # fmt: skip

    @display(description=gettext_lazy("What"), ordering="description")
    def text(self, change: ServiceChange) -> str:
        return str(change)

    @display(description=gettext_lazy("Price"))
    def shown_price(self, change: ServiceChange) -> str:
        return price_of(change)

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS)
    def state(self, change: ServiceChange) -> tuple[str, str]:
        return change.status, change.get_status_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was decided is not changed any more; an approved change that recurs may end."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None or obj.status == ChangeStatus.PENDING:
            return fields
        terms = [field.name for field in ServiceChange._meta.concrete_fields if field.editable]
        ends = obj.status == ChangeStatus.APPROVED and obj.recurring
        return [*fields, *(name for name in terms if not (ends and name == STAYS_OPEN))]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep who wrote it: nobody approves their own."""
        super().save_model(request, obj, form, change)
        data = {"fields": sorted(form.changed_data)} if change else {}
        name = CHANGED if change else ENTERED
        audit.record(name, obj, by=signed_in(request), at=timezone.now(), data=data)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person decides, and whether this one is still to be decided."""
        allowed = bool(request.user.has_perm("gateway_billing.approve_servicechange"))
        if not allowed or object_id is None:
            return allowed
        return ServiceChange.objects.filter(pk=object_id, status=ChangeStatus.PENDING).exists()

    @admin.action(description=gettext_lazy("Approve…"), permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[ServiceChange]) -> HttpResponse | None:
        return self._decide(request, self._chosen(request, queryset), APPROVED)

    @admin.action(description=gettext_lazy("Cancel…"), permissions=["decide"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[ServiceChange]) -> HttpResponse | None:
        return self._decide(request, self._chosen(request, queryset), CANCELLED)

    @action(description=gettext_lazy("Approve…"), permissions=["decide"], icon="verified",
            variant=ActionVariant.PRIMARY)  # fmt: skip
    def approve_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide_this(request, object_id, APPROVED)

    @action(description=gettext_lazy("Cancel…"), permissions=["decide"], icon="cancel")
    def cancel_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide_this(request, object_id, CANCELLED)

    def _decide_this(self, request: HttpRequest, object_id: str, status: ChangeStatus) -> HttpResponse:
        back = reverse("admin:gateway_billing_servicechange_change", args=[object_id])
        return self._decide(request, [int(object_id)], status, back=back) or HttpResponseRedirect(back)

    def _chosen(self, request: HttpRequest, queryset: QuerySet[ServiceChange]) -> list[int]:
        pending = queryset.filter(status=ChangeStatus.PENDING).order_by("pk")
        found = list(pending.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if found and len(found) <= MOST_AT_ONCE:
            return found
        told = {"number": MOST_AT_ONCE}
        problem = _("Choose at most %(number)d.") % told if found else _("None of these is pending.")
        self.message_user(request, problem, messages.ERROR)
        return []

    def _decide(
        self, request: HttpRequest, chosen: list[int], status: ChangeStatus, back: str = ""
    ) -> HttpResponse | None:
        if not chosen:
            return None
        form = _form(request, status)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, _question(chosen, status, form, back), chosen=[] if back else chosen)
        given = form.cleaned_data["reason"]
        try:
            decided = decide_changes(
                chosen, status, seen=seen_by(request), reason=given, by=signed_in(request), at=timezone.now()
            )
        except (InvalidTransition, LookupError) as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return None
        said = _("%(number)d approved.") if status == APPROVED else _("%(number)d cancelled.")
        self.message_user(request, said % {"number": decided}, messages.SUCCESS)
        return None


def price_of(change: ServiceChange) -> str:
    """The amount, or hours and their rate, with the company's currency."""
    currency = change.company.currency
    if change.amount is not None:
        return price(change.amount, currency)
    if change.hours is None or change.hourly_rate is None:
        return "-"
    return f"{figure(change.hours)} h × {price(change.hourly_rate, currency)}"


def _form(request: HttpRequest, status: ChangeStatus) -> ReasonForm:
    """Cancelling needs a reason, approving takes a note."""
    if status == CANCELLED:
        return reason_form(request)
    return NoteForm(request.POST if is_confirmed(request) else None)


def _question(chosen: list[int], status: ChangeStatus, form: ReasonForm, back: str) -> Question:
    found = ServiceChange.objects.filter(pk__in=chosen).select_related("company").order_by("pk")
    rows = [{"change": change, "price": price_of(change)} for change in found]
    title, button = (
        (_("Approve these changes, so that they are billed?"), _("Approve"))
        if status == APPROVED
        else (_("Cancel these changes for good?"), _("Cancel them"))
    )
    return Question(title, button, "gateway_billing/admin/changes.html", {"rows": rows}, form, back, seen_of(found))
