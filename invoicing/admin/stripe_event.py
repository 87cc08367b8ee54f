"""What Stripe told us: each event as it was received, what came of it, and why it waits. To be read, and replayed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.refusals import told
from accounts.desk.searching import Of, Start
from invoicing.models import StripeEvent
from invoicing.stripe.handlers import HANDLERS
from invoicing.stripe.processing import replay_event
from invoicing.transitions import InvalidTransition

STATUS = {"pending": "info", "processed": "success", "parked": "danger"}
WAITS = (StripeEvent.Status.PENDING, StripeEvent.Status.PARKED)
LARGEST_SHOWN = 200_000  # characters of a body; no event that Stripe sends has as many


class TypeFilter(admin.SimpleListFilter):
    """The types that something is done for."""

    title = gettext_lazy("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [(kind, kind) for kind in HANDLERS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:  # noqa: ARG002
        return queryset.filter(event_type=self.value()) if self.value() else queryset


@admin.register(StripeEvent)
class StripeEventPage(ReadOnlyPage):
    """Events, the newest first."""

    list_display = ("event_type", "status_label", "document", "what_came", "received_at", "deliveries", "event_id")
    list_before_template = "invoicing/admin/stripe_events.html"
    list_filter = ("status", TypeFilter, "received_at")
    list_select_related = ("invoice",)
    ways = (Start("event_id"), Of("invoice", Start("number")))
    search_help_text = gettext_lazy("Id of the event (evt_…) or number of the document")
    ordering = ("-pk",)
    fields = (
        ("event_id", "event_type", "object_id"), ("status", "what_came_of_it", "document"),
        ("attempts", "next_at", "problem"), ("created_at", "received_at", "processed_at", "deliveries"), "body",
    )  # fmt: skip
    readonly_fields = ("what_came_of_it", "document", "problem", "body")
    actions = ("replay_chosen",)
    actions_detail = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        """Lists do without the bodies."""
        return super().get_queryset(request).defer("payload")

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS)
    def status_label(self, event: StripeEvent) -> tuple[str, str]:
        return event.status, event.get_status_display()

    @display(description=gettext_lazy("Document"))
    def document(self, event: StripeEvent) -> SafeString | str:
        if event.invoice is None:
            return "-"
        url = reverse("admin:invoicing_invoice_change", args=[event.invoice_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, event.invoice)

    what_came_of_it = stored_sentence("outcome", description=gettext_lazy("What came of it"))
    problem = stored_sentence("last_error", description=gettext_lazy("last error"))

    @display(description=gettext_lazy("What came of it"))
    def what_came(self, event: StripeEvent) -> str:
        return ": ".join(map(told, filter(None, [event.outcome, event.last_error]))) or "-"

    @display(description=gettext_lazy("Body"))
    def body(self, event: StripeEvent) -> SafeString | str:
        text = readable(bytes(event.payload))
        return format_html('<pre class="desk-body" tabindex="0">{}</pre>', text) if text else _("Erased after 90 days.")

    def has_replay_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may have events tried again, and whether this one waits."""
        if not request.user.has_perm("invoicing.replay_stripeevent"):
            return False
        return object_id is None or StripeEvent.objects.filter(pk=object_id, status__in=WAITS).exists()

    @action(description=gettext_lazy("Replay…"), permissions=["replay"], icon="replay")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        page = reverse("admin:invoicing_stripeevent_change", args=[object_id])
        form = reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            title = _("Have this event processed again?")
            return ask(self, request, Question(title, _("Replay"), form=form, back=page))
        self._replay(request, [int(object_id)], form.cleaned_data["reason"])
        return HttpResponseRedirect(page)

    @admin.action(description=gettext_lazy("Replay…"), permissions=["replay"])
    def replay_chosen(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> HttpResponse | None:
        form = reason_form(request)
        waiting = list(queryset.filter(status__in=WAITS).order_by("pk").values_list("pk", flat=True))
        if not waiting:
            self.message_user(request, _("None of these events waits or is parked."), messages.WARNING)
            return None
        if not (is_confirmed(request) and form.is_valid()):
            title = ngettext(
                "Have %(count)s event processed again?", "Have %(count)s events processed again?", len(waiting)
            )
            return ask(self, request, Question(title % {"count": len(waiting)}, _("Replay"), form=form), chosen=waiting)
        self._replay(request, waiting, form.cleaned_data["reason"])
        return None

    def _replay(self, request: HttpRequest, events: list[int], reason: str) -> None:
        replayed, now, by = 0, timezone.now(), signed_in(request)
        for pk in events:
            try:
                replay_event(pk, reason=reason, by=by, at=now)
                replayed += 1
            except InvalidTransition as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        if replayed:
            said = ngettext("%(count)s event is", "%(count)s events are", replayed) % {"count": replayed}
            self.message_user(
                request, _("%(events)s processed again within a minute.") % {"events": said}, messages.SUCCESS
            )


def readable(body: bytes) -> str:
    """The body on lines of its own, as text; "" where it was erased."""
    text = body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):  # shown as it is
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False) if body else ""
    return text[:LARGEST_SHOWN]
