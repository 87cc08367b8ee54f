"""The language of a page, and in it what Django makes of tables: names of tables and fields, their help and choices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.utils.translation import get_language, gettext, gettext_lazy

from rating.numerals import Language

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.db.models import Model

_TEXTS: dict[str, str] = {}
TEXTS: Mapping[str, str] = MappingProxyType(_TEXTS)
"""English texts that models bring along and the catalogue must know, and where each was found first."""


def active() -> Language:
    """The language in which to answer: the page's; English where there is no page."""
    return "de" if (get_language() or "").partition("-")[0] == "de" else "en"


def word(name: str) -> str:
    """A name that is stored, such as "time_based", as people read it."""
    words = name.replace("_", " ")
    return gettext(words) if words else ""


def within(words: str) -> str:
    """Words that begin a label, as they stand within a sentence: small in English, as they are in German."""
    return words if active() == "de" else words.lower()


def choices_of(model: type[Model], name: str) -> list[tuple[str, str]]:
    """The choices of a field with their labels, in the language of the page."""
    field: Any = model._meta.get_field(name)
    return [(value, str(label)) for value, label in field.flatchoices]


def own_apps() -> list[AppConfig]:
    """The apps of the product, without those of libraries."""
    return [app for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]


def speak() -> None:
    """Give apps, models and fields names that follow the language of the page. Called once all models are there.

    A model whose list has another name than its rows says so in `CALLED`.
    """
    for app in own_apps():
        app.verbose_name = _lazy(app.verbose_name, app.label) if app.models_module else app.verbose_name
        for model in app.get_models():
            meta, name = model._meta, model.__name__
            # The plural is made of the singular while that is still English.
            plural = getattr(model, "CALLED", "") or str(meta.verbose_name_plural)
            meta.verbose_name_plural = _lazy(plural, name)
            meta.verbose_name = _lazy(meta.verbose_name, name)
            for field in meta.fields:
                _of_field(field, f"{name}.{field.name}")


def _of_field(field: Any, place: str) -> None:
    field.verbose_name = _lazy(field.verbose_name, place)
    field.help_text = _lazy(field.help_text, place)
    if field.choices:
        field.choices = [(value, _lazy(label, place)) for value, label in field.choices]


def _lazy(text: Any, place: str) -> Any:
    """The text as one that is looked up when it is shown. What is looked up already, or empty, stays."""
    if not isinstance(text, str) or not text:
        return text
    _TEXTS.setdefault(text, place)
    return gettext_lazy(text)
