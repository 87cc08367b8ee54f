"""Filters of the lists of documents and payments: by month, by client, and what is overdue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.choices import Held
from accounts.desk.keys import keys_in
from contracts.models import Client
from invoicing.lifecycle.totals import issue_day
from invoicing.models import Invoice

MONTHS = 18


class Month(admin.SimpleListFilter):
    """One of the last months. The list is ours, so that no query has to look for them."""

    title: Any = gettext_lazy("month")
    parameter_name = "month"
    column = "issue_on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        this = issue_day(timezone.now())
        numbers = (this.year * 12 + this.month - 1 - back for back in range(MONTHS))
        months = [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
        return [(month, month) for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        try:
            first = datetime.strptime(f"{self.value() or ''}-01", "%Y-%m-%d").date()  # noqa: DTZ007 - a month has no zone
        except ValueError:
            return queryset
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return queryset.filter(**{f"{self.column}__gte": first, f"{self.column}__lt": after})


class IssuedIn(Month):
    """By the month of issue."""

    title = gettext_lazy("month of issue")


class Billed(Month):
    """By the month that is billed; drafts have one, too."""

    title = gettext_lazy("month billed")
    parameter_name = "billed"
    column = "period_start"


class ReceivedIn(Month):
    """By the month in which money came in or went back."""

    title = gettext_lazy("month received")
    column = "received_on"


class Overdue(admin.SimpleListFilter):
    """Open documents whose day to be paid has passed."""

    title = gettext_lazy("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("yes", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if self.value() != "yes":
            return queryset
        today = issue_day(timezone.now())
        return queryset.filter(status=Invoice.Status.OPEN, due_on__lt=today, cancels=None)


class Currency(Held):
    """By currency."""

    title = gettext_lazy("currency")
    parameter_name = "currency"


class OfClient(admin.SimpleListFilter):
    """The client that a link named; searching by name finds others. There may be too many for a list."""

    title = gettext_lazy("client")
    parameter_name = "client__id__exact"
    path = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        named = request.GET.get(self.parameter_name, "")
        client = Client.objects.filter(pk__in=keys_in([named])).first()
        return [(named, client.name)] if client else []

    def has_output(self) -> bool:
        """Nothing to choose where no client was named; the list is filtered all the same."""
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        value = self.value()
        return queryset.filter(**{self.path: keys[0]}) if (keys := keys_in([value or ""])) else queryset


class OfPayer(OfClient):
    """The client whose document was paid."""

    path = "invoice__client"
