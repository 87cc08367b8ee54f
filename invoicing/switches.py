"""Whether anything may be billed: the master switch, and stopping automation and letting it go on (T-01)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

import config
from invoicing import audit
from invoicing.models import KillSwitch


class BillingDisabled(Exception):  # noqa: N818 - a state of the installation
    """The master switch is off: nobody bills anything."""

    def __init__(self) -> None:
        super().__init__("billing_disabled: ticket billing is switched off (TICKET_BILLING_ENABLED)")


class AutomationOff(Exception):  # noqa: N818 - a state of the installation
    """Somebody stopped automation; billing by hand goes on."""

    def __init__(self) -> None:
        super().__init__("automation_off: automation is stopped; tickets and clients can be billed by hand")


def ensure_enabled() -> None:
    """Refuse when the master switch is off. Raises BillingDisabled."""
    if not config.billing().ticket_billing_enabled:
        raise BillingDisabled


def ensure_running() -> None:
    """Refuse when nothing may bill by itself. Raises BillingDisabled or AutomationOff."""
    ensure_enabled()
    if automation_is_stopped():
        raise AutomationOff


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
