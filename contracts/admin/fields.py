"""Fields for terms that are stored as JSON: business hours as lines, fair use as four numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.desk.numbers import NumberInput, number, number_text
from accounts.language import active
from rating.business_hours import DAYS, BusinessHours
from rating.explanation import plain
from rating.week_lines import DAY, ORDER, OVERLAP, SHAPE, SHORT, TIME, TWICE, UnreadableLine, as_lines, from_lines

WHY: Final = {
    SHAPE: gettext_lazy("Line %(number)s, “%(line)s”: write days and then times, as in Mon-Fri 08:00-18:00."),
    DAY: gettext_lazy("Line %(number)s, “%(line)s”: “%(part)s” is no day of the week; write Mon, Tue, Wed and so on."),
    TIME: gettext_lazy("Line %(number)s, “%(line)s”: “%(part)s” is no span of time; write 08:00-18:00."),
    ORDER: gettext_lazy("Line %(number)s, “%(line)s”: “%(part)s” ends before it starts."),
    OVERLAP: gettext_lazy("Line %(number)s, “%(line)s”: the times overlap."),
    TWICE: gettext_lazy("Line %(number)s, “%(line)s”: %(part)s is named twice."),
}


class BusinessHoursField(forms.CharField):
    """Business hours, one line for days with the same hours; the value is a mapping as stored, None without any."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, Mapping):
            return value or None
        try:
            return from_lines(str(value)) or None
        except UnreadableLine as problem:
            part = SHORT[active()][DAYS.index(problem.part)] if problem.part in DAYS else problem.part
            told = {"number": problem.number, "line": problem.line[:60], "part": part[:60]}
            raise ValidationError(WHY[problem.why] % told) from problem

    def prepare_value(self, value: Any) -> Any:
        return hours_lines(value) if isinstance(value, Mapping) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other hours are meant; hours written in another way stay as they are stored."""
        try:
            before, after = self.to_python(initial), self.to_python(data)
            return (before and BusinessHours.parse(before)) != (after and BusinessHours.parse(after))
        except (ValueError, ValidationError):
            return True


def hours_lines(hours: Mapping[str, str]) -> str:
    """Stored business hours as lines in the language of the page; hours that cannot be read as they are stored."""
    try:
        BusinessHours.parse(hours)
    except ValueError:
        return json.dumps(hours)
    return as_lines(hours, active())


LIMITS: Final = {
    "soft_tickets": gettext_lazy("Tickets: review above"),
    "hard_tickets": gettext_lazy("Tickets: bill above"),
    "soft_hours": gettext_lazy("Hours: review above"),
    "hard_hours": gettext_lazy("Hours: bill above"),
}


class FairUseWidget(forms.MultiWidget):
    """Four numbers, each with its label. `usual` are those of the settings, shown where a number is empty."""

    template_name = "contracts/admin/fair_use.html"

    def __init__(self) -> None:
        super().__init__({name: NumberInput() for name in LIMITS})
        self.usual: Sequence[str] = ("",) * len(LIMITS)

    def decompress(self, value: Any) -> list[str]:
        """The numbers of what is stored, or of what the field has made of it."""
        limits = json.loads(value) if isinstance(value, str) and value else value
        if not isinstance(limits, Mapping):
            return [""] * len(LIMITS)
        return [_shown(limits.get(name)) for name in LIMITS]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        described = zip(context["widget"]["subwidgets"], LIMITS.values(), self.usual, strict=True)
        for part, label, usual in described:
            part["label"] = label
            part["attrs"]["placeholder"] = usual
            part["attrs"].pop("aria-describedby", None)
        return context


class FairUseField(forms.Field):
    """Limits of fair use, as stored: {"soft_tickets": 100, "hard_hours": "500"}; what is left empty is not in it."""

    widget: Any = FairUseWidget

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            return _carried(value) if value else None
        if not isinstance(value, Sequence):
            return value or None
        typed = {name: text.strip() for name, text in zip(LIMITS, value, strict=True) if text and text.strip()}
        return {name: _limit(name, text) for name, text in typed.items()} or None

    def prepare_value(self, value: Any) -> Any:
        """As text, so that a form can carry along what the person saw."""
        return json.dumps(value) if isinstance(value, Mapping) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other limits are meant: "7.50" hours are "7.5" hours."""
        try:
            before, after = self.to_python(initial) or {}, self.to_python(data) or {}
            return before.keys() != after.keys() or any(_number(before[name]) != _number(after[name]) for name in after)
        except ValidationError:
            return True


def _carried(text: str) -> Mapping[str, Any] | None:
    """What the person saw, as the form carried it along. Raises ValidationError for what no form of ours carries."""
    try:
        limits = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ValidationError(forms.JSONField.default_error_messages["invalid"]) from problem
    if limits is not None and not isinstance(limits, Mapping):
        raise ValidationError(forms.JSONField.default_error_messages["invalid"])
    return limits or None


def _limit(name: str, typed: str) -> int | str:
    """The limit as stored: tickets a number, hours a decimal as text."""
    try:
        limit = number(typed)
    except ValidationError as problem:
        raise ValidationError(
            _("%(limit)s: %(problem)s") % {"limit": LIMITS[name], "problem": problem.messages[0]}
        ) from problem
    if limit < 0 or (name.endswith("tickets") and limit % 1):
        raise ValidationError(_("%(limit)s: write zero or more; tickets are whole numbers.") % {"limit": LIMITS[name]})
    return int(limit) if name.endswith("tickets") else plain(limit)


def _shown(limit: Any) -> str:
    """A stored limit as it is typed; what cannot be read as it is stored."""
    if limit is None:
        return ""
    found = _number(limit)
    return number_text(found) if isinstance(found, Decimal) else str(limit)


def _number(limit: Any) -> Any:
    try:
        return Decimal(str(limit))
    except ArithmeticError:
        return limit
