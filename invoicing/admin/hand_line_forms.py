"""The forms of lines that people write on drafts, and of a draft's discount."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

import config
from accounts.desk.numbers import NumberField
from contracts.models import Client
from invoicing.admin.forms import CentsField, KeyForm, bound
from invoicing.display import decimal_text, figure
from invoicing.models import Invoice, InvoiceLine
from rating.by_hand import HandLine
from rating.money import to_major

USUAL = ""


class LineForm(KeyForm):
    """What a line bills. Its value is a `HandLine`."""

    description = forms.CharField(
        label=gettext_lazy("What it bills"), max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    quantity = NumberField(
        label=gettext_lazy("Quantity"), max_digits=14, decimal_places=6, initial=1,
        help_text=gettext_lazy("Below zero for what is given back."),
    )  # fmt: skip
    unit_price = NumberField(min_value=0, max_digits=16, decimal_places=6)
    tax_rate = forms.ChoiceField(label=gettext_lazy("Tax rate"), required=False, widget=UnfoldAdminSelectWidget)
    goods = forms.BooleanField(
        label=gettext_lazy("Goods (a delivery, not a service)"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, request: HttpRequest, draft: Invoice, line: InvoiceLine | None = None) -> None:
        super().__init__(bound(request), initial=_of(line) if line else None)
        self.fields["unit_price"].label = _("Price of one in %(currency)s") % {"currency": draft.currency}
        self.fields["tax_rate"] = forms.ChoiceField(
            label=_("Tax rate"), choices=_rates(), required=False, widget=UnfoldAdminSelectWidget,
            help_text=_("Counts only where the client is taxed at home."),
        )  # fmt: skip
        order = ["description", "quantity", "unit_price", "tax_rate", "goods", "reason"]
        if draft.kind == Invoice.Kind.AGGREGATE:
            order.insert(0, "company")
            self.fields["company"] = _company_field(draft)
        self.order_fields(order)

    def wanted(self) -> HandLine:
        """The line that was typed."""
        given = self.cleaned_data
        rate = given["tax_rate"]
        company = given.get("company")
        return HandLine(
            given["description"], given["quantity"], given["unit_price"], Decimal(rate) if rate else None,
            given["goods"], company.pk if company else None,
        )  # fmt: skip


class AdjustForm(KeyForm):
    """What a line shall come to."""

    def __init__(self, request: HttpRequest, draft: Invoice, line: InvoiceLine) -> None:
        super().__init__(bound(request))
        label = _("The line shall come to, in %(currency)s") % {"currency": draft.currency}
        now = to_major(line.amount_cents, draft.currency)
        self.fields["amount"] = CentsField(draft.currency, label, initial=now)
        self.order_fields(("amount", "reason"))
        self.amount_cents = line.amount_cents

    def clean_amount(self) -> int:
        """The new amount, in minor units; one of the other sign is a difference that was typed for it."""
        wanted: int = self.cleaned_data["amount"]
        if wanted * self.amount_cents < 0:
            raise forms.ValidationError(_("Say what the whole line shall come to, not the difference."))
        return wanted


class DiscountForm(KeyForm):
    """A percentage of the subtotal, or an amount."""

    percent = NumberField(
        label=gettext_lazy("Percent"), required=False, max_digits=6, decimal_places=3,
        help_text=gettext_lazy("Of the subtotal; leave it empty for an amount."),
    )  # fmt: skip

    def __init__(self, request: HttpRequest, draft: Invoice) -> None:
        super().__init__(bound(request))
        label = _("Amount in %(currency)s") % {"currency": draft.currency}
        self.fields["amount"] = CentsField(draft.currency, label, required=False)
        self.fields["reason"].help_text = _("Printed on the document.")
        self.order_fields(("percent", "amount", "reason"))


def _of(line: InvoiceLine) -> dict[str, Any]:
    return {
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "tax_rate": "" if line.item_tax_rate is None else decimal_text(line.item_tax_rate),
        "goods": line.goods,
        "company": line.company_id,
    }


def _rates() -> list[tuple[str, str]]:
    settings = config.billing()
    own = sorted({settings.standard_tax_rate, *settings.reduced_tax_rates, Decimal(0)}, reverse=True)
    return [(USUAL, _("the usual one")), *((decimal_text(rate), f"{figure(rate)} %") for rate in own)]


def _company_field(draft: Invoice) -> forms.ModelChoiceField[Client]:
    managed = Client.objects.filter(managements__partner=draft.client_id).distinct().order_by("name", "pk")
    return forms.ModelChoiceField(label=_("Company"), queryset=managed, widget=UnfoldAdminSelectWidget)
