"""What companies pay: fees of calls, outputs of cases, services with their prices."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display
from accounts.desk.pages import Page
from accounts.desk.searching import Of, Start, Words
from gateway_billing.admin.of_company import NOT_NEGATIVE, PERCENT, OfCompany, percent
from gateway_billing.defaults import make_default
from gateway_billing.models import CaseCategory, FeeSchedule, OutputConfiguration, ServicePrice, ServiceTemplate
from invoicing.display import figure
from invoicing.explaining import price as money_of


@admin.register(FeeSchedule)
class FeeSchedulePage(OfCompany):
    """How calls of a company are metered and priced, and what setting it up costs."""

    told_name = True
    list_display = ("company", "steps", "minute", "included", "discount", "setup")
    ordering = ("company__name", "pk")
    readonly_fields = ("setup_fee_billed_elsewhere",)
    known_refusals: ClassVar = {
        "gateway_fees_steps_positive": gettext_lazy("a step is at least one second"),
        "gateway_fees_unlimited_or_number": gettext_lazy("leave the included minutes empty where they are unlimited"),
        "gateway_fees_discount_percent": PERCENT,
        **{f"gateway_fees_{name}_not_negative": NOT_NEGATIVE for name in ("rate", "tenant", "plan", "buy", "setup")},
    }
    fieldsets = (
        (None, {"fields": (("company", "external_id"),)}),
        (gettext_lazy("Calls"), {"fields": (
            ("first_seconds", "next_seconds"), ("per_minute_rate", "tenant_per_minute_rate", "plan_per_minute_rate"),
            ("included_minutes", "unlimited_minutes"), ("usage_discount_percent", "buy_per_minute_rate"))}),
        (gettext_lazy("Setup fee"), {"fields": (("setup_fee", "setup_fee_billed_elsewhere"),)}),
    )  # fmt: skip

    @display(description=gettext_lazy("Metering"))
    def steps(self, fees: FeeSchedule) -> str:
        return f"{fees.first_seconds}/{fees.next_seconds} s"

    @display(description=gettext_lazy("Per minute"))
    def minute(self, fees: FeeSchedule) -> str:
        rates = (fees.per_minute_rate, fees.tenant_per_minute_rate, fees.plan_per_minute_rate)
        return next((figure(rate) for rate in rates if rate is not None), _("default"))

    @display(description=gettext_lazy("Discount"), ordering="usage_discount_percent")
    def discount(self, fees: FeeSchedule) -> str:
        return percent(fees.usage_discount_percent)

    @display(description=gettext_lazy("Setup fee"), ordering="setup_fee")
    def setup(self, fees: FeeSchedule) -> str:
        return "-" if fees.setup_fee is None else money_of(fees.setup_fee, fees.company.currency)

    @display(description=gettext_lazy("Included minutes"))
    def included(self, fees: FeeSchedule) -> str:
        if fees.unlimited_minutes:
            return _("unlimited")
        return "-" if fees.included_minutes is None else str(fees.included_minutes)


@admin.register(OutputConfiguration)
class OutputPage(OfCompany):
    """How cases of a company are put out and what that costs; one of them is its default."""

    list_display = ("company", "output_type", "billing_mode", "active", "default", "external_id")
    list_filter = ("billing_mode", "output_type", "active", "default")
    ordering = ("company__name", "pk")
    actions_detail = ("make_default",)
    known_refusals: ClassVar = {
        "gateway_output_one_default": gettext_lazy(
            "the company has a default already: save this one without it, then press Make default"
        ),
    }
    fieldsets = (
        (None, {"fields": (("company", "external_id"), ("output_type", "billing_mode"), ("active", "default"))}),
        (gettext_lazy("Prices in cents"), {
            "description": gettext_lazy("Empty: the default price. 0: free."),
            "fields": (("base_price_cents", "email_price_cents", "webhook_price_cents"), "monthly_flat_price_cents")}),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The default is switched, not ticked: a company would be without one in between."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "default"] if obj is not None else fields

    def has_default_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may change it, and whether it is no default yet."""
        found = OutputConfiguration.objects.filter(pk=object_id or 0, default=False)
        return self.has_change_permission(request) and found.exists()

    @action(description=gettext_lazy("Make default…"), permissions=["default"], icon="star")
    def make_default(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form, back = reason_form(request), reverse("admin:gateway_billing_outputconfiguration_change", args=[object_id])
        if not (is_confirmed(request) and form.is_valid()):
            title = _("Put out cases without a configuration of their own by this one?")
            return ask(self, request, Question(title, _("Make default"), form=form, back=back))
        make_default(int(object_id), reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now())
        self.message_user(request, _("This is the company's default now."), messages.SUCCESS)
        return HttpResponseRedirect(back)


@admin.register(CaseCategory)
class CategoryPage(OfCompany):
    list_display = ("name", "company", "output_configuration", "external_id")
    list_select_related = ("company", "output_configuration")
    ways = (Words("name"), Start("external_id"), Of("company"))
    search_help_text = gettext_lazy("Name, id or company")
    ordering = ("company__name", "name", "pk")
    autocomplete_fields = ("company", "output_configuration")
    fields = (("company", "external_id"), "name", "output_configuration")
    known_refusals: ClassVar = {
        "gateway_category_output_of_company": gettext_lazy("this configuration is that of another company"),
    }


@admin.register(ServiceTemplate)
class TemplatePage(Page):
    """Services that are offered."""

    list_display = ("name", "price", "external_id")
    search_fields = ("name", "external_id")
    search_help_text = gettext_lazy("Part of the name or id")
    ordering = ("name",)
    fields = ("name", "price", "external_id")


@admin.register(ServicePrice)
class PricePage(OfCompany):
    """What a company pays for a service from one day to another. What was billed can only end."""

    list_display = ("service", "company", "shown_price", "number", "discount", "valid_from", "valid_to",
                    "interval")  # fmt: skip
    list_filter = ("interval", "prorate")
    ways = (Words("service"), Start("external_id"), Of("company"))
    search_help_text = gettext_lazy("Service, id or company")
    ordering = ("company__name", "service", "-valid_from", "pk")
    autocomplete_fields = ("company", "template")
    known_refusals: ClassVar = {
        "gateway_price_no_overlap": gettext_lazy(
            "the company has a price of this service on some of these days already: end that one first"
        ),
        "gateway_price_in_order": gettext_lazy("the last day is before the first"),
        "gateway_price_discount_percent": PERCENT,
        "gateway_price_not_negative": NOT_NEGATIVE,
        "gateway_price_quantity_not_negative": NOT_NEGATIVE,
    }
    fieldsets = (
        (None, {"fields": (("company", "external_id"), ("service", "template"))}),
        (gettext_lazy("Price"), {"fields": (("price", "quantity", "discount_percent"),
                                            ("valid_from", "valid_to"), ("interval", "prorate"))}),
    )  # fmt: skip

    def name_of(self, row: Any) -> str:
        return _("%(service)s from %(day)s") % {"service": row.service, "day": row.valid_from}

    @display(description=gettext_lazy("Price"), ordering="price")
    def shown_price(self, price: ServicePrice) -> str:
        return money_of(price.price, price.company.currency)

    @display(description=gettext_lazy("Quantity"), ordering="quantity")
    def number(self, price: ServicePrice) -> str:
        return figure(price.quantity)

    @display(description=gettext_lazy("Discount"), ordering="discount_percent")
    def discount(self, price: ServicePrice) -> str:
        return percent(price.discount_percent)
