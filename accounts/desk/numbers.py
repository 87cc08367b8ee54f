"""Numbers in forms: typed and shown as the language of the page writes them, and never guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.language import active
from rating.explanation import plain
from rating.typed import POINT, NotANumber, TwoReadings, number_typed


class NumberInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # the theme has no types
    """A line of text: the browser's own field for numbers would read them in the browser's language."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", **(attrs or {})})


class NumberField(forms.DecimalField):
    """A decimal number. What has two meanings, as 1.234 on a German page, is refused with both."""

    widget = NumberInput

    def to_python(self, value: Any) -> Any:
        return super().to_python(number(value) if isinstance(value, str) and value.strip() else value)

    def prepare_value(self, value: Any) -> Any:
        return number_text(value) if isinstance(value, Decimal) else value


def asked_for(db_field: Any) -> dict[str, Any]:
    """How a form asks for this column, if it holds decimals."""
    return {"form_class": NumberField, "widget": NumberInput} if isinstance(db_field, models.DecimalField) else {}


def number(typed: str) -> Decimal:
    """The number that was typed on the page. Raises ValidationError with a sentence for people."""
    try:
        return number_typed(typed, active())
    except TwoReadings as two:
        said = _("“%(typed)s” has two meanings: write %(whole)s or %(part)s.")
        raise ValidationError(said % {"typed": typed.strip(), "whole": two.whole, "part": two.part}) from two
    except NotANumber as problem:
        raise ValidationError(_("“%(typed)s” is no number.") % {"typed": typed.strip()[:60]}) from problem


def number_text(value: Decimal) -> str:
    """The number for a form: the point of the language, no thousands, no needless zeros: "1234.5", "1234,5"."""
    text = plain(value)
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", POINT[active()])
