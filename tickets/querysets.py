"""Which tickets? Every answer is a queryset method that finishes the sentence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from tickets.plan import ENROLMENT_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Reasons that follow from settings: they are looked at again when the settings change.
FROM_SETTINGS = (
    "client_not_enrolled", "closed_before_enrolment", "entries_pending_approval", "no_rate", "above_approval_threshold",
    "fair_use_review", "no_time_entries", "non_billable_type", "below_minimum", "nothing_to_bill", "zero_amount",
)  # fmt: skip


class TicketQuerySet(models.QuerySet[Any]):
    def awaiting_billing(self) -> Self:
        """Tickets that are finished and whose billing nobody has decided yet."""
        return self.filter(billing_status="unbilled", status__in=["closed", "resolved"])

    def finished_as(self, statuses: Sequence[str]) -> Self:
        """Tickets in one of the statuses whose event bills."""
        return self.filter(status__in=statuses)

    def due(self, at: datetime) -> Self:
        """Tickets whose delay is over; a ticket without a due time (mass update, import, SQL) is due."""
        return self.filter(Q(bill_after__isnull=True) | Q(bill_after__lte=at))

    def set_aside_by_settings(self) -> Self:
        """Held or skipped tickets whose reason other settings could lift."""
        return self.filter(billing_status__in=["held", "skipped"], billing_reason__in=FROM_SETTINGS)

    def billable_by_hand(self) -> Self:
        """Finished tickets that a person may bill now: what waits, and what enrolment alone kept from it."""
        return self.filter(
            Q(billing_status="unbilled") | Q(billing_status="skipped", billing_reason__in=ENROLMENT_REASONS),
            status__in=["closed", "resolved"],
        )

    def pages_of_ids(self, size: int, limit: int | None = None) -> Iterator[list[int]]:
        """Ids in pages, oldest first, each page one keyset query: a page never costs more than the one before."""
        after: tuple[datetime, int] | None = None
        ordered = self.order_by("finished_at", "id").values_list("finished_at", "id")
        while limit is None or limit > 0:
            page = list(_beyond(ordered, after)[: size if limit is None else min(size, limit)])
            if not page:
                return
            after = page[-1]
            limit = None if limit is None else limit - len(page)
            yield [pk for _, pk in page]


def _beyond(rows: models.QuerySet[Any, Any], after: tuple[datetime, int] | None) -> models.QuerySet[Any, Any]:
    if after is None:
        return rows
    finished_at, pk = after
    # The first condition is implied by the second; it is there for the index.
    return rows.filter(
        Q(finished_at__gt=finished_at) | Q(finished_at=finished_at, id__gt=pk), finished_at__gte=finished_at
    )
