"""Logs: one event a line with its names and values, JSON where nobody watches; without secrets."""

from __future__ import annotations

import logging.config
from typing import Any

import structlog

from billing_project.redaction import redact

# One line for each request, a warning where it was refused; of tasks those that failed.
REQUEST_LOGS = {
    "DJANGO_STRUCTLOG_CELERY_ENABLED": True,
    "DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL": logging.DEBUG,
    "DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL": logging.DEBUG,
    "DJANGO_STRUCTLOG_IP_LOGGING_ENABLED": False,
}
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_settings(*, colours: bool) -> dict[str, Any]:
    """A dictConfig: everything to standard error, coloured for people or as JSON for machines."""
    last = structlog.dev.ConsoleRenderer(colors=False) if colours else structlog.processors.JSONRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    redact,
                    last,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: structlog writes through the standard library, so that there is one way out."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
