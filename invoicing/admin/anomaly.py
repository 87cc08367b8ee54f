"""What does not fit together, the open ones first; a person looks at each and closes it with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Of, Start, Words
from invoicing.models import Anomaly, Heartbeat
from invoicing.stripe.anomalies import close_anomaly
from invoicing.stripe.reconciliation.events import MARK
from invoicing.transitions import InvalidTransition

STATE = {"open": "danger", "closed": "success"}


class StateFilter(admin.SimpleListFilter):
    """Open or closed."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("open", gettext_lazy("open")), ("closed", gettext_lazy("closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Anomaly]) -> QuerySet[Anomaly]:  # noqa: ARG002
        if self.value() in STATE:
            return queryset.filter(closed_at__isnull=self.value() == "open")
        return queryset


@admin.register(Anomaly)
class AnomalyPage(ReadOnlyPage):
    """Findings, the open ones first, each kind of them newest first."""

    told_name = True
    list_display = ("finding", "state", "document", "kind", "found_at", "closed_by", "closing_reason")
    list_filter = (StateFilter, "found_at")
    list_select_related = ("invoice",)
    ways = (Words("kind", "text"), Of("invoice", Start("number")))
    ordering = (F("closed_at").desc(nulls_first=True), "-pk")
    fields = (
        "finding", ("kind", "document", "told_by"), "found_at", ("closed_at", "closed_by", "closing_reason"),
    )  # fmt: skip
    readonly_fields = ("finding", "document", "told_by")
    actions_detail = ("close",)
    list_before_template = "invoicing/admin/anomalies.html"
    search_help_text = gettext_lazy("Number of the document, or words of the finding")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and when it was last held against Stripe."""
        compared = Heartbeat.objects.filter(pk=MARK).first()
        return super().changelist_view(request, {**(extra_context or {}), "compared": compared})

    finding = stored_sentence("text", description=gettext_lazy("Finding"))

    @display(description=gettext_lazy("State"), label=STATE)
    def state(self, anomaly: Anomaly) -> tuple[str, str]:
        return ("closed", _("closed")) if anomaly.closed_at else ("open", _("open"))

    @display(description=gettext_lazy("Document"))
    def document(self, anomaly: Anomaly) -> SafeString | str:
        return _link("invoice", anomaly.invoice_id, anomaly.invoice)

    @display(description=gettext_lazy("Event"))
    def told_by(self, anomaly: Anomaly) -> SafeString | str:
        return _link("stripeevent", anomaly.event_id, anomaly.event)

    def has_close_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may close findings, and whether this one is open."""
        if not request.user.has_perm("invoicing.close_anomaly"):
            return False
        return object_id is None or Anomaly.objects.filter(pk=object_id, closed_at__isnull=True).exists()

    @action(description=gettext_lazy("Close…"), permissions=["close"], icon="task_alt")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        page = reverse("admin:invoicing_anomaly_change", args=[object_id])
        form = reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            anomaly = Anomaly.objects.get(pk=object_id)
            question = Question(
                _("Close this? Say what became of it."), _("Close"), template="invoicing/admin/anomaly.html",
                context={"anomaly": anomaly}, form=form, back=page,
            )  # fmt: skip
            return ask(self, request, question)
        try:
            close_anomaly(int(object_id), reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now())
        except InvalidTransition as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(page)
        self.message_user(request, _("Closed."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:invoicing_anomaly_changelist"))


def _link(model: str, pk: int | None, shown: object) -> SafeString | str:
    if pk is None:
        return "-"
    return format_html(
        '<a class="desk-link" href="{}">{}</a>', reverse(f"admin:invoicing_{model}_change", args=[pk]), shown
    )
