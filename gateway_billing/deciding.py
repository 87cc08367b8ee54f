"""Service changes are approved before they are billed, or cancelled (G-08)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction

from gateway_billing.models import ServiceChange
from gateway_billing.models.service import ChangeStatus
from invoicing import audit
from invoicing.models import AuditEntry
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition

APPROVED: Final = ChangeStatus.APPROVED
CANCELLED: Final = ChangeStatus.CANCELLED
# How the audit trail names what people wrote by hand: nobody approves that themselves.
ENTERED: Final = "service_change.entered"
CHANGED: Final = "service_change.changed"


class OwnChange(InvalidTransition):
    """Somebody would approve a change that they entered, or changed, themselves."""


def ensure_pending(changes: Sequence[int]) -> None:
    """Raise InvalidTransition naming the first change that is decided, LookupError for one that is not there."""
    found = ServiceChange.objects.filter(pk__in=changes)
    if decided := found.exclude(status=ChangeStatus.PENDING).order_by("pk").first():
        raise InvalidTransition(f"service change {decided.external_id} is {decided.status}")
    if found.count() != len(set(changes)):
        raise LookupError("not every service change is there")


def seen_of(changes: Iterable[ServiceChange]) -> str:
    """What a person sees of these changes, as a digest that changes with it."""
    told = sorted(
        (one.pk, one.company_id, str(one.service_date), one.category, one.description, str(one.amount), str(one.hours),
         str(one.hourly_rate), one.recurring, str(one.recurring_until))
        for one in changes
    )  # fmt: skip
    return sha256(repr(told).encode()).hexdigest()


def ensure_not_own(changes: Sequence[int], *, by: str) -> None:
    """Raise OwnChange naming the first change that this person entered or changed."""
    written = AuditEntry.objects.filter(
        subject_kind="servicechange", subject_id__in=list(changes), action__in=[ENTERED, CHANGED], by=by
    ).values_list("subject_id", flat=True)
    if own := ServiceChange.objects.filter(pk__in=set(written)).order_by("pk").first():
        raise OwnChange(f"{by} entered service change {own.external_id} or changed it: somebody else must approve it")


@transaction.atomic
def decide_changes(
    changes: Sequence[int], status: ChangeStatus, *, seen: str = "", reason: str = "", by: str, at: datetime
) -> int:
    """Approve or cancel pending changes, all or none; answer how many. Cancelling needs a reason.

    `seen` is the digest of the changes as a person was shown them: InvalidTransition where one is another by now.
    Raises as `ensure_pending`, OwnChange where the person would approve their own, and ValueError without a reason that
    is needed.
    """
    given = stated(reason) if status == CANCELLED or reason else ""
    locked = ServiceChange.objects.select_for_update(no_key=True).filter(pk__in=changes).order_by("pk")
    rows = list(locked)
    ensure_pending(changes)
    if seen and seen_of(rows) != seen:
        raise InvalidTransition("somebody changed these service changes meanwhile: look at them again")
    if status == APPROVED:
        ensure_not_own(changes, by=by)
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
