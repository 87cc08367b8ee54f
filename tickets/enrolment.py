"""Switching automation on client by client (T-18)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.models import Client
from invoicing import audit

OFF = ("", Client.Automation.OFF)


@transaction.atomic
def enrol_client(
    client_id: int, automation: str, *, automation_from: datetime | None = None, reason: str, by: str, at: datetime
) -> Client:
    """Set what automation does for a client: off, shadow, draft or auto; "" leaves it to the installation.

    Enrolling a client that was off bills what is closed from `automation_from` on (default: now); older tickets are
    skipped and can be billed by hand. Raises ValueError for another value, or without a reason.
    """
    if automation not in ("", *Client.Automation.values):
        raise ValueError(f"automation is one of {', '.join(Client.Automation.values)}, not {automation!r}")
    if not reason.strip():
        raise ValueError("say why")
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    before = {"automation": client.automation, "automation_from": str(client.automation_from or "")}
    starts = client.automation in (*OFF, Client.Automation.SHADOW) and automation not in (*OFF, client.automation)
    client.automation = automation
    if automation_from is not None or starts:
        client.automation_from = automation_from or at
    client.save(update_fields=["automation", "automation_from"])
    after = {"automation": client.automation, "automation_from": str(client.automation_from or "")}
    audit.record("client.enrolled", client, by=by, at=at, reason=reason, data={"before": before, "after": after})
    return client
