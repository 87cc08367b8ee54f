"""The first page: what waits, for whom, and whether billing runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Sum
from django.http import HttpRequest
from django.urls import reverse

import config
from invoicing.display import sums
from invoicing.models import Invoice
from invoicing.switches import automation_is_stopped
from tickets.models import Ticket

TICKETS, INVOICES = "admin:tickets_ticket_changelist", "admin:invoicing_invoice_changelist"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its meaning, a link to the rows behind it, and more of it in small print."""

    label: str
    value: str
    note: str = ""
    url: str = ""


def figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the theme's signature
    """What the first page shows; each figure reads rows through an index of what is pending."""
    context["figures"] = [_waiting(), _drafts(), _owed()]
    context["held"] = _held()
    context["stopped"] = automation_is_stopped()
    context["enabled"] = config.billing().ticket_billing_enabled
    return context


def _waiting() -> Figure:
    found = Ticket.objects.awaiting_billing().aggregate(number=Count("pk"), oldest=Min("finished_at"))
    note = f"oldest closed {found['oldest']:%Y-%m-%d}" if found["oldest"] else "nothing waits"
    url = _list(TICKETS, billing_status__exact="unbilled", status__exact="closed")
    return Figure("Tickets waiting to be billed", str(found["number"]), note, url)


def _drafts() -> Figure:
    rows = Invoice.objects.filter(status=Invoice.Status.DRAFT).values_list("currency")
    by_currency = {code: (number, cents) for code, number, cents in rows.annotate(Count("pk"), Sum("subtotal_cents"))}
    number = sum(count for count, _ in by_currency.values())
    note = f"{sums({code: cents for code, (_, cents) in by_currency.items()})} before tax"
    return Figure("Drafts", str(number), note, _list(INVOICES, status__exact="draft"))


def _owed() -> Figure:
    rows = Invoice.objects.filter(status=Invoice.Status.OPEN).values_list("currency")
    by_currency = {code: (number, cents) for code, number, cents in rows.annotate(Count("pk"), Sum("total_cents"))}
    number = sum(count for count, _ in by_currency.values())
    note = sums({code: cents for code, (_, cents) in by_currency.items()})
    return Figure("Open documents", str(number), note, _list(INVOICES, status__exact="open"))


def _held() -> list[Figure]:
    """What a person must act on, by reason, the most frequent first."""
    rows = (
        Ticket.objects.filter(billing_status=Ticket.Billing.HELD)
        .values_list("billing_reason")
        .annotate(number=Count("pk"))
        .order_by("-number", "billing_reason")
    )
    return [
        Figure(reason.replace("_", " "), str(number), url=_list(TICKETS, billing_reason=reason))
        for reason, number in rows
    ]


def _list(name: str, **filters: str) -> str:
    return f"{reverse(name)}?{urlencode(filters)}"
