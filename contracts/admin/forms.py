"""The form of a contract: hours are typed as hours, strategies are chosen from those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.desk.hours import HoursField
from accounts.language import word
from contracts.models import Contract
from rating.registry import STRATEGIES

if TYPE_CHECKING:
    _ContractForm = forms.ModelForm[Contract]
else:
    _ContractForm = forms.ModelForm


def strategy_choices() -> list[tuple[str, str]]:
    """Every registered strategy, and none: what there is to bill decides then."""
    return [("", gettext("derived")), *((name, word(name)) for name in STRATEGIES)]


class TermsField(forms.JSONField):
    """Terms as JSON; an empty field where there are none."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class ContractForm(_ContractForm):
    strategy = forms.ChoiceField(
        label=_("Strategy"), choices=strategy_choices, required=False, widget=UnfoldAdminSelectWidget,
        help_text=_("How tickets are priced."),
    )  # fmt: skip
    included_seconds = HoursField(
        label=_("Included hours"), required=False, help_text=_("Per month, as 20 or 20:30. Empty: no allowance.")
    )
    minimum_seconds = HoursField(label=_("Minimum"), required=False, help_text=_("In hours. Empty: the setting's."))

    business_hours = TermsField(
        label=_("Business hours"), required=False,
        help_text=_('As {"mon-fri": "08:00-18:00"}. Empty: the setting\'s.'),
    )  # fmt: skip
    fair_use = TermsField(
        label=_("Fair use"), required=False, help_text=_('As {"soft_tickets": 100, "hard_hours": "500"}.')
    )

    class Meta:
        model = Contract
        fields = "__all__"

    def clean(self) -> dict[str, Any] | None:
        """Refuse an allowance that is both counted and unlimited, with the field named."""
        given = super().clean()
        for counted, unlimited in (("included_tickets", "unlimited_tickets"), ("included_seconds", "unlimited_hours")):
            if self.cleaned_data.get(unlimited) and self.cleaned_data.get(counted) is not None:
                self.add_error(counted, gettext("leave this empty where the plan is unlimited"))
        return given
