"""Time entries with their approval, expenses, and what is being billed right now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk.asking import signed_in
from accounts.desk.hours import hours_text
from accounts.desk.marks import display, figure_column
from accounts.desk.pages import Page, ReadOnlyPage
from accounts.desk.searching import Of, Start, Words
from invoicing import audit
from tickets.admin.approving import EntryVerbs
from tickets.admin.bill import approver_of
from tickets.admin.filters import LIVE, ApprovalFilter, ClientFilter, TechnicianFilter
from tickets.admin.forms import TimeEntryForm
from tickets.models import BillingAttempt, Expense, Ticket, TimeEntry

# The theme's filters have no types.
if TYPE_CHECKING:
    from django.contrib.admin import DateFieldListFilter as RangeDateFilter
else:
    from unfold.contrib.filters.admin import RangeDateFilter

TIMER = {"started_at", "ended_at", "paused_seconds"}
STATUS = {"approved": "success", "submitted": "info", "rejected": "danger"}


class OfTicket(Page):
    """Work on a ticket."""

    autocomplete_fields = ("ticket",)
    list_select_related = ("ticket__client",)

    @display(description=_("Ticket"), ordering="ticket__number")
    def ticket_number(self, work: Any) -> str:
        return str(work.ticket.number)

    @display(description=_("Client"), ordering="ticket__client__name")
    def client(self, work: Any) -> Any:
        return work.ticket.client or "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("ticket__client")

    def lock_row(self, key: Any) -> None:
        """The ticket first, as everybody who writes its work does."""
        of = self.model._base_manager.filter(pk=key).values("ticket")
        list(Ticket.objects.select_for_update(no_key=True).filter(pk__in=of).values_list("pk"))
        super().lock_row(key)


@admin.register(TimeEntry)
class TimeEntryPage(OfTicket, EntryVerbs):
    """Time on tickets. Its state moves by decisions, never in this form."""

    form = TimeEntryForm
    list_display = (
        "worked_on",
        "technician",
        "hours",
        "ticket_number",
        "client",
        "billable",
        "state",
        "note",
        "entered_by",
        "description",
    )
    list_filter = (ApprovalFilter, "status", "billable", TechnicianFilter, ClientFilter, ("worked_on", RangeDateFilter))
    list_filter_submit = True
    ways = (Words("technician", "description"), Start("external_id"), Of("ticket"))
    search_help_text = _("Technician, words of the description, id, ticket or client")
    ordering = ("-worked_on", "-pk")
    readonly_fields = ("entered_by", "decided_by", "decided_at", "decision_reason", "billed_elsewhere")
    fieldsets = (
        (None, {"fields": (("ticket", "technician"), ("worked_on", "seconds_worked"),
                           ("started_at", "ended_at", "paused_seconds"), "description",
                           ("work_type", "hourly_rate"), ("billable", "emergency"), ("status", "external_id"),
                           "entered_by")}),
        (_("Decision"), {"fields": (("decided_by", "decided_at"), "decision_reason", "billed_elsewhere")}),
    )  # fmt: skip

    def name_of(self, row: TimeEntry) -> str:
        worked = gettext("running") if row.seconds_worked is None else hours_text(row.seconds_worked)
        return f"{row.technician}, {row.worked_on}: {worked}"

    @display(description=_("Time"), ordering="seconds_worked")
    def hours(self, entry: TimeEntry) -> str:
        return gettext("running") if entry.seconds_worked is None else hours_text(entry.seconds_worked)

    @display(description=_("Status"), ordering="status", label=STATUS)
    def state(self, entry: TimeEntry) -> tuple[str, str]:
        return entry.status, entry.get_status_display()

    @display(description=_("Decision"))
    def note(self, entry: Any) -> str:
        """Who decided, or what keeps the entry from being decided about."""
        if entry.settled:
            return gettext("settled")
        if entry.status == TimeEntry.Status.SUBMITTED and entry.seconds_worked is not None:
            own = gettext("yours: somebody else must decide")
            return own if entry.own else gettext("waits for approval")
        return " ".join(filter(None, (entry.decided_by, entry.decision_reason))) or "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what the note says: whether the entry is settled, and whether the person logged or entered it."""
        mine = approver_of(request).own
        entries: QuerySet[Any] = super().get_queryset(request)
        noted: QuerySet[Any] = entries.annotate(
            settled=Subquery(LIVE.values("pk")[:1]), own=ExpressionWrapper(mine, output_field=BooleanField())
        )
        return noted

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Whose time it is decides who may approve it: somebody else's is another entry."""
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "status", "technician"] if obj else fields

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "status":
            kwargs["choices"] = [choice for choice in db_field.flatchoices if choice[0] in ("draft", "submitted")]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "technician": getattr(request.user, "technician_id", None) or "",
            "worked_on": timezone.localdate(),
            **super().get_changeform_initial_data(request),
        }

    def changed_columns(self, obj: Any, names: Iterable[str]) -> list[str]:
        """A finished timer says how long it took without anybody typing it."""
        columns = set(super().changed_columns(obj, names))
        columns |= {"seconds_worked"} if columns & TIMER else set()
        return sorted(columns | {"entered_by"} if columns & TimeEntry.FACTS else columns)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep who entered what is billed, or changed it: nobody approves their own."""
        facts = sorted({*self.changed_columns(obj, form.changed_data)} & TimeEntry.FACTS)
        if facts or not change:
            obj.entered_by = signed_in(request)
        super().save_model(request, obj, form, change)
        if facts or not change:
            name, data = ("time_entry.changed", {"fields": facts}) if change else ("time_entry.entered", {})
            audit.record(name, obj, by=obj.entered_by, at=timezone.now(), data=data)


@admin.register(Expense)
class ExpensePage(OfTicket):
    how_many = figure_column("quantity", description=_("quantity"))
    price_of_one = figure_column("unit_price", description=_("unit price"), places=2)
    list_display = ("incurred_on", "text", "how_many", "price_of_one", "ticket_number", "client", "goods")
    list_filter = ("goods", "incurred_on")
    ways = (Words("description"), Start("external_id"), Of("ticket"))
    search_help_text = _("Words of the description, id, ticket or client")
    ordering = ("-incurred_on", "-pk")
    readonly_fields = ("billed_elsewhere",)
    fields = (
        ("ticket", "incurred_on"), "description", ("quantity", "unit_price"), ("tax_rate", "goods"),
        ("external_id", "billed_elsewhere"),
    )  # fmt: skip

    @display(description=_("Description"), ordering="description")
    def text(self, expense: Expense) -> str:
        return expense.description


@admin.register(BillingAttempt)
class AttemptPage(ReadOnlyPage):
    """What is being billed right now; a row that stays belongs to a worker that died."""

    list_display = ("started_at", "tickets", "backend_pid")
    list_display_links = None
    ordering = ("started_at",)

    @display(description=_("Tickets"))
    def tickets(self, attempt: BillingAttempt) -> int:
        return len(attempt.ticket_ids)
