"""Background work of the gateway. Queues, limits and schedule are settings."""

from __future__ import annotations

import structlog
from celery import Task, shared_task
from django.utils import timezone

from gateway_billing import automation
from invoicing.dispatch import send_on_commit
from invoicing.locks import AlreadyRunning
from invoicing.models import Heartbeat
from invoicing.switches import AutomationOff, BillingDisabled

log = structlog.get_logger("billing.gateway")

# States in which a task has nothing to do; the rows stay, and the next run finds them.
NOT_NOW = (AlreadyRunning, AutomationOff, BillingDisabled)


@shared_task
def issue_months(**_later: object) -> None:
    """Ask for the run of each partner that has a month due."""
    try:
        partners = automation.due_partners(at=timezone.now())
    except NOT_NOW as reason:
        log.info("no months run", reason=str(reason))
    else:
        for partner in partners:
            send_on_commit(run_partner_months, partner=partner)
    Heartbeat.objects.update_or_create(pk="gateway months", defaults={"at": timezone.now()})


@shared_task(bind=True, max_retries=None)
def run_partner_months(self: Task[..., None], /, *, partner: int, **_later: object) -> None:
    """Run a partner's due months. How often one is tried again is counted in its row, not in the message."""
    try:
        wait = automation.run_due_months(partner, at=timezone.now())
    except NOT_NOW as reason:
        log.info("no months run", partner=partner, reason=str(reason))
        return
    if wait is not None:
        raise self.retry(countdown=wait)
