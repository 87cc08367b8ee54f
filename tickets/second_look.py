"""What was set aside lately is looked at once more: what decides about it may have changed in that very moment.

A change of terms, enrolment or approval puts back the tickets that lie aside for it. A ticket that is being billed just
then does not lie aside yet, and its billing has read the former terms. Locks would close that gap, and let whoever
changes terms and whoever bills wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from invoicing import audit
from invoicing.models import AuditEntry
from tickets.balances import Balances
from tickets.billing import plan_tickets
from tickets.models import Ticket
from tickets.plan import CHARGE, COVERED, HOLD, SEVERAL_CONTRACTS
from tickets.querysets import FROM_SETTINGS, TicketQuerySet

# Longer than the hour between two looks, so that each ticket has one after its billing was through.
LATELY: Final = timedelta(hours=2)
PAGE: Final = 1000


def lifted(*, at: datetime) -> Iterator[int]:
    """The tickets set aside in the last two hours that would be billed by now, or need a person; reads only."""
    entries = AuditEntry.objects.filter(action="ticket.not_billed", at__gt=at - LATELY, at__lte=at)
    chosen = sorted({key for key in entries.values_list("subject_id", flat=True) if key})
    for start in range(0, len(chosen), PAGE):
        rows = _aside(chosen[start : start + PAGE])
        stored = {one.external_id: one for one in rows.only("external_id", "billing_reason")}
        keys = [one.pk for one in stored.values()]
        for plan in plan_tickets(keys, at=at, balances=Balances()).results if keys else ():
            ticket = stored[plan.ticket]
            if plan.outcome in (CHARGE, COVERED) or (plan.outcome == HOLD and plan.reason != ticket.billing_reason):
                yield ticket.pk


def put_back_lifted(*, at: datetime) -> int:
    """Let them be billed; answer how many they are. One that somebody has in hand is left to them."""
    keys = list(lifted(at=at))
    return _put_back(keys, at) if keys else 0


@transaction.atomic
def _put_back(keys: Sequence[int], at: datetime) -> int:
    rows = _aside(keys).order_by("pk").select_for_update(no_key=True, skip_locked=True)
    before = {one.pk: {"status": one.billing_status, "reason": one.billing_reason} for one in rows}
    Ticket.objects.filter(pk__in=before).update(
        billing_status=Ticket.Billing.UNBILLED, billing_reason="", billing_detail="", billing_attempts=0, lost_workers=0
    )
    said = {"after": {"status": "unbilled", "reason": ""}, "because": "second_look"}
    actions = (audit.Action("ticket.put_back", "ticket", pk, "", {"before": was, **said}) for pk, was in before.items())
    audit.record_all(actions, by="system", at=at)
    return len(before)


def _aside(keys: Sequence[int]) -> TicketQuerySet:
    """Those of the tickets that lie aside for what settings, terms or enrolment decide."""
    reasons = (*FROM_SETTINGS, SEVERAL_CONTRACTS)
    return Ticket.objects.filter(pk__in=keys, billing_status__in=["held", "skipped"], billing_reason__in=reasons)
