"""Background work of ticket billing. Queues, limits and schedule are settings."""

from __future__ import annotations

import structlog
from celery import Task, shared_task
from django.utils import timezone

from invoicing.lifecycle.automatic import issue_automatic_drafts as issue_drafts
from invoicing.locks import AlreadyRunning
from invoicing.models import Heartbeat
from invoicing.switches import AutomationOff, BillingDisabled
from tickets import automation

log = structlog.get_logger("billing.tickets")

# States in which a task has nothing to do; the rows stay, and the next run finds them.
NOT_NOW = (AlreadyRunning, AutomationOff, BillingDisabled)


@shared_task(bind=True, max_retries=None)
def bill_ticket(self: Task[..., None], /, *, ticket_id: int, **_later: object) -> None:
    """Bill one ticket if it is due. How often it is tried again is counted in the row, not in the message."""
    try:
        wait = automation.bill_due_ticket(ticket_id, at=timezone.now())
    except NOT_NOW as reason:
        log.info("not billed", ticket_id=ticket_id, reason=str(reason))
        return
    if wait is not None:
        raise self.retry(countdown=wait)


@shared_task
def sweep(**_later: object) -> None:
    """Bill what is due, and issue what is complete."""
    try:
        for _ in automation.sweep(at=timezone.now()):
            pass
    except NOT_NOW as reason:
        log.info("no sweep", reason=str(reason))
    else:
        issue_drafts(at=timezone.now())
    Heartbeat.objects.update_or_create(pk="sweep", defaults={"at": timezone.now()})


@shared_task
def catch_up_tickets(**_later: object) -> None:
    """Bill everything that was missed."""
    try:
        for _ in automation.catch_up(at=timezone.now()):
            pass
    except NOT_NOW as reason:
        log.info("no catch-up", reason=str(reason))
