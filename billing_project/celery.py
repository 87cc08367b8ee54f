"""The Celery application. Queues, limits and schedule are in `billing_project.queues`."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_project.settings")

app = Celery("billing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_a_forgetful_broker(**_: object) -> None:
    """Do not start on a broker that drops messages under pressure."""
    from billing_project.checks import broker_keeps_messages

    errors = [str(found.msg) for found in broker_keeps_messages(None, ["default"]) if found.is_serious()]
    if errors:
        raise SystemExit(" ".join(errors))
