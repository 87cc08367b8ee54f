"""Filters of calls and cases, each offered once an index can answer it: company first, then month, then state."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import config
from contracts.models import Client
from gateway_billing.admin.months import months_back
from rating.period import BillingPeriod

MONTHS_OFFERED = 14
# A longer list would be none to choose from; the page of a company, or its id in the search, leads there.
COMPANIES_OFFERED = 50
KEY = re.compile(r"[0-9]{1,18}", re.ASCII)


class CompanyFilter(admin.SimpleListFilter):
    """One company."""

    title = gettext_lazy("company")
    parameter_name = "company"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        managed = Client.objects.filter(managements__isnull=False).distinct().order_by("name", "pk")
        found = list(managed.values_list("pk", "name")[: COMPANIES_OFFERED + 1])
        if len(found) > COMPANIES_OFFERED:
            found = list(managed.filter(pk=_key(self.value())).values_list("pk", "name"))
        return [(str(key), name) for key, name in found]

    def has_output(self) -> bool:
        """Also where it offers nothing: what it is set to holds."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(company=_key(self.value())) if self.value() else queryset


class MonthFilter(admin.SimpleListFilter):
    """A month of the company, in the issuer's zone, by the column that the company's index has."""

    title = gettext_lazy("month")
    parameter_name = "month"

    def column(self, model_admin: Any) -> str:
        """The time by which a row is of a month."""
        return str(model_admin.moment)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.moment = self.column(model_admin)
        if not request.GET.get(CompanyFilter.parameter_name):
            return []
        offered = months_back(MONTHS_OFFERED, at=timezone.now())
        chosen = request.GET.get(str(self.parameter_name), "")
        return [(month, month) for month in dict.fromkeys([*offered, *([chosen] if chosen else [])])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if not self.value():
            return queryset
        try:
            month = BillingPeriod.from_label(str(self.value()), config.billing().zone)
        except (ValueError, OverflowError):
            return queryset.none()
        return queryset.filter(**{f"{self.moment}__gte": month.start, f"{self.moment}__lt": month.end})


class SentFilter(MonthFilter):
    """The month in which the output was sent: the one that bills it."""

    title = gettext_lazy("month of sending")
    parameter_name = "sent"

    def column(self, model_admin: Any) -> str:  # noqa: ARG002
        return "output_sent_at"


class CallStateFilter(admin.SimpleListFilter):
    """What became of them; asked of each row, and so only of a company's month."""

    title = gettext_lazy("billing")
    parameter_name = "billing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("unbilled", _("unbilled")), ("billed", _("billed"))] if _is_narrow(request) else []

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:  # noqa: ARG002
        found: QuerySet[Any] = queryset
        if self.value() in ("unbilled", "billed"):
            found = queryset.unbilled() if self.value() == "unbilled" else queryset.billed()
        return found


class CaseStateFilter(CallStateFilter):
    """Cases are waived, too; there are few of these, and an index of them."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*super().lookups(request, model_admin), ("waived", _("waived"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        waived: QuerySet[Any] = queryset.waived()
        return waived if self.value() == "waived" else super().queryset(request, queryset)


def _is_narrow(request: HttpRequest) -> bool:
    months = (MonthFilter.parameter_name, SentFilter.parameter_name)
    chosen = request.GET.get(CompanyFilter.parameter_name)
    return bool(chosen) and any(request.GET.get(str(name)) for name in months)


def _key(value: Any) -> int:
    """The key of a company; 0, which none has, for what is no key."""
    return int(value) if KEY.fullmatch(str(value)) else 0
