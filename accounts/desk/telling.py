"""What rows are called, and what is wrong with a form, in the language of the page: models speak English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.desk.refusals import told

if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
else:
    AnyForm = forms.ModelForm


class _Telling:
    def add_error(self, field: Any, error: Any) -> None:
        parent: Any = super()
        parent.add_error(field, in_the_language(error))


class TellingForm(_Telling, AnyForm):
    """A form that tells what models find wrong."""


def telling(form: type[AnyForm]) -> type[AnyForm]:
    """The form, telling what models find wrong."""
    if issubclass(form, TellingForm):
        return form
    metaclass: Any = type(form)
    told_form: type[AnyForm] = metaclass(form.__name__, (_Telling, form), {})
    return told_form


def in_the_language(error: ValidationError | str) -> ValidationError:
    """The same error with each of its sentences told."""
    found = error if isinstance(error, ValidationError) else ValidationError(error)
    lists = found.error_dict.values() if hasattr(found, "error_dict") else [found.error_list]
    for leaf in (one for several in lists for one in several):
        # What Django says is translated by Django.
        if isinstance(leaf.message, str):
            leaf.message = told(leaf.message)
    return found


class Named:
    """A row under the name that a page gives it."""

    def __init__(self, row: Any, name: str) -> None:
        self._row, self._name = row, name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._row, attribute)

    def __str__(self) -> str:
        return self._name
