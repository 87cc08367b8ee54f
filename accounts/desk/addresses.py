"""Pages by the keys of rows: what cannot be a row is not found, and who may not look learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

# The admin's theme has no types; for the type checker its classes are the ones that they extend.
if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    AnyAdmin = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as AnyAdmin


class Addressed(AnyAdmin):
    """The addresses of a page of rows."""

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
        for text in request.POST.getlist(ACTION_CHECKBOX_NAME):
            self.key_of(text)
        answer: HttpResponse | None = super().response_action(request, queryset, *args, **kwargs)
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who may not look does not learn either whether the row is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def key_of(self, text: str) -> Any:
        """The key that an address or a form names. Raises Http404 for what cannot be one."""
        try:
            return self.model._meta.pk.to_python(unquote(text))
        except ValidationError:
            raise Http404 from None

    def _of_a_row(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
            self.key_of(object_id)
            try:
                return view(request, *args, object_id=object_id, **kwargs)
            except self.model.DoesNotExist:
                raise Http404 from None

        return answer
