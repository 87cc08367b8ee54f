"""Contracts with their rate cards, assignments and allowances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk.hours import hours_text
from accounts.desk.marks import display
from accounts.desk.pages import Inline, Page, ReadOnlyPage
from accounts.language import word
from contracts.admin.forms import ContractForm
from contracts.admin.panels import shown_panels
from contracts.models import Allocation, Assignment, Contract, Rate

STATUS = {"active": "success", "signed": "success", "suspended": "warning", "expired": "danger", "cancelled": "danger"}


class RateInline(Inline):
    model = Rate
    verbose_name_plural = _("Rate card")
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
    change_form_outer_before_template = "contracts/admin/panels.html"
    known_refusals: ClassVar[Mapping[str, Any]] = {
        "contracts_rate_no_overlap": _("two rates for the same work and time of day are valid on the same day"),
    }
    fieldsets = (
        (None, {"fields": (("client", "external_id"), ("status", "start_on", "end_on"))}),
        (_("Prices"), {"fields": (("strategy", "hourly_rate", "per_ticket_rate"),)}),
        (_("Allowances per month"), {"fields": (("included_tickets", "included_seconds", "rollover_months"),
                                             ("unlimited_tickets", "unlimited_hours", "unlimited_rollover"))}),
        (_("Minimum and rounding"), {"fields": (("minimum_seconds", "below_minimum"),
                                             ("rounding_level", "rounding_increment_minutes", "rounding_direction"))}),
        (_("Documents"), {"fields": (("grouping", "late_work"),)}),
        (_("Times and fair use"), {"fields": (("business_hours", "fair_use"),)}),
    )  # fmt: skip

    @display(description=_("Status"), ordering="status", label=STATUS)
    def state(self, contract: Contract) -> tuple[str, str]:
        return contract.status, contract.get_status_display()

    @display(description=_("Strategy"), ordering="strategy")
    def pricing(self, contract: Contract) -> str:
        return word(contract.strategy) or gettext("derived")

    @display(description=_("Per ticket"), ordering="per_ticket_rate")
    def fee(self, contract: Contract) -> Any:
        return contract.per_ticket_rate

    @display(description=_("Included per month"))
    def allowance(self, contract: Contract) -> str:
        return ", ".join(_included(contract)) or "-"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Above the terms: what they come to, and what of the allowances was used."""
        contract = self.get_object(request, object_id) if object_id else None
        panels = shown_panels(contract, request, at=timezone.now()) if contract is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "panels": panels})


@admin.register(Allocation)
class AllocationPage(ReadOnlyPage):
    list_display = ("month", "contract", "kind", "source_id", "tickets", "hours", "created_at", "released_at")
    list_filter = ("kind", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("contract__client",)
    search_fields = ("contract__external_id", "contract__client__name")
    ordering = ("-month", "-pk")

    @display(description=_("Time"), ordering="seconds")
    def hours(self, use: Allocation) -> str:
        return hours_text(use.seconds) if use.seconds else "-"


def _included(contract: Contract) -> Iterable[str]:
    if contract.unlimited_tickets or contract.included_tickets is not None:
        counted = gettext("%(number)s tickets") % {"number": contract.included_tickets}
        yield gettext("unlimited tickets") if contract.unlimited_tickets else counted
    if contract.unlimited_hours:
        yield gettext("unlimited hours")
    elif contract.included_seconds is not None:
        yield hours_text(contract.included_seconds)
