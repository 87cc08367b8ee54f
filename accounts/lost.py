"""What a person reads where an address leads nowhere, is not for them, or a form was too old to be sent."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import csrf, defaults


def not_permitted(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to what a person may not see or do (handler403)."""
    if not _is_read_by_people(request):
        return defaults.permission_denied(request, exception)
    said = _("Your role does not include this, or there is nothing to see or do here now. Nothing was changed.")
    return _page(request, _("Not possible"), said, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to an address without a page (handler404)."""
    if not _is_read_by_people(request):
        return defaults.page_not_found(request, exception)
    said = _("Nothing is at this address. It may be mistyped, or from another time.")
    return _page(request, _("Page not found"), said, HTTPStatus.NOT_FOUND)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form of an earlier sign-in (CSRF_FAILURE_VIEW)."""
    if not _is_read_by_people(request):
        return csrf.csrf_failure(request, reason)
    said = _("This page is from an earlier sign-in. Go back, load it again, then try again. Nothing was changed.")
    return _page(request, _("This page is out of date"), said, HTTPStatus.FORBIDDEN)


def _is_read_by_people(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index"))


def _page(request: HttpRequest, title: str, said: str, status: int) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "said": said}
    return TemplateResponse(request, "desk/lost.html", context, status=status).render()
