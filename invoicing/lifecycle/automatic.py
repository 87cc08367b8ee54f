"""Issue what automation may issue: drafts of clients on `auto` that are complete (T-18)."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db.models import Q, QuerySet

import config
from contracts.models import Client
from invoicing.lifecycle.issue import ISSUED, IssuePlan, issue_invoices
from invoicing.models import Invoice
from rating.period import BillingPeriod

log = structlog.get_logger("billing.invoices")

PAGE = 500


def issue_automatic_drafts(*, at: datetime) -> list[IssuePlan]:
    """Issue machine-made drafts of clients on `auto`: one ticket's at once, a month's when the month is over."""
    complete = [pk for pk, client, collects in _candidates() if _is_complete(client, collects, at)]
    plans: list[IssuePlan] = []
    for start in range(0, len(complete), PAGE):
        plans += issue_invoices(complete[start : start + PAGE], at=at, by="system", within_bounds=True)
    if plans:
        issued = sum(plan.outcome == ISSUED for plan in plans)
        log.info("issued", issued=issued, held=len(plans) - issued)
    return plans


def _candidates() -> list[tuple[int, Client, str]]:
    return [(draft.pk, draft.client, draft.collects) for draft in _drafts().select_related("client").order_by("pk")]


def _drafts() -> QuerySet[Invoice]:
    enrolled = Q(client__automation="auto")
    if config.billing().enrolment_default == "auto":
        enrolled |= Q(client__automation="")
    return Invoice.objects.filter(enrolled, status=Invoice.Status.DRAFT).exclude(collects="")


def _is_complete(client: Client, collects: str, at: datetime) -> bool:
    return collects.startswith("ticket:") or collects < BillingPeriod.current_month(at, client.zone).label()
