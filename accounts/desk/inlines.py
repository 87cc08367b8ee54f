"""Rows that belong to the row of a page, as a table below its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.desk.numbers import asked_for
from accounts.desk.saving import is_saved
from accounts.desk.seen import ChangedRows, remembering
from accounts.desk.telling import TellingForm

# The admin's theme has no types; for the type checker its classes are the ones that they extend.
if TYPE_CHECKING:
    from django.contrib.admin import TabularInline

    AnyInline = TabularInline[Any, Any]
else:
    from unfold.admin import TabularInline as AnyInline


class Inline(AnyInline):
    """Rows of a page; taking one away is no matter of a tick."""

    form = TellingForm
    extra = 0
    hide_title = True
    formset = ChangedRows

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Rows that lay open undo nothing either."""
        found: Any = super().get_formset(request, obj, **kwargs)
        found.form = remembering(found.form)
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows; those that are about to be changed are locked, in the order of their keys."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_for_update(no_key=True, of=("self",)).order_by("pk") if is_saved(request) else rows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """In a table the head of the column is no label: each field names itself."""
        field = super().formfield_for_dbfield(db_field, request, **asked_for(db_field), **kwargs)
        if field is not None:
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", str(field.label or db_field.verbose_name))
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
