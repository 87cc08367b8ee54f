"""The queues: what lies in them, what workers are at, and for how long the oldest row waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.views import DeskView
from gateway_billing.models import MonthAttempt
from invoicing.admin.ledgers import page_of_subject
from invoicing.models import Job, Mail, StripeCall, StripeEvent
from office.alerts.gauges import waiting
from office.home.kpi import duration
from office.home.links import list_of
from office.reports.messages import Message, Queue, read_broker
from tickets.models import BillingAttempt, Ticket

SHOWN: Final = 100
NAMED: Final = 5
UNITS: Final = {
    "tickets": (gettext_lazy("Tickets to be billed"), Ticket, {"billing_status__exact": "unbilled"}),
    "jobs": (gettext_lazy("Jobs that people asked for"), Job, {"status__exact": "queued"}),
    "mails": (gettext_lazy("Mails to be sent"), Mail, {"status__exact": "queued"}),
    "stripe_calls": (gettext_lazy("Steps to Stripe"), StripeCall, {"status__exact": "queued"}),
    "stripe_events": (gettext_lazy("Events of Stripe"), StripeEvent, {"status__exact": "pending"}),
    "files": (gettext_lazy("Documents to be drawn"), None, {}),
    "audit_entries": (gettext_lazy("Entries of the audit trail to be sealed"), None, {}),
}


class QueueView(DeskView):
    """Messages, running attempts, and what waits. Read only."""

    permission_required = ("invoicing.view_job", "tickets.view_billingattempt", "gateway_billing.view_monthattempt")
    template_name = "office/reports/queues.html"
    title = gettext_lazy("Queues")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: rows that wait, attempts, and the broker's queues (None where it is away)."""
        now, found = timezone.now(), read_broker()
        return {
            **super().get_context_data(**kwargs),
            "waiting": _waiting(now),
            "attempts": _attempts(now),
            "months": _months(),
            "broker": found,
            "queues": [_queue(queue) for queue in found.queues] if found else [],
        }


def _waiting(at: datetime) -> list[dict[str, Any]]:
    number, oldest = (reading.values for reading in waiting(at))
    return [
        {
            "label": label,
            "number": number.get(name, 0),
            "oldest": duration(oldest.get(name, 0)) if number.get(name) else "",
            "url": list_of(model, **filters) if model else "",
        }
        for name, (label, model, filters) in UNITS.items()
    ]


def _attempts(at: datetime) -> list[dict[str, Any]]:
    """Tickets that workers are billing right now, the longest first."""
    found = list(BillingAttempt.objects.order_by("started_at")[:SHOWN])
    named = Ticket.objects.in_bulk({pk for one in found for pk in one.ticket_ids[:NAMED]})
    return [
        {
            "since": one.started_at,
            "took": duration(max(int((at - one.started_at) / timedelta(seconds=1)), 0)),
            "number": len(one.ticket_ids),
            "tickets": [named[pk] for pk in one.ticket_ids[:NAMED] if pk in named],
            "more": max(0, len(one.ticket_ids) - NAMED),
        }
        for one in found
    ]


def _months() -> list[MonthAttempt]:
    """Partners' months that are being run, or failed and are tried again."""
    tried = MonthAttempt.objects.filter(next_at__isnull=False).select_related("partner")
    return list(tried.order_by(F("next_at"), "pk")[:SHOWN])


def _queue(queue: Queue) -> dict[str, Any]:
    return {"queue": queue, "rows": [_shown(message) for message in queue.messages],
            "more": queue.length - len(queue.messages)}  # fmt: skip


def _shown(message: Message) -> dict[str, Any]:
    not_before = parse_datetime(message.not_before) if message.not_before else None
    return {
        "task": message.task if message.task != "?" else _("not to be read"),
        "tags": [(tag.text, page_of_subject(tag.kind, tag.key) if tag.kind else "") for tag in message.tags],
        "arguments": message.arguments, "retries": message.retries, "not_before": not_before,
    }  # fmt: skip
