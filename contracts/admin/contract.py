"""Contracts with their rate cards, assignments and allowances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse

from accounts.desk.hours import hours_text
from accounts.desk.marks import display
from accounts.desk.pages import Inline, Page, ReadOnlyPage
from contracts.admin.forms import ContractForm
from contracts.models import Allocation, Assignment, Contract, Rate

STATUS = {"active": "success", "signed": "success", "suspended": "warning", "expired": "danger", "cancelled": "danger"}
MONTHS_SHOWN = 6


class RateInline(Inline):
    model = Rate
    verbose_name_plural = "Rate card"
    fields = ("work_type", "time_of_day", "hourly_rate", "multiplier", "valid_from", "valid_to")


class AssignmentInline(Inline):
    model = Assignment
    autocomplete_fields = ("contact",)
    fields = ("contact", "status", "start_on", "end_on", "billing_frequency", "per_ticket_rate", "hourly_rate")


@admin.register(Contract)
class ContractPage(Page):
    """What one client agreed to pay, term by term."""

    form = ContractForm
    list_display = (
        "external_id",
        "client",
        "state",
        "start_on",
        "end_on",
        "pricing",
        "hourly_rate",
        "fee",
        "allowance",
    )
    list_filter = ("status", "strategy")
    list_select_related = ("client",)
    search_fields = ("external_id", "client__name", "client__external_id")
    autocomplete_fields = ("client",)
    inlines = (RateInline, AssignmentInline)
    change_form_after_template = "contracts/admin/allowances.html"
    known_refusals: ClassVar = {
        "contracts_rate_no_overlap": "two rates for the same work and time of day are valid on the same day",
    }
    fieldsets = (
        (None, {"fields": (("client", "external_id"), ("status", "start_on", "end_on"))}),
        ("Prices", {"fields": (("strategy", "hourly_rate", "per_ticket_rate"),)}),
        ("Allowances per month", {"fields": (("included_tickets", "included_seconds", "rollover_months"),
                                             ("unlimited_tickets", "unlimited_hours", "unlimited_rollover"))}),
        ("Minimum and rounding", {"fields": (("minimum_seconds", "below_minimum"),
                                             ("rounding_level", "rounding_increment_minutes", "rounding_direction"))}),
        ("Documents", {"fields": (("grouping", "late_work"),)}),
        ("Times and fair use", {"fields": (("business_hours", "fair_use"),)}),
    )  # fmt: skip

    @display(description="Status", ordering="status", label=STATUS)
    def state(self, contract: Contract) -> tuple[str, str]:
        return contract.status, contract.get_status_display()

    @display(description="Strategy", ordering="strategy")
    def pricing(self, contract: Contract) -> str:
        return contract.strategy.replace("_", " ") or "derived"

    @display(description="Per ticket", ordering="per_ticket_rate")
    def fee(self, contract: Contract) -> Any:
        return contract.per_ticket_rate

    @display(description="Included per month")
    def allowance(self, contract: Contract) -> str:
        return ", ".join(_included(contract)) or "-"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Beside the terms, what of the allowances was used in the last months."""
        used = used_by_month(int(object_id)) if object_id and object_id.isdecimal() else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "used": used})


@admin.register(Allocation)
class AllocationPage(ReadOnlyPage):
    list_display = ("month", "contract", "kind", "source_id", "tickets", "hours", "created_at", "released_at")
    list_filter = ("kind", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("contract__client",)
    search_fields = ("contract__external_id", "contract__client__name")
    ordering = ("-month", "-pk")

    @display(description="Time", ordering="seconds")
    def hours(self, use: Allocation) -> str:
        return hours_text(use.seconds) if use.seconds else "-"


def used_by_month(contract: int) -> list[dict[str, Any]]:
    """Tickets and time taken from a contract's allowances, by month, the newest first."""
    rows = (
        Allocation.objects.filter(contract=contract, released_at=None)
        .values("month")
        .annotate(used_tickets=Sum("tickets"), used_seconds=Sum("seconds"))
        .order_by("-month")[:MONTHS_SHOWN]
    )
    return [
        {"month": f"{row['month']:%Y-%m}", "tickets": row["used_tickets"], "time": hours_text(int(row["used_seconds"]))}
        for row in rows
    ]


def _included(contract: Contract) -> Iterable[str]:
    if contract.unlimited_tickets or contract.included_tickets is not None:
        yield "unlimited tickets" if contract.unlimited_tickets else f"{contract.included_tickets} tickets"
    if contract.unlimited_hours:
        yield "unlimited hours"
    elif contract.included_seconds is not None:
        yield hours_text(contract.included_seconds)
