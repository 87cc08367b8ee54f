"""Where each partner stands in a month: invoiced, failed, missing, or what the last dry run came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from contracts.models import Client, Management
from gateway_billing.models import MonthAttempt, MonthRun
from gateway_billing.month_jobs import PLAN, key_of
from gateway_billing.months import month_of
from gateway_billing.partners import partners_of_month
from invoicing.display import money
from invoicing.models import Invoice, Job
from rating.period import BillingPeriod

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MISSING, GOING_ON, FAILED, PARKED = "missing", "going_on", "failed", "parked"
DRAFTED, ISSUED, PAID, UNCOLLECTIBLE, NOTHING = "drafted", "issued", "paid", "uncollectible", "nothing"
# In the order of what a person must do about them.
STATES: Final = (FAILED, PARKED, MISSING, GOING_ON, DRAFTED, ISSUED, PAID, UNCOLLECTIBLE, NOTHING)
RUNNABLE: Final = frozenset({MISSING, FAILED, PARKED})
OF_DOCUMENT: Final = {
    Invoice.Status.DRAFT: DRAFTED,
    Invoice.Status.OPEN: ISSUED,
    Invoice.Status.PAID: PAID,
    Invoice.Status.UNCOLLECTIBLE: UNCOLLECTIBLE,
}
WORDS: Final[Mapping[str, _StrOrPromise]] = {
    FAILED: gettext_lazy("Failed"),
    PARKED: gettext_lazy("Parked"),
    MISSING: gettext_lazy("Missing"),
    GOING_ON: gettext_lazy("Not over"),
    DRAFTED: gettext_lazy("Drafted"),
    ISSUED: gettext_lazy("Issued"),
    PAID: gettext_lazy("Paid"),
    UNCOLLECTIBLE: gettext_lazy("Uncollectible"),
    NOTHING: gettext_lazy("Nothing to bill"),
}
TONES: Final = {
    FAILED: "desk-error",
    PARKED: "desk-error",
    MISSING: "desk-error",
    UNCOLLECTIBLE: "desk-error",
    ISSUED: "desk-good",
    PAID: "desk-good",
}
# Dry runs that are looked at for what is planned.
LATEST = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """What a dry run came to for a partner, in minor units, and when that was."""

    outcome: str
    subtotal_cents: int
    total_cents: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A partner in a month. `reason` is why it failed or is parked, `next_at` when it is tried again."""

    partner: Client
    state: str
    reason: str = ""
    next_at: datetime | None = None
    document: Invoice | None = None
    planned: Planned | None = None

    @property
    def runnable(self) -> bool:
        """Whether running the month would do anything."""
        return self.state in RUNNABLE

    @property
    def words(self) -> _StrOrPromise:
        """The state as people read it."""
        return WORDS[self.state]

    @property
    def tone(self) -> str:
        """The class of its colour."""
        return TONES.get(self.state, "")

    @property
    def subtotal(self) -> str:
        """The document's sum before tax."""
        return money(self.document.subtotal_cents, self.partner.currency) if self.document else ""

    @property
    def total(self) -> str:
        """The document's total, once it is issued."""
        cents = self.document.total_cents if self.document else None
        return "" if cents is None else money(cents, self.partner.currency)

    @property
    def planned_subtotal(self) -> str:
        """What the last dry run came to before tax, as long as nothing was run."""
        return money(self.planned.subtotal_cents, self.partner.currency) if self.planned else ""


def standings(period: BillingPeriod, *, at: datetime, only: Iterable[int] | None = None) -> list[Standing]:
    """The partners of a month by name, or some of them, in five queries."""
    first = period.first_day
    chosen = None if only is None else set(only)
    runs = {run.partner_id: run for run in _of(MonthRun.objects.filter(reopened_at__isnull=True), first, chosen)}
    attempts = {attempt.partner_id: attempt for attempt in _of(MonthAttempt.objects.all(), first, chosen)}
    due = set(partners_of_month(*period.to_date_range())) if chosen is None else chosen
    clients = Client.objects.filter(pk__in=due | runs.keys() | attempts.keys()).order_by("name", "external_id")
    planned = _planned(period.label())
    found = []
    for client in clients:
        run = runs.get(client.pk)
        if run is not None:
            state = OF_DOCUMENT[Invoice.Status(run.invoice.status)] if run.invoice else NOTHING
            found.append(Standing(client, state, document=run.invoice))
        else:
            found.append(_open(client, attempts.get(client.pk), planned.get(client.pk), period.label(), at=at))
    return found


def sums_by_state(found: Sequence[Standing]) -> Mapping[str, tuple[int, dict[str, int]]]:
    """How many partners are in each state, and the sums of their documents before tax by currency."""
    numbers = Counter(one.state for one in found)
    cents: dict[str, Counter[str]] = {state: Counter() for state in numbers}
    for one in found:
        if one.document is not None:
            cents[one.state][one.partner.currency] += one.document.subtotal_cents
    return {state: (numbers[state], dict(cents[state])) for state in STATES if state in numbers}


def planned_sums(found: Sequence[Standing]) -> dict[str, int]:
    """What the last dry runs came to before tax, of partners whose month was not run, by currency."""
    cents: Counter[str] = Counter()
    for one in found:
        if one.planned is not None:
            cents[one.partner.currency] += one.planned.subtotal_cents
    return dict(cents)


def _of(rows: QuerySet[Any], first: date, chosen: set[int] | None) -> QuerySet[Any]:
    """Rows of the month; looked up by partner, so that earlier months cost nothing."""
    partners: Any = Management.objects.values("partner") if chosen is None else chosen
    found = rows.filter(period_start=first, partner__in=partners)
    return found.select_related("invoice") if rows.model is MonthRun else found


def _open(
    client: Client, attempt: MonthAttempt | None, planned: Planned | None, label: str, *, at: datetime
) -> Standing:
    if at < month_of(client, label).end:
        return Standing(client, GOING_ON, planned=planned)
    if attempt is None:
        return Standing(client, MISSING, planned=planned)
    state = FAILED if attempt.next_at else PARKED
    return Standing(client, state, attempt.problem, attempt.next_at, planned=planned)


def _planned(label: str) -> dict[int, Planned]:
    """What the latest dry runs of the month came to, by partner, in one query."""
    jobs = Job.objects.filter(key__startswith=key_of(PLAN, label), status=Job.Status.DONE).order_by("-pk")
    found: dict[int, Planned] = {}
    for planned, at in reversed(jobs.values_list("result__planned", "finished_at")[:LATEST]):
        found.update({int(key): Planned(**kept, at=at) for key, kept in planned.items() if at is not None})
    return found
