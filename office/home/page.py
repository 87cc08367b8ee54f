"""The first page: what waits, for whom, and how well billing runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

import config
from invoicing.display import sums
from invoicing.models import Invoice
from invoicing.switches import automation_is_stopped
from office.alerts.latest import latest
from office.home.graphs import graphs
from office.home.kpi import duration
from office.home.kpis import kpis
from office.home.links import list_of
from office.home.measured import measured
from office.home.waiting import waiting_for
from tickets import automation
from tickets.models import Ticket

# Whoever sees figures of the whole house may see what they are made of.
SEES_FIGURES = ("tickets.view_ticket", "invoicing.view_invoice")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its meaning, a link to the rows behind it, and more of it in small print."""

    label: str
    value: str
    note: str = ""
    url: str = ""


def figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page shows; what waits is read now, what is measured may be a minute old."""
    at = timezone.now()
    context["stopped"] = automation_is_stopped()
    context["enabled"] = config.billing().ticket_billing_enabled
    context["waiting"] = waiting_for(request.user, at=at)
    if not request.user.has_perms(SEES_FIGURES):
        return context
    due, waits = _due(at)
    found = measured(at=at)
    context["figures"] = [due, _drafts(), _owed()]
    context["kpis"] = kpis(found, waits=waits)
    context["graphs"] = graphs(found)
    context["measured_at"] = found.at
    context["alerts"] = latest()
    return context


def _due(at: datetime) -> tuple[Figure, int | None]:
    """The tickets that automation should have billed by now, and for how many seconds the oldest has waited."""
    found = automation.due(at).aggregate(number=Count("pk"), oldest=Min(Coalesce("bill_after", "finished_at")))
    waits = int((at - found["oldest"]).total_seconds()) if found["oldest"] else None
    note = _("nothing waits") if waits is None else _("the oldest for %(time)s") % {"time": duration(waits)}
    url = list_of(Ticket, billing_status__exact="unbilled", status__exact="closed")
    return Figure(_("Tickets waiting to be billed"), str(found["number"]), note, url), waits


def _drafts() -> Figure:
    number, by_currency = _sums(Invoice.Status.DRAFT, "subtotal_cents")
    note = _("%(sums)s before tax") % {"sums": sums(by_currency)} if number else _("none to issue")
    return Figure(_("Drafts"), str(number), note, list_of(Invoice, status__exact="draft"))


def _owed() -> Figure:
    number, by_currency = _sums(Invoice.Status.OPEN, "total_cents")
    note = sums(by_currency) if number else _("nothing is owed")
    return Figure(_("Open documents"), str(number), note, list_of(Invoice, status__exact="open"))


def _sums(status: str, column: str) -> tuple[int, dict[str, int]]:
    rows = Invoice.objects.filter(status=status).order_by().values_list("currency")
    found = list(rows.annotate(Count("pk"), Sum(column)))
    return sum(number for _code, number, _cents in found), {code: cents for code, _number, cents in found}
