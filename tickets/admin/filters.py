"""Filters of the lists of work; none of them asks the database for its choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk.searching import found_keys, ways_of
from contracts.models import Client
from invoicing.models import Claim
from rating.sources import TIME_ENTRY
from tickets.models import TimeEntry

# The theme's filters have no types.
if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter as TextFilter
else:
    from unfold.contrib.filters.admin import TextFilter

LIVE = Claim.objects.filter(kind=TIME_ENTRY, source_id=OuterRef("pk"), released_at__isnull=True)


class ApprovalFilter(admin.SimpleListFilter):
    """Time that somebody must decide about."""

    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        return [("waiting", _("to approve"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return waiting(queryset) if self.value() == "waiting" else queryset


class TechnicianFilter(TextFilter):
    """By the id under which somebody logs time."""

    title = _("technician")
    parameter_name = "technician"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(technician=self.value()) if self.value() else queryset


class ClientFilter(TextFilter):
    """By what the list of clients is searched by."""

    title = _("client")
    parameter_name = "client"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if not self.value():
            return queryset
        found = found_keys(Client, ways_of(Client), self.value() or "")
        return queryset.filter(ticket__client__in=found.keys)


def waiting(entries: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
    """Ended time that is submitted and settled nowhere."""
    return entries.filter(
        ~Exists(LIVE), status=TimeEntry.Status.SUBMITTED, seconds_worked__isnull=False, billed_elsewhere=""
    )
