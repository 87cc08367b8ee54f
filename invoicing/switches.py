"""Stopping automation and letting it go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from invoicing import audit
from invoicing.models import KillSwitch


def automation_is_stopped() -> bool:
    """Whether the kill switch is on; asked of the database each time, so that it works within seconds everywhere."""
    return KillSwitch.objects.filter(on=True).exists()


def stop_automation(*, reason: str, by: str, at: datetime) -> None:
    """Nothing bills by itself from now on; what is pending stays pending."""
    _turn(on=True, reason=reason, by=by, at=at)


def resume_automation(*, reason: str, by: str, at: datetime) -> None:
    """Automation goes on with everything that is pending."""
    _turn(on=False, reason=reason, by=by, at=at)


@transaction.atomic
def _turn(*, on: bool, reason: str, by: str, at: datetime) -> None:
    if not reason.strip():
        raise ValueError("say why automation is switched")
    switch, _ = KillSwitch.objects.update_or_create(
        pk=1, defaults={"on": on, "reason": reason, "changed_by": by, "changed_at": at}
    )
    audit.record("automation.stopped" if on else "automation.resumed", switch, by=by, at=at, reason=reason)
