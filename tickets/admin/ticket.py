"""Tickets: the list, and the page that says what was billed and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.desk.asking import signed_in
from accounts.desk.marks import display, figure_column
from accounts.desk.searching import Of, Start, Words
from accounts.language import within, word
from tickets.admin.next_steps import next_step
from tickets.admin.verbs import TicketVerbs
from tickets.admin.work import shown_ticket
from tickets.models import Ticket
from tickets.plan import HOLD_REASONS
from tickets.querysets import FROM_SETTINGS
from tickets.reasons import short

BILLING = {"billed": "success", "covered": "info", "held": "danger", "unbilled": "warning"}
STATUS = {"closed": "success", "resolved": "success", "in_progress": "info", "waiting": "warning"}
SKIPPED_FOR = ("not_closed", "internal", "no_client", "not_billable", "billed_elsewhere", "already_billed")


class ReasonFilter(admin.SimpleListFilter):
    """By the reason why a ticket was set aside; the list is ours, so that no query has to look for it."""

    title = _("reason")
    parameter_name = "billing_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(reason, short(reason)) for reason in sorted({*HOLD_REASONS, *FROM_SETTINGS, *SKIPPED_FOR})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(billing_reason=self.value()) if self.value() else queryset


class FinishedFilter(admin.SimpleListFilter):
    """By the time since a ticket was finished; Django's own would offer each moment that any ticket was finished at."""

    title = _("finished")
    parameter_name = "finished"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("1", _("today")), ("7", _("last 7 days")), ("30", _("last 30 days")), ("90", _("last 90 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        days = dict(self.lookup_choices).keys() & {self.value()}
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(finished_at__gte=today - timedelta(days=int(days.pop()) - 1)) if days else queryset


@admin.register(Ticket)
class TicketPage(TicketVerbs):
    """A support request. Its billing is decided by plans, never in this form."""

    list_display = ("number", "subject", "client", "state", "billing", "why", "finished_at")
    list_display_links = ("number", "subject")
    list_filter = ("billing_status", ReasonFilter, "status", "priority", "billable", FinishedFilter)
    list_select_related = ("client",)
    ways = (Words("number", "subject"), Start("external_id"), Of("client"))
    search_help_text = _("Number, words of the subject, id or client")
    ordering = ("-created_at", "-pk")
    autocomplete_fields = ("client", "contact", "contract")
    readonly_fields = (
        "resolved_at", "resolved_by", "closed_at", "closed_by", "own_strategy", "own_rate",
        "approved_by", "approved_at", "billed_elsewhere",
    )  # fmt: skip
    change_form_outer_before_template = "tickets/admin/ticket.html"
    fieldsets = (
        (_("Ticket"), {"fields": (("number", "subject"), ("client", "contact", "contract"),
                               ("status", "priority", "ticket_type"), ("billable", "internal"),
                               ("created_at", "external_id"))}),
        (_("Finished"), {"fields": (("resolved_at", "resolved_by"), ("closed_at", "closed_by"))}),
        (_("Decided by people"), {"fields": (("own_strategy", "own_rate"),
                                          ("approved_by", "approved_at"), "billed_elsewhere")}),
    )  # fmt: skip

    own_rate = figure_column("hourly_rate_override", description=_("hourly rate override"), places=2)

    @display(description=_("strategy override"))
    def own_strategy(self, ticket: Ticket) -> str:
        return within(word(ticket.strategy_override)) or "-"

    @display(description=_("Status"), ordering="status", label=STATUS)
    def state(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.status, ticket.get_status_display()

    @display(description=_("Billing"), ordering="billing_status", label=BILLING)
    def billing(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.billing_status, ticket.get_billing_status_display()

    @display(description=_("Reason"), ordering="billing_reason")
    def why(self, ticket: Ticket) -> str:
        return short(ticket.billing_reason) or "-"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A finished ticket is opened again by its own verb; a form that lay open must not do it by the way."""
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "status"] if obj is not None and obj.status in Ticket.FINISHED else fields

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "status":
            kwargs["choices"] = [choice for choice in db_field.flatchoices if choice[0] not in Ticket.FINISHED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "created_at": timezone.now(),
            "status": Ticket.Status.OPEN,
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.acting = signed_in(request)  # the events carry the person
        super().save_model(request, obj, form, change)

    def beside_form(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        """Above the form: what became of billing, the work, and what billing would do now."""
        ticket = self.get_object(request, object_id) if object_id else None
        if ticket is None:
            return {}
        return {
            **shown_ticket(ticket, at=timezone.now()),
            "decisions": self.decisions(request, str(ticket.pk)),
            "step": next_step(ticket, ticket.billing_reason, request.user),
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("client")
