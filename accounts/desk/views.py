"""Pages of the admin that belong to no single table: reports, months, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponseBase
from django.views.generic import TemplateView

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class DeskView(PermissionRequiredMixin, TemplateView):
    """A page with the admin's frame. `permission_required` guards it; without it the answer is that of the admin.

    Its template extends "desk/page.html".
    """

    title: ClassVar[_StrOrPromise]
    raise_exception = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not admin.site.has_permission(request):
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: that of every admin page, and the title."""
        return {**admin.site.each_context(self.request), "title": self.title, **super().get_context_data(**kwargs)}
