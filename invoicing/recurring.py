"""Bill recurring charges of contracts and single charges of clients; planned or done, by hand or not: one way."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from contracts.models import Client, ClientCharge, RecurringCharge
from invoicing.charges.applying import apply_plans
from invoicing.charges.plan import FAILED, ChargePlan, ChargeSummary
from invoicing.charges.planning import ChargePlanner
from invoicing.charges.selection import Wanted, pages_of_ids, recurring_charges, single_charges
from invoicing.claims import DoubleBilling
from invoicing.halving import or_halved
from invoicing.locks import AlreadyRunning, only_one
from invoicing.switches import ensure_enabled, ensure_running
from rating import recurring, single_charge
from rating.period import BillingPeriod

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = structlog.get_logger("billing.charges")

MOST_TRIES = 3


class MonthNotBegun(ValueError):  # noqa: N818 - says what is refused, as a sentence
    """A month that is yet to come can be planned, not billed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of charge: which of them there are, how a page of them is planned, and where a charge has its client."""

    kind: str
    model: type[RecurringCharge] | type[ClientCharge]
    which: Callable[[Wanted], QuerySet[Any]]
    plan: Callable[[ChargePlanner, Sequence[int]], list[ChargePlan]]
    client: str


# In the order of the lines on a draft.
STEPS = (
    Step(recurring.KIND, RecurringCharge, recurring_charges, ChargePlanner.recurring, "contract__client"),
    Step(single_charge.KIND, ClientCharge, single_charges, ChargePlanner.single, "client"),
)


def plan_recurring(
    *, at: datetime, client: Client | None = None, month: BillingPeriod | None = None
) -> Generator[list[ChargePlan]]:
    """What `bill_recurring` would do, page by page; of a month that is yet to come, too. Writes nothing.

    Raises BillingDisabled, and AutomationOff without a client, before the first page.
    """
    wanted = Wanted(at, client, month, by_hand=client is not None)
    _ensure_allowed(wanted)
    yield from _plan(wanted)


def unbilled_charges(*, at: datetime, client: Client | None = None) -> Generator[list[ChargePlan]]:
    """Every unit that is due and that nothing has settled, of all clients or of one, with what keeps it.

    The outcome `charge` says that the next run bills it. Writes nothing, and works while nothing may be billed.
    """
    yield from _plan(Wanted(at, client, everybody=True))


def bill_recurring(
    *, at: datetime, by: str = "system", client: Client | None = None, month: BillingPeriod | None = None
) -> Generator[list[ChargePlan]]:
    """Bill what is due, page by page, onto the clients' drafts of the month of the run; a page is one transaction.

    With a client: by hand, whatever its enrolment. Without: all that are enrolled. A second run bills nothing.
    Before the first page raises BillingDisabled, MonthNotBegun, and without a client AutomationOff and AlreadyRunning.
    """
    wanted = Wanted(at, client, month, by_hand=client is not None)
    if month is not None and wanted.ahead:
        raise MonthNotBegun(f"{month.label()} has not begun: it can only be planned")
    _ensure_allowed(wanted)
    with _alone(wanted):
        for step, ids in _pages(wanted):
            started = time.monotonic()
            page = or_halved(ids, partial(_bill_page, step, wanted, by), partial(_failure, step))
            _log(page, seconds=time.monotonic() - started)
            yield page
            _ensure_allowed(wanted)


def _plan(wanted: Wanted) -> Iterator[list[ChargePlan]]:
    planner = ChargePlanner(wanted)
    for step, ids in _pages(wanted):
        yield or_halved(ids, partial(step.plan, planner), partial(_failure, step))


def _pages(wanted: Wanted) -> Iterator[tuple[Step, list[int]]]:
    for step in STEPS:
        for ids in pages_of_ids(step.which(wanted)):
            yield step, ids


def _ensure_allowed(wanted: Wanted) -> None:
    if wanted.by_hand:
        ensure_enabled()
    else:
        ensure_running()


@contextmanager
def _alone(wanted: Wanted) -> Iterator[None]:
    """Only one full run at a time. Billing by hand goes beside it, and waits for the charges that it holds."""
    if wanted.by_hand:
        yield
        return
    with only_one("invoicing.recurring") as alone:
        if not alone:
            raise AlreadyRunning("another run over recurring charges is going on")
        yield


def _bill_page(step: Step, wanted: Wanted, by: str, ids: Sequence[int]) -> list[ChargePlan]:
    """Bill a page. Where a unit was claimed meanwhile, plan the page anew: the unit is then seen as billed."""
    for _ in range(MOST_TRIES - 1):
        try:
            return _bill(step, wanted, by, ids)
        except DoubleBilling as problem:
            log.warning("billed meanwhile", kind=step.kind, problem=str(problem))
    return _bill(step, wanted, by, ids)


@transaction.atomic
def _bill(step: Step, wanted: Wanted, by: str, ids: Sequence[int]) -> list[ChargePlan]:
    return apply_plans(step.plan(ChargePlanner(wanted, lock=True), ids), at=wanted.at, by=by)


def _failure(step: Step, pk: int, problem: Exception) -> ChargePlan:
    """What a charge that fails is reported as. Nothing of it was written; the next run tries again."""
    log.error("billing failed", kind=step.kind, id=pk, problem=str(problem), exc_info=problem)
    names = step.model._default_manager.filter(pk=pk).values_list("external_id", f"{step.client}__external_id")
    reference, client = names.get()
    error = f"{type(problem).__name__}: {problem}".split("\nCONTEXT:")[0]
    return ChargePlan(step.kind, pk, reference, client, FAILED, error=error)


def _log(page: list[ChargePlan], *, seconds: float) -> None:
    if page:
        summary = ChargeSummary()
        summary.add(page)
        log.info("billed", considered=len(page), seconds=round(seconds, 3), **summary.as_dict())
