"""What the pages of a company's terms have in common."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.desk.pages import Page
from accounts.desk.paging import BoundedPaginator
from accounts.desk.searching import Of, Start, Way
from invoicing.display import figure

if TYPE_CHECKING:
    _TermsForm = forms.ModelForm[Any]
else:
    _TermsForm = forms.ModelForm

NOT_NEGATIVE = gettext_lazy("amounts, rates and quantities are not below zero")
PERCENT = gettext_lazy("a discount is between 0 and 100 percent")


class TermsForm(_TermsForm):
    """Leaves constraints to the database: what it refuses is said in the words of the page (`known_refusals`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django's own sentence would name the constraint, and nothing that a person can do about it.
        setattr(self.instance, "validate_constraints", _unasked)  # noqa: B010 - a method for type checkers


def percent(share: Decimal) -> str:
    """A discount as people read it; a dash for none."""
    return f"{figure(share)} %" if share else "-"


def _unasked(exclude: Any = None) -> None:
    """No constraint is asked before the database is."""


class OfCompany(Page):
    """Terms of one company, which never becomes those of another."""

    form = TermsForm
    list_select_related: ClassVar[Any] = ("company",)
    autocomplete_fields: ClassVar[Any] = ("company",)
    paginator = BoundedPaginator
    ways: ClassVar[Sequence[Way]] = (Start("external_id"), Of("company"))
    search_help_text = gettext_lazy("Id or company")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "company"] if obj is not None else fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.list_select_related)
