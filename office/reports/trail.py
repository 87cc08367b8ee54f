"""Entries of the audit trail, asked for by a form, the newest first, a page at a time.

A page goes on from the last entry that was shown, so that the thousandth costs what the first one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

import config
from contracts.models import Client, Contract
from gateway_billing.models import MonthRun
from invoicing.models import AuditEntry, Invoice
from rating.period import BillingPeriod
from tickets.models import Ticket, TimeEntry

ROWS: Final = 100
BY_ITSELF: Final = "system"
PEOPLE, AUTOMATION = "people", "automation"
LARGEST_KEY: Final = 2**63 - 1
_KEY = re.compile(r"[0-9]{1,19}")


class ClientField(forms.CharField):
    """A client by its id or its name; the value is the client, None where nothing was typed."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"placeholder": gettext_lazy("id or name")})
        super().__init__(label=_CLIENT, required=False, max_length=200, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        found = list(Client.objects.filter(external_id=typed)) or list(Client.objects.filter(name__iexact=typed)[:2])
        if len(found) == 1:
            return found[0]
        problem = _("Several clients have this name: give the id.") if found else _("No client has this id or name.")
        raise forms.ValidationError(problem)


_CLIENT: Any = gettext_lazy("Client")


class DayField(forms.DateField):
    """A day, as browsers ask for it."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(
            label=label, required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}), **options
        )


class TrailForm(forms.Form):
    """What every list of entries can be narrowed down by. Days are those of the issuer's zone."""

    since = DayField(gettext_lazy("From"))
    until = DayField(gettext_lazy("Until"))
    client = ClientField()
    who = forms.ChoiceField(
        label=gettext_lazy("Done by"), required=False, widget=UnfoldAdminSelectWidget,
        choices=(("", gettext_lazy("Everybody")), (PEOPLE, gettext_lazy("People")),
                 (AUTOMATION, gettext_lazy("Automation"))),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The days are in order."""
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return given

    def narrowed(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries that were asked for; all of them where the form was not filled, or not well."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if since := given.get("since"):
            entries = entries.filter(at__gte=_days(since, since).start)
        if until := given.get("until"):
            entries = entries.filter(at__lt=_days(until, until).end)
        if client := given.get("client"):
            entries = entries.filter(pk__in=_of_client(client))
        if who := given.get("who"):
            alone = Q(by=BY_ITSELF)
            entries = entries.filter(alone if who == AUTOMATION else ~alone)
        return entries


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One page of entries. `older` is the query string of the next one, "" where there is none."""

    entries: Sequence[AuditEntry]
    newest: str
    older: str
    is_first: bool


def key_in(text: str) -> int | None:
    """The key of a row that a form or an address names; None for what cannot be one."""
    return int(text) if _KEY.fullmatch(text) and int(text) <= LARGEST_KEY else None


def page_of(request: HttpRequest, entries: QuerySet[AuditEntry]) -> TrailPage:
    """The page that the address asks for by `before`."""
    before = key_in(request.GET.get("before", ""))
    last = None if before is None else AuditEntry.objects.filter(pk=before).first()
    older = Q() if last is None else Q(at__lte=last.at) & (Q(at__lt=last.at) | Q(pk__lt=last.pk))
    found = list(entries.filter(older).order_by("-at", "-pk")[: ROWS + 1])
    shown = found[:ROWS]
    query = request.GET.copy()
    query.pop("before", None)
    newest = f"?{query.urlencode()}"
    if len(found) > ROWS:
        query["before"] = str(shown[-1].pk)
    return TrailPage(shown, newest, f"?{query.urlencode()}" if len(found) > ROWS else "", before is None)


def _days(first: Any, last: Any) -> BillingPeriod:
    return BillingPeriod.from_dates(first, last, config.billing().timezone)


def _of_client(client: Client) -> QuerySet[AuditEntry, Any]:
    """The keys of the entries about a client and what is its own, each kind through the index of subjects."""
    own: dict[str, Any] = {
        "ticket": Ticket.objects.filter(client=client),
        "timeentry": TimeEntry.objects.filter(ticket__client=client),
        "invoice": Invoice.objects.filter(client=client),
        "contract": Contract.objects.filter(client=client),
        "monthrun": MonthRun.objects.filter(partner=client),
    }
    first: Any = AuditEntry.objects.filter(subject_kind="client", subject_id=client.pk).order_by().values("pk")
    others = [
        AuditEntry.objects.filter(subject_kind=kind, subject_id__in=rows.order_by().values("pk"))
        .order_by()
        .values("pk")
        for kind, rows in own.items()
    ]
    keys: QuerySet[AuditEntry, Any] = first.union(*others, all=True)
    return keys
