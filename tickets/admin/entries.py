"""Time entries with their approval, expenses, and what is being billed right now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.desk import refusals
from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.hours import hours_text
from accounts.desk.marks import display
from accounts.desk.pages import Page, ReadOnlyPage
from invoicing.transitions import InvalidTransition
from tickets.admin.forms import TimeEntryForm
from tickets.approval import Approver, OwnWork, approve_entries, reject_entries
from tickets.models import BillingAttempt, Expense, TimeEntry

STATUS = {"approved": "success", "submitted": "info", "rejected": "danger"}


class OfTicket(Page):
    """Work on a ticket."""

    autocomplete_fields = ("ticket",)
    list_select_related = ("ticket__client",)

    @display(description="Ticket", ordering="ticket__number")
    def ticket_number(self, work: Any) -> str:
        return str(work.ticket.number)

    @display(description="Client", ordering="ticket__client__name")
    def client(self, work: Any) -> Any:
        return work.ticket.client or "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("ticket__client")


@admin.register(TimeEntry)
class TimeEntryPage(OfTicket):
    """Time on tickets. Its state moves by decisions, never in this form."""

    form = TimeEntryForm
    list_display = ("worked_on", "technician", "hours", "ticket_number", "client", "billable", "state", "description")
    list_filter = ("status", "billable", "worked_on")
    search_fields = ("technician", "description", "external_id", "ticket__number", "ticket__client__name")
    ordering = ("-worked_on", "-pk")
    actions = ("approve", "reject")
    readonly_fields = ("decided_by", "decided_at", "decision_reason", "billed_elsewhere")
    fieldsets = (
        (None, {"fields": (("ticket", "technician"), ("worked_on", "seconds_worked"),
                           ("started_at", "ended_at", "paused_seconds"), "description",
                           ("work_type", "hourly_rate"), ("billable", "emergency"), ("status", "external_id"))}),
        ("Decision", {"fields": (("decided_by", "decided_at"), "decision_reason", "billed_elsewhere")}),
    )  # fmt: skip

    @display(description="Time", ordering="seconds_worked")
    def hours(self, entry: TimeEntry) -> str:
        return "running" if entry.seconds_worked is None else hours_text(entry.seconds_worked)

    @display(description="Status", ordering="status", label=STATUS)
    def state(self, entry: TimeEntry) -> tuple[str, str]:
        return entry.status, entry.get_status_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "status"] if obj else fields

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "status":
            kwargs["choices"] = [choice for choice in TimeEntry.Status.choices if choice[0] in ("draft", "submitted")]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "technician": getattr(request.user, "technician_id", None) or "",
            "worked_on": timezone.localdate(),
            **super().get_changeform_initial_data(request),
        }

    def changed_columns(self, obj: Any, names: Iterable[str]) -> list[str]:
        """A finished timer says how long it took without anybody typing it."""
        return sorted({*super().changed_columns(obj, names), "seconds_worked"})

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whether the person decides about time of others."""
        return bool(request.user.has_perm("tickets.approve_timeentry"))

    @admin.action(description="Approve", permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> None:
        self._decide(request, queryset, approve_entries, "approved")

    @admin.action(description="Reject…", permissions=["approve"])
    def reject(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> HttpResponse | None:
        form = reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            question = Question("Reject these time entries?", "Reject", form=form)
            return ask(self, request, question, chosen=list(queryset.values_list("pk", flat=True)))
        self._decide(request, queryset, reject_entries, "rejected", reason=form.cleaned_data["reason"])
        return None

    def _decide(
        self,
        request: HttpRequest,
        entries: QuerySet[TimeEntry],
        decide: Callable[..., list[TimeEntry]],
        done: str,
        **why: str,
    ) -> None:
        """Decide one by one: what cannot be decided says why and keeps nothing else from it."""
        approver = Approver(signed_in(request), getattr(request.user, "technician_id", None) or "")
        decided = 0
        for pk in entries.order_by("pk").values_list("pk", flat=True):
            try:
                decided += len(decide([pk], approver=approver, at=timezone.now(), **why))
            except (OwnWork, InvalidTransition) as problem:
                self.message_user(request, str(problem), messages.ERROR)
            except DatabaseError as problem:
                refused = refusals.sentence(problem)
                if not refused:
                    raise
                self.message_user(request, refused, messages.ERROR)
        if decided:
            self.message_user(request, f"{decided} {done}.", messages.SUCCESS)


@admin.register(Expense)
class ExpensePage(OfTicket):
    list_display = ("incurred_on", "text", "quantity", "unit_price", "ticket_number", "client", "goods")
    list_filter = ("goods", "incurred_on")
    search_fields = ("description", "external_id", "ticket__number", "ticket__client__name")
    ordering = ("-incurred_on", "-pk")
    readonly_fields = ("billed_elsewhere",)
    fields = (
        ("ticket", "incurred_on"), "description", ("quantity", "unit_price"), ("tax_rate", "goods"),
        ("external_id", "billed_elsewhere"),
    )  # fmt: skip

    @display(description="Description", ordering="description")
    def text(self, expense: Expense) -> str:
        return expense.description


@admin.register(BillingAttempt)
class AttemptPage(ReadOnlyPage):
    """What is being billed right now; a row that stays belongs to a worker that died."""

    list_display = ("started_at", "tickets", "backend_pid")
    list_display_links = None
    ordering = ("started_at",)

    @display(description="Tickets")
    def tickets(self, attempt: BillingAttempt) -> int:
        return len(attempt.ticket_ids)
