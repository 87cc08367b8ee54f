"""The base of every page: nothing is deleted, and what the database refuses is said in the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import DatabaseError, connection, models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

from accounts.desk.refusals import sentence, told

# The admin's theme has no types; for the type checker its classes are the ones that they extend.
if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline

    AnyAdmin = ModelAdmin[Any]
    AnyInline = TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin as AnyAdmin
    from unfold.admin import TabularInline as AnyInline

REFUSAL = "refusal_of_the_database"
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Page(AnyAdmin):
    """A list and a form. What billing must keep is never deleted here; a refusal of the database is a form error."""

    list_per_page = 100
    compressed_fields = False
    show_full_result_count = False
    # Sentences for constraints that no field of the form can answer for, by the constraint's name.
    known_refusals: ClassVar[Mapping[str, Any]] = {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """Tell the person, also what a use case refuses in English, in the language of the page."""
        super().message_user(request, told(str(message)), *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The id by which other systems know a row is given once."""
        fields = [str(name) for name in super().get_readonly_fields(request, obj)]
        return [*fields, "external_id"] if obj is not None and hasattr(obj, "external_id") else fields

    def get_urls(self) -> list[URLPattern]:
        """An address of what cannot be a row answers like one of a row that is not there."""
        addresses: list[URLPattern] = super().get_urls()
        for address in addresses:
            if "object_id" in address.pattern.converters:
                address.callback = self._of_a_row(address.callback)
        return addresses

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Chosen rows that cannot be rows are none."""
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            self._key(key)
        answer: HttpResponse | None = super().response_action(request, queryset, *args, **kwargs)
        return answer

    def _key(self, text: str) -> Any:
        try:
            return self.model._meta.pk.to_python(unquote(text))
        except ValidationError:
            raise Http404 from None

    def _of_a_row(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
            self._key(object_id)
            try:
                return view(request, *args, object_id=object_id, **kwargs)
            except self.model.DoesNotExist:
                raise Http404 from None

        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who may not look does not learn either whether the row is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

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

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A moment that no calendar has, as in the year 1, would be stored and could not be read again."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.validators = [*field.validators, MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        return field

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if change:
            form = _remembering(form)
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

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """In a table the head of the column is no label: each field names itself."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", str(field.label or db_field.verbose_name))
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def _remembering(form: type[ModelForm[Any]]) -> type[ModelForm[Any]]:
    """The form carries along what the person saw: changed is what differs from that, not from what is there now."""

    def init(self: ModelForm[Any], *args: Any, **kwargs: Any) -> None:
        form.__init__(self, *args, **kwargs)
        for name, field in self.fields.items():
            seen = self.add_initial_prefix(name)
            # What is sent without it is compared with what is there.
            sent = not self.is_bound or any(one.startswith(seen) for one in self.data)
            field.show_hidden_initial = sent and not field.disabled

    metaclass: Any = type(form)
    remembering: type[ModelForm[Any]] = metaclass(form.__name__, (form,), {"__init__": init})
    return remembering


def _refusing(form: type[ModelForm[Any]], refused: str) -> type[ModelForm[Any]]:
    def clean(self: ModelForm[Any]) -> None:
        form.clean(self)
        raise ValidationError(refused)

    metaclass: Any = type(form)
    refusing: type[ModelForm[Any]] = metaclass(form.__name__, (form,), {"clean": clean})
    return refusing
