"""What a client pays besides tickets: charges that recur with a contract, and single ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.desk.marks import display, figure_column
from accounts.desk.pages import Page
from accounts.desk.searching import Of, Start, Words
from contracts.models import ClientCharge, RecurringCharge


class OfSettled(Page):
    """Charges say whether all of them is on documents; what was billed of one does not change any more."""

    how_many = figure_column("quantity", description=_("quantity"))
    price_of_one = figure_column("unit_price", description=_("unit price"), places=2)

    @display(description=_("Settled"), ordering="settled", boolean=True)
    def is_settled(self, charge: Any) -> bool:
        return bool(charge.settled)


@admin.register(RecurringCharge)
class RecurringChargePage(OfSettled):
    """Seats, devices, a flat fee. To change a price, end the charge and add another."""

    list_display = (
        "description", "contract", "how_many", "price_of_one", "interval", "timing", "valid_from", "valid_to",
        "is_settled",
    )  # fmt: skip
    list_filter = ("interval", "timing", "prorate", "settled")
    list_select_related = ("contract__client",)
    ways = (Words("description"), Start("external_id"), Of("contract"))
    search_help_text = _("Words of the description, id, contract or client")
    ordering = ("-pk",)
    autocomplete_fields = ("contract",)
    readonly_fields = ("is_settled",)
    fieldsets = (
        (None, {"fields": (("contract", "external_id"), "description", ("quantity", "unit_price"))}),
        (_("When"), {"fields": (("valid_from", "valid_to"), ("interval", "timing", "prorate"), "is_settled")}),
    )  # fmt: skip
    known_refusals: ClassVar[Mapping[str, Any]] = {
        "contracts_recurring_in_order": _("the last day lies before the first"),
    }

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.localdate(), "quantity": 1, **super().get_changeform_initial_data(request)}


@admin.register(ClientCharge)
class ClientChargePage(OfSettled):
    """A single charge: on the client's next draft, or on the month of its partner."""

    list_display = ("charged_on", "client", "description", "how_many", "price_of_one", "goods", "is_settled")
    list_filter = ("settled", "goods", "charged_on")
    list_select_related = ("client",)
    ways = (Words("description"), Start("external_id"), Of("client"))
    search_help_text = _("Words of the description, id or client")
    ordering = ("-charged_on", "-pk")
    autocomplete_fields = ("client",)
    readonly_fields = ("is_settled",)
    fieldsets = (
        (None, {"fields": (("client", "charged_on"), "description", ("quantity", "unit_price"))}),
        (_("Tax"), {"fields": (("tax_rate", "goods"), ("external_id", "is_settled"))}),
    )  # fmt: skip

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"charged_on": timezone.localdate(), "quantity": 1, **super().get_changeform_initial_data(request)}
