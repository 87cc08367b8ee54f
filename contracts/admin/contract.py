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
from accounts.desk.inlines import Inline
from accounts.desk.marks import display, figure_column
from accounts.desk.pages import Page, ReadOnlyPage
from accounts.desk.searching import Of, Start
from accounts.language import word
from contracts.admin.forms import LABELS, RATE_LABELS, ContractForm
from contracts.admin.panels import shown_panels
from contracts.models import Allocation, Assignment, Contract, Rate

STATUS = {"active": "success", "signed": "success", "suspended": "warning", "expired": "danger", "cancelled": "danger"}


class RateInline(Inline):
    model = Rate
    verbose_name_plural = _("Rate card")
    fields = ("work_type", "time_of_day", "hourly_rate", "multiplier", "valid_from", "valid_to")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Columns that read as a sentence; what is empty says what that means."""
        if db_field.name == "time_of_day":
            kwargs["choices"] = [("", _("Any time")), *db_field.choices]
        labelled = {**kwargs, **({"label": RATE_LABELS[db_field.name]} if db_field.name in RATE_LABELS else {})}
        field = super().formfield_for_dbfield(db_field, request, **labelled)
        if db_field.name == "work_type" and field is not None:
            field.widget.attrs["placeholder"] = _("Any work")
        return field


class AssignmentInline(Inline):
    model = Assignment
    autocomplete_fields = ("contact",)
    fields = ("contact", "status", "start_on", "end_on", "billing_frequency", "per_ticket_rate", "hourly_rate")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Prices and days are called what they are called above."""
        labelled = {**kwargs, **({"label": LABELS[db_field.name]} if db_field.name in LABELS else {})}
        return super().formfield_for_dbfield(db_field, request, **labelled)


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
        "price_of_hour",
        "fee",
        "allowance",
    )
    list_filter = ("status", "strategy")
    list_select_related = ("client",)
    ways = (Start("external_id"), Of("client"))
    search_help_text = _("Id or client")
    autocomplete_fields = ("client",)
    inlines = (RateInline, AssignmentInline)
    change_form_outer_before_template = "contracts/admin/panels.html"
    known_refusals: ClassVar[Mapping[str, Any]] = {
        "contracts_rate_no_overlap": _("two rates for the same work and time of day are valid on the same day"),
    }
    price_of_hour = figure_column("hourly_rate", description=_("Price of an hour"), places=2)
    fee = figure_column("per_ticket_rate", description=_("Per ticket"), places=2)
    fieldsets = (
        (None, {"fields": (("client", "external_id"), ("status", "start_on", "end_on"))}),
        (_("Prices"), {"fields": (("strategy", "hourly_rate", "per_ticket_rate"),)}),
        (_("Allowances per month"), {"fields": (("included_tickets", "included_seconds", "rollover_months"),
                                             ("unlimited_tickets", "unlimited_hours", "unlimited_rollover"))}),
        (_("Minimum and rounding"), {"fields": (("minimum_seconds", "below_minimum"),
                                             ("rounding_level", "rounding_increment_minutes", "rounding_direction"))}),
        (_("Documents"), {"fields": (("grouping", "late_work"),)}),
        (_("Times and fair use"), {"fields": ("business_hours", "fair_use")}),
    )  # fmt: skip

    @display(description=_("Status"), ordering="status", label=STATUS)
    def state(self, contract: Contract) -> tuple[str, str]:
        return contract.status, contract.get_status_display()

    @display(description=_("Strategy"), ordering="strategy")
    def pricing(self, contract: Contract) -> str:
        return word(contract.strategy) or gettext("derived")

    @display(description=_("Included per month"))
    def allowance(self, contract: Contract) -> str:
        return ", ".join(_included(contract)) or "-"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Above the terms: what they come to, and what of the allowances was used, as they are saved."""
        contract = kwargs.get("obj")
        if contract is not None and request.method == "POST":
            # The form has changed the object already.
            contract = Contract.objects.select_related("client").get(pk=contract.pk)
        panels = shown_panels(contract, request, at=timezone.now())
        return super().render_change_form(request, {**context, "panels": panels}, *args, **kwargs)


@admin.register(Allocation)
class AllocationPage(ReadOnlyPage):
    list_display = ("month", "contract", "kind", "source_id", "tickets", "hours", "created_at", "released_at")
    list_filter = ("kind", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("contract__client",)
    ways = (Of("contract"),)
    search_help_text = _("Contract or client")
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
