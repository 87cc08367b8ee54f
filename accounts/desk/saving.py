"""Forms of rows: locked while they are saved, written as far as they were changed, refused in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from accounts.acting import act_as
from accounts.desk.addresses import Addressed
from accounts.desk.asking import signed_in
from accounts.desk.refusals import sentence
from accounts.desk.seen import columns_of, remembering
from accounts.desk.telling import telling

REFUSAL = "refusal_of_the_database"


class Saving(Addressed):
    """The form of a row, shown and saved."""

    # Sentences for constraints that no field of the form can answer for, by the constraint's name.
    known_refusals: ClassVar[Mapping[str, Any]] = {}

    def beside_form(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:  # noqa: ARG002
        """What the page's template shows besides the form."""
        return {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save; what was typed stays in the form when the database refuses it."""
        shown = {**(extra_context or {}), **self.beside_form(request, object_id)}
        try:
            return super().changeform_view(request, object_id, form_url, dict(shown))
        except DatabaseError as problem:
            refused = sentence(problem, self.known_refusals)
            if not refused:
                raise
            setattr(request, REFUSAL, refused)
        return super().changeform_view(request, object_id, form_url, dict(shown))

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = telling(super().get_form(request, obj, change=change, **kwargs))
        if change:
            form = remembering(form)
        refused = getattr(request, REFUSAL, "")
        return _refusing(form, refused) if refused else form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A row that is about to be changed is locked before it is read: nobody decides about it until it is saved."""
        if is_saved(request) and self.has_change_permission(request):
            self.lock_row(self.key_of(object_id))
        return super().get_object(request, object_id, from_field)

    def lock_row(self, key: Any) -> None:
        """Lock the row with this key until the transaction ends, and before it what others lock first."""
        list(self.model._base_manager.select_for_update(no_key=True).filter(pk=key).values_list("pk"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what the person changed and nothing else: a form that lay open undoes nothing that happened since."""
        act_as(signed_in(request))
        if change:
            obj.save(update_fields=self.changed_columns(obj, form.changed_data))
        else:
            obj.save()

    def changed_columns(self, obj: Any, names: Iterable[str]) -> list[str]:
        """The columns among the form's changed fields."""
        return columns_of(obj, names)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # Deferred constraints would speak at commit, after the page has told of its success.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def is_saved(request: HttpRequest) -> bool:
    """Whether a form is being saved, within its transaction; what was refused is only shown again."""
    return request.method == "POST" and connection.in_atomic_block and not hasattr(request, REFUSAL)


def _refusing(form: type[ModelForm[Any]], refused: str) -> type[ModelForm[Any]]:
    def clean(self: ModelForm[Any]) -> None:
        form.clean(self)
        raise ValidationError(refused)

    metaclass: Any = type(form)
    refusing: type[ModelForm[Any]] = metaclass(form.__name__, (form,), {"clean": clean})
    return refusing
