"""Switching automation on client by client (T-18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

import config
from contracts.models import Client
from invoicing import audit
from invoicing.reasons import stated

BILLING = (Client.Automation.DRAFT, Client.Automation.AUTO)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How automation deals with a client. `automation` "" is what the installation says."""

    automation: str
    automation_from: datetime | None

    def as_dict(self) -> dict[str, str | None]:
        """For the audit trail and for scripts."""
        starts = self.automation_from
        return {"automation": self.automation, "automation_from": starts.isoformat() if starts else None}


def enrolment_of(client: Client) -> Enrolment:
    """How automation deals with this client."""
    return Enrolment(client.automation, client.automation_from)


def plan_enrolment(
    client: Client, automation: str, *, automation_from: datetime | None = None, at: datetime
) -> Enrolment:
    """What enrolling would come to. Writes nothing. Raises ValueError for another value.

    A client that starts to be planned, or goes from shadow to being billed, starts at `automation_from` (default: now).
    """
    if automation not in ("", *Client.Automation.values):
        raise ValueError(f"automation is one of {', '.join(Client.Automation.values)}, not {automation!r}")
    if automation_from is not None and automation_from.utcoffset() is None:
        raise ValueError("automation_from needs an offset")
    before, after = _level(client.automation), _level(automation)
    starts = after > before
    return Enrolment(automation, automation_from or (at if starts else client.automation_from))


@transaction.atomic
def enrol_client(
    client_id: int, automation: str, *, automation_from: datetime | None = None, reason: str, by: str, at: datetime
) -> Client:
    """Set what automation does for a client: off, shadow, draft or auto; "" leaves it to the installation.

    Enrolling a client that was off bills what is closed from `automation_from` on (default: now); older tickets are
    skipped and can be billed by hand. Raises ValueError for another value, or without a reason.
    """
    reason = stated(reason)
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    before, after = enrolment_of(client), plan_enrolment(client, automation, automation_from=automation_from, at=at)
    client.automation, client.automation_from = after.automation, after.automation_from
    client.save(update_fields=["automation", "automation_from"])
    data = {"before": before.as_dict(), "after": after.as_dict()}
    audit.record("client.enrolled", client, by=by, at=at, reason=reason, data=data)
    return client


def _level(automation: str) -> int:
    """0: nothing happens, 1: planned in shadow, 2: billed."""
    effective = automation or config.billing().enrolment_default
    return 2 if effective in BILLING else int(effective == Client.Automation.SHADOW)
