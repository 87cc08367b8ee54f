"""Worked time in forms and tables: stored in whole seconds, typed and read in hours."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.desk.numbers import number
from accounts.language import active
from rating.explanation import plain
from rating.hours import parse_hours, told
from rating.typed import POINT

_SECONDS = re.compile(r"([0-9]{1,9}) ?s")
_WITH_POINT = re.compile("[0-9]*[.,][0-9.,]+")


def hours_text(seconds: int) -> str:
    """The time as people read it, in the language of the page: "1.50 h" or "1,50 h", "0:20 h", "61 s"."""
    return told(seconds).replace(".", POINT[active()])


class HoursField(forms.CharField):
    """Hours as 1.50 or 1:30, in German also as 1,50; the value is whole seconds, None where nothing was typed."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, int):
            return None if value in self.empty_values else value
        typed = str(value).strip().removesuffix("h").strip()
        try:
            if seconds := _SECONDS.fullmatch(typed):
                return int(seconds[1])
            return parse_hours(plain(number(typed)) if _WITH_POINT.fullmatch(typed) else typed)
        except ValueError as problem:
            raise ValidationError(str(problem)) from problem

    def prepare_value(self, value: Any) -> Any:
        return hours_text(value).removesuffix(" h") if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True
