"""Which charges a run looks at, in keyset pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

import config
from contracts.models import Client, ClientCharge, RecurringCharge
from contracts.models.contract import IN_FORCE
from rating.period import BillingPeriod

ENROLLED = ("draft", "auto")
PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is about. `at` is its moment; `by_hand` passes over enrolment.

    `month`: only what becomes due in that month, all of it where the month is yet to come. `everybody`: clients that
    automation has no part in as well, each of their units with its reason.
    """

    at: datetime
    client: Client | None = None
    month: BillingPeriod | None = None
    by_hand: bool = False
    everybody: bool = False

    @property
    def ahead(self) -> date | None:
        """The last day of the month that is asked for, where it has not begun."""
        return self.month.last_day if self.month and self.at < self.month.start else None

    def horizon(self, client: Client) -> date:
        """What is due by this day is looked at: today in the client's zone, or the end of a month yet to come."""
        return self.ahead or self.at.astimezone(client.zone).date()

    def is_due_then(self, due_on: date) -> bool:
        """Whether a unit that becomes due on that day is one of the month that is asked for."""
        return self.month is None or self.month.first_day <= due_on <= self.month.last_day


def recurring_charges(wanted: Wanted) -> QuerySet[RecurringCharge]:
    """Recurring charges that can be due; those that have ended and are billed to their end are in no run's way."""
    found = RecurringCharge.objects.filter(_of_client("contract__client", wanted), settled=False)
    if not (wanted.by_hand or wanted.everybody):
        found = found.filter(contract__status__in=IN_FORCE, contract__client__active=True)
    # One in advance is due up to a month before its first day.
    return found.filter(valid_from__lt=_latest(wanted) + timedelta(days=31))


def single_charges(wanted: Wanted) -> QuerySet[ClientCharge]:
    """Single charges that are due and that nothing has settled yet."""
    return ClientCharge.objects.filter(_of_client("client", wanted), settled=False, charged_on__lte=_latest(wanted))


def pages_of_ids(found: QuerySet[Any]) -> Iterator[list[int]]:
    """Their keys in order, each page one keyset query."""
    last = 0
    keys = found.order_by("pk").values_list("pk", flat=True)
    while page := list(keys.filter(pk__gt=last)[:PAGE]):
        last = page[-1]
        yield page


def _of_client(path: str, wanted: Wanted) -> Q:
    if wanted.client is not None:
        return Q(**{path: wanted.client})
    if wanted.by_hand or wanted.everybody:
        return Q()
    enrolled = ["", *ENROLLED] if config.billing().enrolment_default in ENROLLED else ENROLLED
    return Q(**{f"{path}__automation__in": enrolled})


def _latest(wanted: Wanted) -> date:
    """No client's horizon is later: zones are at most 14 hours ahead of UTC."""
    return wanted.ahead or (wanted.at.astimezone(UTC) + timedelta(hours=14)).date()
