"""Discounts: of a client's month, given here, and of single drafts, given on the draft's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.asking import Question, signed_in
from accounts.desk.marks import action, display
from accounts.desk.numbers import NumberField
from accounts.desk.pages import Page
from accounts.desk.searching import Of, Start, Words
from invoicing import audit
from invoicing.admin.filters import OfClient
from invoicing.admin.forms import WhyForm, bound
from invoicing.admin.review import figure_of
from invoicing.admin.verbs import answer, page_of
from invoicing.lifecycle.draft_discounts import ensure_discount, take_discount_back, told
from invoicing.models import Discount, DiscountUse
from rating.money import to_major, to_minor

if TYPE_CHECKING:
    _DiscountForm = forms.ModelForm[Discount]
else:
    _DiscountForm = forms.ModelForm


class DiscountForm(_DiscountForm):
    """A discount: a percentage, or an amount in the client's currency."""

    amount = NumberField(
        label=gettext_lazy("Amount"), required=False, max_digits=16,
        help_text=gettext_lazy("In the client's currency; or a percentage."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.amount_cents is not None:
            currency = self.instance.client.currency
            self.initial["amount"] = to_major(self.instance.amount_cents, currency)

    def clean(self) -> dict[str, Any]:
        """Exactly one figure, and a month that begins on its first day."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "month" in self.fields:
            if given.get("month") is None:
                self.add_error("month", _("Say which month. A single draft gets its discount on its own page."))
            else:
                given["month"] = given["month"].replace(day=1)
        client = given.get("client") or (self.instance.client if self.instance.client_id else None)
        if client is not None and not self.errors:
            try:
                typed = given.get("amount")
                self.instance.amount_cents = None if typed is None else to_minor(typed, client.currency)
                ensure_discount(given.get("percent"), self.instance.amount_cents)
            except ValueError as problem:
                self.add_error(None, str(problem))
        return given


@admin.register(Discount)
class DiscountPage(Page):
    """What was agreed, and which document used it. One that was used stays as it is."""

    form = DiscountForm
    list_display = ("reason", "client", "of", "figure", "used")
    list_filter = (OfClient, ("month", admin.DateFieldListFilter))
    list_select_related = ("client", "invoice")
    ways = (Words("reason"), Start("external_id"), Of("client"))
    search_help_text = gettext_lazy("Words of the reason, id or client")
    ordering = ("-pk",)
    autocomplete_fields = ("client",)
    fields = ("client", "month", ("percent", "amount"), "reason", "external_id")
    actions_detail = ("take_back",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        uses = DiscountUse.objects.filter(discount=OuterRef("pk"), released_at=None)
        number = Subquery(uses.values("invoice__number")[:1])
        annotations = {"used_on": number, "used_by": Subquery(uses.values("invoice_id")[:1])}
        found: QuerySet[Any] = super().get_queryset(request).annotate(**annotations)
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a draft's discount is about is given on the draft."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "client", *(["month"] if obj.month is None else [])] if obj is not None else fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Used ones are only looked at."""
        may: bool = super().has_change_permission(request, obj)
        return may and getattr(obj, "used_by", None) is None

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """What a document used while the form lay open is not changed any more."""
        used = DiscountUse.objects.filter(discount_id=object_id or 0, released_at=None)
        if request.method == "POST" and self.has_change_permission(request) and used.exists():
            said = _("The discount was used meanwhile and stays as it is.")
            self.message_user(request, said, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:invoicing_discount_change", args=[object_id]))
        return super().changeform_view(request, object_id, *args, **kwargs)

    @display(description=gettext_lazy("Of"), ordering="month")
    def of(self, discount: Discount) -> SafeString | str:
        if discount.invoice_id is None:
            return f"{discount.month:%Y-%m}"
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', page_of(discount.invoice_id), discount.invoice
        )  # fmt: skip

    @display(description=gettext_lazy("Discount"))
    def figure(self, discount: Discount) -> str:
        return figure_of(discount, discount.client.currency)

    @display(description=gettext_lazy("Used on"))
    def used(self, discount: Any) -> SafeString | str:
        if discount.used_by is None:
            return "-"
        return format_html('<a class="desk-link" href="{}">{}</a>', page_of(discount.used_by), discount.used_on)

    def changed_columns(self, obj: Any, names: Iterable[str]) -> list[str]:
        """An amount is typed in major units and kept in minor ones."""
        return super().changed_columns(obj, ["amount_cents" if name == "amount" else name for name in names])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        name = "discount.changed" if change else "discount.given"
        audit.record(name, obj, by=signed_in(request), at=timezone.now(), reason=obj.reason, data=told(obj))

    def has_take_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may change discounts, and whether no document ever used this one."""
        if not request.user.has_perm("invoicing.change_discount"):
            return False
        return object_id is None or Discount.objects.filter(pk=object_id, uses=None).exists()

    @action(description=gettext_lazy("Take back…"), permissions=["take_back"], icon="undo")
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        discount, form = Discount.objects.select_related("client").get(pk=object_id), WhyForm(bound(request))
        back = page_of(discount.invoice_id) if discount.invoice_id else reverse("admin:invoicing_discount_changelist")

        def take() -> str:
            reason = form.cleaned_data["reason"]
            take_discount_back(discount.pk, reason=reason, by=signed_in(request), at=timezone.now())
            return _("The discount was taken back.")

        figure = figure_of(discount, discount.client.currency)
        title = _("Take back the discount of %(figure)s?") % {"figure": figure}
        return answer(self, request, Question(title, _("Take it back"), form=form, back=back), take)
