"""The product's Celery application in a worker that dies whenever it bills the ticket numbered POISON."""

from __future__ import annotations

import os
import signal
from typing import Any

from celery.signals import worker_process_init

from billing_project.celery import app

__all__ = ["app"]


@worker_process_init.connect
def poison(**_: object) -> None:
    """Runs in each child of the worker, where Django's models can be imported."""
    from tickets import billing
    from tickets.applying import apply_plans

    def apply_or_die(plans: Any, **arguments: Any) -> Any:
        if any(plan.ticket.number == "POISON" for plan in plans):
            os.kill(os.getpid(), signal.SIGKILL)
        return apply_plans(plans, **arguments)

    vars(billing)["apply_plans"] = apply_or_die
