"""Background work of the house: watching it, and forgetting what was kept long enough."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from invoicing.models import Heartbeat
from invoicing.restored import keep_numbers
from invoicing.tasks import send_mail
from office.alerts.conditions import current_alerts
from office.alerts.latest import keep
from office.alerts.mailing import mail_stands_still, queue_mails
from office.retention import forget

log = structlog.get_logger("billing.office")


@shared_task
def check_alerts(**_later: object) -> None:
    """Look for what is wrong, and have one address told of it."""
    now = timezone.now()
    alerts = current_alerts(at=now)
    keep(alerts, at=now)
    queued = queue_mails(alerts, at=now)
    if alerts:
        log.warning("alerts", names=[alert.name for alert in alerts], mails=queued)
    if queued and mail_stands_still(at=now):
        send_mail()  # here: what should send it is what is missing
    Heartbeat.objects.update_or_create(pk="alerts", defaults={"at": now})


@shared_task
def note_numbers(**_later: object) -> None:
    """Keep, outside of the database, how far its numbers are."""
    keep_numbers(at=timezone.now())


@shared_task
def forget_what_is_over(**_later: object) -> None:
    """Erase what is kept for a time only."""
    log.info("forgotten", **forget(at=timezone.now()))
