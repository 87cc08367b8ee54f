"""The base of every page: nothing is deleted, and what the database refuses is said in the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from accounts.desk.refusals import sentence

# The admin's theme has no types; for the type checker its classes are the ones that they extend.
if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline

    AnyAdmin = ModelAdmin[Any]
    AnyInline = TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin as AnyAdmin
    from unfold.admin import TabularInline as AnyInline

REFUSAL = "refusal_of_the_database"


class Page(AnyAdmin):
    """A list and a form. What billing must keep is never deleted here; a refusal of the database is a form error."""

    list_per_page = 100
    compressed_fields = False
    show_full_result_count = False
    # Sentences for constraints that no field of the form can answer for, by the constraint's name.
    known_refusals: ClassVar[Mapping[str, str]] = {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The id by which other systems know a row is given once."""
        fields = [str(name) for name in super().get_readonly_fields(request, obj)]
        return [*fields, "external_id"] if obj is not None and hasattr(obj, "external_id") else fields

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save; what was typed stays in the form when the database refuses it."""
        try:
            return super().changeform_view(request, object_id, form_url, dict(extra_context or {}))
        except DatabaseError as problem:
            refused = sentence(problem, self.known_refusals)
            if not refused:
                raise
            setattr(request, REFUSAL, refused)
        return super().changeform_view(request, object_id, form_url, dict(extra_context or {}))

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        refused = getattr(request, REFUSAL, "")
        return _refusing(form, refused) if refused else form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        """Write what the person changed and nothing else: a form that lay open undoes nothing that happened since."""
        if change:
            obj.save(update_fields=self.changed_columns(obj, form.changed_data))
        else:
            obj.save()

    def changed_columns(self, obj: Any, names: Iterable[str]) -> list[str]:
        """The columns among the form's changed fields."""
        columns = {field.name for field in obj._meta.concrete_fields}
        return [name for name in names if name in columns]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # Deferred constraints would speak at commit, after the page has told of its success.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class ReadOnlyPage(Page):
    """What people look at and billing writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class Inline(AnyInline):
    """Rows of a page; taking one away is no matter of a tick."""

    extra = 0
    hide_title = True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def _refusing(form: type[ModelForm[Any]], refused: str) -> type[ModelForm[Any]]:
    def clean(self: ModelForm[Any]) -> None:
        form.clean(self)
        raise ValidationError(refused)

    metaclass: Any = type(form)
    refusing: type[ModelForm[Any]] = metaclass(form.__name__, (form,), {"clean": clean})
    return refusing
