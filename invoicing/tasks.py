"""Background work of invoicing. Queues, limits and schedule are settings."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.utils import timezone

from invoicing.dispatch import send_on_commit
from invoicing.locks import AlreadyRunning
from invoicing.models import Heartbeat
from invoicing.recurring import bill_recurring
from invoicing.switches import AutomationOff, BillingDisabled

log = structlog.get_logger("billing.charges")

# Well before the time limit of the task, which then asks for the next one.
RUN_SECONDS = 60.0


@shared_task
def bill_recurring_charges(**_later: object) -> None:
    """Bill recurring and single charges that are due."""
    stop = time.monotonic() + RUN_SECONDS
    runs = bill_recurring(at=timezone.now())
    try:
        for _ in runs:
            if time.monotonic() > stop:
                send_on_commit(bill_recurring_charges)
                break
    except (AlreadyRunning, AutomationOff, BillingDisabled) as reason:
        log.info("no charges billed", reason=str(reason))
    finally:
        runs.close()
    Heartbeat.objects.update_or_create(pk="recurring charges", defaults={"at": timezone.now()})
