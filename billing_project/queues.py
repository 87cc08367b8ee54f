"""How messages travel: queues, time limits, and how each kind of process bears a broker that is away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

QUEUES = ("celery", "billing", "gateway")

ROUTES = {
    "tickets.tasks.*": {"queue": "billing"},
    "invoicing.tasks.*": {"queue": "billing"},
    # What people ask for may take as long as a partner's month.
    "invoicing.tasks.run_jobs": {"queue": "gateway"},
    "invoicing.tasks.reconcile_stripe": {"queue": "gateway"},
    "gateway_billing.tasks.*": {"queue": "gateway"},
}

# In UTC: a schedule in local time skips or doubles an hour twice a year.
SCHEDULE: dict[str, dict[str, Any]] = {
    "bill what is due": {
        "task": "tickets.tasks.sweep",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "catch up with everything": {
        "task": "tickets.tasks.catch_up_tickets",
        "schedule": crontab(minute="7"),
        "options": {"expires": 3000},
    },
    "bill recurring charges": {
        "task": "invoicing.tasks.bill_recurring_charges",
        "schedule": crontab(hour="3", minute="10"),
        "options": {"expires": 6 * 3600},
    },
    "run partners' months": {
        "task": "gateway_billing.tasks.issue_months",
        "schedule": crontab(hour="2", minute="20"),
        "options": {"expires": 6 * 3600},
    },
    # Months end with the zones of the partners, all of them in the course of the first.
    "run partners' months on the first": {
        "task": "gateway_billing.tasks.issue_months",
        "schedule": crontab(minute="35", day_of_month="1"),
        "options": {"expires": 3000},
    },
    "draw issued documents": {
        "task": "invoicing.tasks.render_documents",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "send mail": {
        "task": "invoicing.tasks.send_mail",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "apply events of Stripe": {
        "task": "invoicing.tasks.process_stripe_events",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "push to Stripe": {
        "task": "invoicing.tasks.push_to_stripe",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "compare with Stripe": {
        "task": "invoicing.tasks.reconcile_stripe",
        "schedule": crontab(hour="4", minute="10"),
        "options": {"expires": 6 * 3600},
    },
    "do what people asked for": {
        "task": "invoicing.tasks.run_jobs",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "look for what is wrong": {
        "task": "office.tasks.check_alerts",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "keep how far numbers are": {
        "task": "office.tasks.note_numbers",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "forget what is over": {
        "task": "office.tasks.forget_what_is_over",
        "schedule": crontab(hour="4", minute="40"),
        "options": {"expires": 6 * 3600},
    },
    "seal the audit trail": {
        "task": "invoicing.tasks.seal_audit",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "remind of open documents": {
        "task": "invoicing.tasks.remind",
        "schedule": crontab(hour="6", minute="40"),
        "options": {"expires": 6 * 3600},
    },
    "check VAT ids": {
        "task": "invoicing.tasks.check_vat_ids",
        "schedule": crontab(hour="2", minute="20"),
        "options": {"expires": 6 * 3600},
    },
}


def celery_settings(redis_url: str, process: str) -> dict[str, Any]:
    """Django settings with the prefix CELERY_. Times are seconds."""
    publishes_for_people = process in {"web", "command"}
    socket_timeout = 1 if publishes_for_people else 5
    transport = {
        "visibility_timeout": 3600 if process == "gateway" else 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": socket_timeout,
        "socket_connect_timeout": 1 if publishes_for_people else 2,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "retry_on_timeout": False,
    }
    if publishes_for_people:
        # Else kombu goes on trying to connect for four seconds, also where a task is published without retry.
        transport["max_retries"] = 0
    return {
        "CELERY_BROKER_URL": redis_url,
        "CELERY_BROKER_TRANSPORT_OPTIONS": transport,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_RESULT_BACKEND": None,
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_DEFAULT_QUEUE": "celery",
        "CELERY_TASK_ROUTES": ROUTES,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_TIME_LIMIT": 1800 if process == "gateway" else 120,
        "CELERY_TASK_SOFT_TIME_LIMIT": 1770 if process == "gateway" else 90,
        "CELERY_TASK_PUBLISH_RETRY": False,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_WORKER_MAX_TASKS_PER_CHILD": 500,
        "CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT": 20,
        "CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE": True,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": True,
        "CELERY_TIMEZONE": "UTC",
        "CELERY_ENABLE_UTC": True,
        "CELERY_BEAT_SCHEDULE": SCHEDULE,
    }
