"""The outbox to Stripe: each step of each document, what waits, and what is parked. To be read, and tried again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.desk import refusals
from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Exact, Of, Start
from invoicing.models import StripeCall
from invoicing.stripe.again import called_off, try_again
from invoicing.stripe.held_back import READY
from invoicing.stripe.outbox import AFTER_THE_ONE_BEFORE
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition

STATUS = {"queued": "info", "done": "success", "parked": "danger"}
PURPOSES = {
    READY: gettext_lazy("Ready to be sent"),
    "customer": gettext_lazy("Customer"),
    "invoice": gettext_lazy("Draft"),
    "lines": gettext_lazy("Lines"),
    "finalize": gettext_lazy("Finalise"),
    "pay": gettext_lazy("Charge the saved method"),
    "send": gettext_lazy("Send"),
    "void": pgettext_lazy("step to Stripe", "Void"),
    "uncollectible": gettext_lazy("Uncollectible"),
    "credit_note": gettext_lazy("Credit note"),
    "paid_elsewhere": gettext_lazy("Paid by other means"),
}
ANY_STEP = "steps"  # calls of Stripe, not what waits to become one


class PurposeFilter(admin.SimpleListFilter):
    """By step."""

    title = gettext_lazy("step")
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(ANY_STEP, _("Any but readiness")), *((purpose, str(name)) for purpose, name in PURPOSES.items())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeCall]) -> QuerySet[StripeCall]:  # noqa: ARG002
        if self.value() == ANY_STEP:
            return queryset.exclude(purpose=READY)
        return queryset.filter(purpose=self.value()) if self.value() else queryset


@admin.register(StripeCall)
class StripeCallPage(ReadOnlyPage):
    """Steps to Stripe, the newest first."""

    list_display = (
        "step", "status_label", "document", "client", "next_try", "attempts", "done_at", "problem",
    )  # fmt: skip
    list_filter = ("status", PurposeFilter, "queued_at")
    list_select_related = ("invoice", "client")
    ways = (Exact("stripe_id"), Of("invoice", Start("number")), Of("client"))
    search_help_text = gettext_lazy("Number of the document, whole id at Stripe, or client")
    ordering = ("-pk",)
    fields = (
        ("step", "document", "client"), ("status", "attempts", "next_try", "problem"),
        ("queued_at", "queued_by", "first_tried_at", "done_at"), ("stripe_id", "key"),
    )  # fmt: skip
    readonly_fields = ("step", "document", "next_try", "problem")
    actions = ("try_chosen_again",)
    actions_detail = ("try_one_again",)

    problem = stored_sentence("last_error", description=gettext_lazy("last error"))

    @display(description=gettext_lazy("Step"), ordering="purpose")
    def step(self, call: StripeCall) -> str:
        return str(PURPOSES.get(call.purpose, call.purpose))

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS)
    def status_label(self, call: StripeCall) -> tuple[str, str]:
        return call.status, call.get_status_display()

    @display(description=gettext_lazy("Document"))
    def document(self, call: StripeCall) -> SafeString | str:
        if call.invoice is None:
            return "-"
        url = reverse("admin:invoicing_invoice_change", args=[call.invoice_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, call.invoice)

    @display(description=gettext_lazy("Next try"), ordering="next_at")
    def next_try(self, call: StripeCall) -> str:
        if call.status != StripeCall.Status.QUEUED:
            return "-"
        if call.next_at == AFTER_THE_ONE_BEFORE:
            return _("after the step before it")
        return date_format(timezone.localtime(call.next_at), "SHORT_DATETIME_FORMAT")

    def has_try_again_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may send documents, and whether this step is parked, or was called off and is missing."""
        if not request.user.has_perm("invoicing.send_invoice"):
            return False
        if object_id is None:
            return True
        parked = StripeCall.objects.filter(pk=object_id, status=StripeCall.Status.PARKED)
        return parked.exists() or called_off().filter(pk=object_id).exists()

    @action(description=gettext_lazy("Try again…"), permissions=["try_again"], icon="replay")
    def try_one_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        page, form = reverse("admin:invoicing_stripecall_change", args=[object_id]), reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, Question(_("Try this step again?"), _("Try again"), form=form, back=page))
        self._try_again(request, [int(object_id)], form.cleaned_data["reason"])
        return HttpResponseRedirect(page)

    @admin.action(description=gettext_lazy("Try again…"), permissions=["try_again"])
    def try_chosen_again(self, request: HttpRequest, queryset: QuerySet[StripeCall]) -> HttpResponse | None:
        form = reason_form(request)
        parked = list(queryset.filter(status=StripeCall.Status.PARKED).order_by("pk").values_list("pk", flat=True))
        if not parked:
            self.message_user(request, _("None of these steps is parked."), messages.WARNING)
            return None
        if not (is_confirmed(request) and form.is_valid()):
            title = ngettext("Try %(count)s step again?", "Try %(count)s steps again?", len(parked))
            question = Question(title % {"count": len(parked)}, _("Try again"), form=form)
            return ask(self, request, question, chosen=parked)
        self._try_again(request, parked, form.cleaned_data["reason"])
        return None

    def _try_again(self, request: HttpRequest, calls: list[int], reason: str) -> None:
        try:
            count = try_again(calls, reason=reason, by=signed_in(request), at=timezone.now())
        except (InvalidTransition, BillingDisabled) as refusal:
            self.message_user(request, refusals.told(str(refusal)), messages.ERROR)
            return
        said = ngettext("%(count)s step is tried again.", "%(count)s steps are tried again.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS if count else messages.WARNING)
