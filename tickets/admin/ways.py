"""The ways to overrule as people read them: what is asked, what is said, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.desk.asking import ReasonForm
from accounts.desk.numbers import NumberField
from contracts.admin.forms import strategy_choices
from tickets import overruling
from tickets.overruling import Override

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class StrategyForm(ReasonForm):
    """Which strategy, and why."""

    strategy = forms.ChoiceField(
        label=gettext_lazy("Strategy"), choices=strategy_choices, required=False, widget=UnfoldAdminSelectWidget
    )
    field_order = ("strategy", "reason")


class RateForm(ReasonForm):
    """Which price of an hour in the client's currency, and why. Empty: the agreed one."""

    rate = NumberField(
        label=gettext_lazy("Rate per hour"), required=False, min_value=0, max_digits=12, decimal_places=4
    )
    field_order = ("rate", "reason")


@dataclass(frozen=True, slots=True)
class Verb:
    """One way to overrule as people read it. `override` takes the values of the form."""

    name: str
    title: _StrPromise
    button: _StrPromise
    note: _StrPromise
    done: _StrPromise
    override: Callable[[dict[str, Any]], Override]
    form: type[ReasonForm] = ReasonForm


def _fixed(override: Override) -> Callable[[dict[str, Any]], Override]:
    return lambda _given: override


HOLD = Verb(
    "hold", gettext_lazy("Hold this ticket back?"), gettext_lazy("Hold"),
    gettext_lazy("It is not billed until somebody releases it."), gettext_lazy("Ticket %(number)s is held back."),
    _fixed(overruling.HOLD),
)  # fmt: skip
RELEASE = Verb(
    "release", gettext_lazy("Release this ticket?"), gettext_lazy("Release"),
    gettext_lazy("It waits to be billed again."), gettext_lazy("Ticket %(number)s waits to be billed."),
    _fixed(overruling.RELEASE),
)  # fmt: skip
WAIVE = Verb(
    "waive", gettext_lazy("Give up billing this ticket?"), gettext_lazy("Waive"),
    gettext_lazy("The client is not charged for it. Somebody can release it later."),
    gettext_lazy("Billing of ticket %(number)s is waived."), _fixed(overruling.WAIVE),
)  # fmt: skip
FORCE = Verb(
    "force", gettext_lazy("Bill this ticket although it need not be?"), gettext_lazy("Force"),
    gettext_lazy("What an allowance paid for is given back to it and billed. Nothing is billed twice."),
    gettext_lazy("Ticket %(number)s is forced."), _fixed(overruling.FORCE),
)  # fmt: skip
STRATEGY = Verb(
    "strategy", gettext_lazy("By which strategy is this ticket billed?"), gettext_lazy("Set the strategy"),
    gettext_lazy("It counts for what is billed from now on."), gettext_lazy("Ticket %(number)s has its strategy."),
    lambda given: overruling.with_strategy(given["strategy"]), StrategyForm,
)  # fmt: skip
RATE = Verb(
    "rate", gettext_lazy("At which rate are the hours of this ticket billed?"), gettext_lazy("Set the rate"),
    gettext_lazy("It counts for what is billed from now on. Leave it empty for the agreed rate."),
    gettext_lazy("Ticket %(number)s has its rate."), lambda given: overruling.with_rate(given["rate"]), RateForm,
)  # fmt: skip
