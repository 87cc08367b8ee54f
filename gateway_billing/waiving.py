"""Cases that a person gives away: unbilled becomes waived, once and for ever, with a reason (G-13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from gateway_billing.models import ServiceCase
from invoicing import audit
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition


def ensure_waivable(cases: Sequence[int]) -> None:
    """Raise InvalidTransition naming the first case that is billed or waived already, LookupError for one not there."""
    found = ServiceCase.objects.filter(pk__in=cases)
    if billed := found.billed().order_by("pk").first():
        raise InvalidTransition(f"service case {billed.external_id} is billed: cancel or credit its document instead")
    if waived := found.waived().order_by("pk").first():
        raise InvalidTransition(f"service case {waived.external_id} was waived by {waived.waived_by}")
    if found.count() != len(set(cases)):
        raise LookupError("not every service case is there")


@transaction.atomic
def waive_cases(cases: Sequence[int], *, reason: str, by: str, at: datetime) -> int:
    """Waive these cases, all or none; answer how many. Raises as `ensure_waivable`, and ValueError without a reason.

    The database decides when a run claims one of them at the same moment: one of the two is refused.
    """
    given = stated(reason)
    locked = ServiceCase.objects.select_for_update(no_key=True).filter(pk__in=cases).order_by("pk")
    keys = list(locked.values_list("pk", flat=True))
    ensure_waivable(cases)
    ServiceCase.objects.filter(pk__in=keys).update(waived_at=at, waived_by=by, waive_reason=given)
    audit.record_all((audit.Action("service_case.waived", "servicecase", key, given) for key in keys), by=by, at=at)
    return len(keys)
