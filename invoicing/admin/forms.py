"""What the questions about documents ask for: a reason, an amount, what becomes of the work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.desk.asking import is_confirmed
from accounts.desk.numbers import NumberField
from accounts.language import active
from invoicing.lifecycle.giving_back import PERMISSIONS
from rating.explanation import plain
from rating.money import exponent, to_minor
from rating.typed import POINT

THEN: Final = {
    "bill": gettext_lazy("bill it again"),
    "hold": gettext_lazy("hold it until somebody releases it"),
    "waive": gettext_lazy("waive it"),
}


class SeenForm(forms.Form):
    """What the person saw: a plan that changed meanwhile is shown again instead of being done."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def agrees(self, plan: str) -> bool:
        """Whether the person confirmed this very plan; else the form shows it and asks once more."""
        if self.cleaned_data["seen"] == plan:
            return True
        self.data = {**dict(self.data.items()), "seen": plan}
        return False


class WhyForm(SeenForm):
    """Why, and what the person saw."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget)


class KeyForm(WhyForm):
    """A form whose second sending does nothing: its key becomes that of what it writes."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid4().hex, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


def then_field(request: HttpRequest) -> forms.ChoiceField:
    """What becomes of the work, as far as the person may say so."""
    return forms.ChoiceField(
        label=gettext_lazy("The work that it bills"),
        choices=[(then, THEN[then]) for then, needed in PERMISSIONS.items() if request.user.has_perms(needed)],
        widget=UnfoldAdminSelectWidget,
    )


class CentsField(NumberField):
    """An amount, typed in major units of a currency; the value is minor units, None where nothing was typed."""

    def __init__(self, currency: str, label: str, **options: Any) -> None:
        self.currency = currency
        super().__init__(label=label, max_digits=16, decimal_places=exponent(currency), **options)

    def prepare_value(self, value: Any) -> Any:
        """An amount keeps the places of its currency."""
        return plain(value).replace(".", POINT[active()]) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        """Minor units."""
        typed = super().clean(value)
        return None if typed is None else to_minor(typed, self.currency)


def bound(request: HttpRequest) -> Any:
    """What was typed, once the person has answered."""
    return request.POST if is_confirmed(request) else None
