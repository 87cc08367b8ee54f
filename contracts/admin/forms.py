"""The form of a contract: hours are typed as hours, and every empty field says what is in force without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

import config
from accounts.desk.hours import HoursField, hours_text
from accounts.language import active, within, word
from contracts.admin.fields import BusinessHoursField, FairUseField, hours_lines
from contracts.models import Contract
from rating.numerals import number
from rating.registry import STRATEGIES

if TYPE_CHECKING:
    from config import BillingSettings

    _ContractForm = forms.ModelForm[Contract]
else:
    _ContractForm = forms.ModelForm

LABELS: Final = {
    "start_on": _("First day"),
    "end_on": _("Last day"),
    "hourly_rate": _("Price of an hour"),
    "per_ticket_rate": _("Price of a ticket"),
    "included_tickets": _("Included tickets"),
    "unlimited_tickets": _("Tickets are unlimited"),
    "unlimited_hours": _("Hours are unlimited"),
    "rollover_months": _("Unused hours stay for (months)"),
    "unlimited_rollover": _("Unused hours stay for good"),
    "below_minimum": _("Less than the minimum is"),
    "rounding_level": _("What is rounded"),
    "rounding_increment_minutes": _("Rounded to steps of (minutes)"),
    "rounding_direction": _("Rounded"),
    "late_work": _("Work after billing"),
    "grouping": _("One draft for each"),
}
RATE_LABELS: Final = {
    "work_type": _("Kind of work"),
    "time_of_day": _("When"),
    "hourly_rate": _("Price of an hour"),
    "multiplier": _("Or times"),
    "valid_from": _("First day"),
    "valid_to": _("Last day"),
}
# What choices are called where their stored names say too little.
CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "below_minimum": {"raise": _("Raised to the minimum"), "skip": _("Not billed")},
    "rounding_level": {"ticket": _("The ticket"), "entry": _("Each entry"), "day": _("Each day")},
    "rounding_direction": {
        "up": _("Up"), "nearest": _("To the nearest step"), "down": _("Down"), "none": _("Not at all"),
    },
    "late_work": {"supplement": _("Billed as a supplement"), "absorb": _("Not billed: the contract absorbs it")},
    "grouping": {"per_client": _("Client and month"), "per_ticket": _("Ticket")},
}  # fmt: skip


def strategy_choices() -> list[tuple[str, str]]:
    """Every registered strategy, and none: what there is to bill decides then."""
    usual = word(config.billing().strategy_default)
    derived = gettext("Derived; else %(strategy)s") % {"strategy": usual}
    return [("", derived), *((name, capfirst(word(name))) for name in STRATEGIES)]


class ContractForm(_ContractForm):
    strategy = forms.ChoiceField(
        label=_("Tickets are billed"), choices=strategy_choices, required=False, widget=UnfoldAdminSelectWidget,
        help_text=_("Derived: time, a fee or both, by what is on the ticket."),
    )  # fmt: skip
    included_seconds = HoursField(
        label=_("Included hours"), required=False, help_text=_("Per month, as 20 or 20:30. Empty: no allowance.")
    )
    minimum_seconds = HoursField(label=_("Least hours billed"), required=False)
    business_hours = BusinessHoursField(label=_("Business hours"), required=False)
    fair_use = FairUseField(
        label=_("Fair use of unlimited plans, per month"), required=False,
        help_text=_("Above the first limit somebody reviews the month, above the second the excess is billed."),
    )  # fmt: skip

    class Meta:
        model = Contract
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
        _tell_what_is_in_force(self, config.billing())

    def clean(self) -> dict[str, Any] | None:
        """Refuse an allowance that is both counted and unlimited, with the field named."""
        given = super().clean()
        for counted, unlimited in (("included_tickets", "unlimited_tickets"), ("included_seconds", "unlimited_hours")):
            if self.cleaned_data.get(unlimited) and self.cleaned_data.get(counted) is not None:
                self.add_error(counted, gettext("leave this empty where the plan is unlimited"))
        return given


def _tell_what_is_in_force(form: ContractForm, settings: BillingSettings) -> None:
    """What an empty field means, in the empty choice, the placeholder or the help."""
    usual = {
        "rounding_level": settings.rounding_level,
        "rounding_direction": settings.rounding_direction,
        "below_minimum": settings.below_minimum,
        "grouping": "per_client" if settings.group_by_client else "per_ticket",
    }
    for name, labels in CHOICES.items():
        if name in form.fields:
            _choices(form.fields[name], labels, usual.get(name))
    _placeholder(form, "minimum_seconds", hours_text(settings.minimum_seconds))
    _placeholder(form, "rounding_increment_minutes", str(settings.round_seconds // 60))
    if "hourly_rate" in form.fields:
        form.fields["hourly_rate"].help_text = _hourly(form.instance, settings)
    if "business_hours" in form.fields:
        _placeholder(form, "business_hours", hours_lines(settings.business_hours))
        form.fields["business_hours"].help_text = gettext(
            "One line for days with the same hours, as Mon-Fri 08:00-18:00. Empty: as the installation: %(hours)s."
        ) % {"hours": "; ".join(hours_lines(settings.business_hours).splitlines())}
    if "fair_use" in form.fields:
        limits = settings.fair_use
        hours = (hours_text(seconds).removesuffix(" h") for seconds in (limits.soft_seconds, limits.hard_seconds))
        widget: Any = form.fields["fair_use"].widget
        widget.usual = [str(limits.soft_tickets), str(limits.hard_tickets), *hours]


def _choices(field: Any, labels: Mapping[str, Any], usual: str | None) -> None:
    """The choices by their names; the empty one, where there is one, names what the settings say."""
    empty = []
    if usual is not None:
        said = gettext("As the installation: %(usual)s") % {"usual": within(str(labels[usual]))}
        empty = [("", said)]
    field.choices = [*empty, *labels.items()]


def _placeholder(form: ContractForm, name: str, usual: str) -> None:
    if name in form.fields:
        form.fields[name].widget.attrs["placeholder"] = usual
        form.fields[name].help_text = gettext("Empty: as the installation, %(usual)s.") % {"usual": usual}


def _hourly(contract: Contract, settings: BillingSettings) -> str:
    """Which price of an hour counts where the contract has none."""
    client = contract.client if contract.client_id else None
    if client is not None and client.hourly_rate is not None:
        price = f"{number(client.hourly_rate, active(), places=2)} {client.currency}"
        return gettext("Empty: the client's, %(price)s.") % {"price": price}
    if settings.default_hourly_rate is None:
        return gettext("Empty: the client's; without one such tickets wait.")
    return gettext("Empty: the client's, else %(price)s.") % {
        "price": number(settings.default_hourly_rate, active(), places=2)
    }
