"""Service changes are approved before they are billed, or cancelled (G-08)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from gateway_billing.models import ServiceChange
from gateway_billing.models.service import ChangeStatus
from invoicing import audit
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition

APPROVED: Final = ChangeStatus.APPROVED
CANCELLED: Final = ChangeStatus.CANCELLED


def ensure_pending(changes: Sequence[int]) -> None:
    """Raise InvalidTransition naming the first change that is decided, LookupError for one that is not there."""
    found = ServiceChange.objects.filter(pk__in=changes)
    if decided := found.exclude(status=ChangeStatus.PENDING).order_by("pk").first():
        raise InvalidTransition(f"service change {decided.external_id} is {decided.status}")
    if found.count() != len(set(changes)):
        raise LookupError("not every service change is there")


@transaction.atomic
def decide_changes(changes: Sequence[int], status: ChangeStatus, *, reason: str = "", by: str, at: datetime) -> int:
    """Approve or cancel pending changes, all or none; answer how many. Cancelling needs a reason.

    Raises as `ensure_pending`, and ValueError without a reason that is needed.
    """
    given = stated(reason) if status == CANCELLED or reason else ""
    locked = ServiceChange.objects.select_for_update(no_key=True).filter(pk__in=changes).order_by("pk")
    rows = list(locked)
    ensure_pending(changes)
    for change in rows:
        change.status = status
        if status == APPROVED:
            change.approved_by, change.approved_at = by, at
        # One save each: a change of a month that is over asks for its partner's run.
        change.save(update_fields=["status", "approved_by", "approved_at"])
    audit.record_all(
        (audit.Action(f"service_change.{status}", "servicechange", change.pk, given) for change in rows), by=by, at=at
    )
    return len(rows)
