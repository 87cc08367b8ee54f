"""Months that run by themselves: which are due, one partner at a time, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial

import structlog

import config
from contracts.models import Client
from gateway_billing import attempts
from gateway_billing.locks import PartnerBusy
from gateway_billing.month_plan import FAILED, NOT_OVER, NOTHING, MonthPlan
from gateway_billing.months import DRAFT, MonthNotOver, month_of, plan_month, run_month
from gateway_billing.partners import DueMonth, due_months
from invoicing.export import one_snapshot
from invoicing.halving import or_halved
from invoicing.locks import AlreadyRunning, only_one
from invoicing.switches import ensure_enabled, ensure_running
from rating.period import BillingPeriod

log = structlog.get_logger("billing.gateway")

# When to come back to a partner whose usage is being imported.
BUSY_SECONDS = 60


def due_partners(*, at: datetime) -> list[int]:
    """The partners that have a month to be run. Raises BillingDisabled or AutomationOff."""
    ensure_running()
    return list(dict.fromkeys(due.partner for due in due_months(at=at)))


def run_due_months(partner: int, *, at: datetime) -> int | None:
    """Run the due months of a partner as far as GATEWAY_MONTH_ACTION says, the oldest first.

    Answers the seconds until a failed one is tried again. Raises BillingDisabled, AutomationOff, or AlreadyRunning
    where another worker is at it.
    """
    ensure_running()
    with only_one(f"gateway.partner.{partner}") as alone:
        if not alone:
            raise AlreadyRunning("another worker runs the months of this partner")
        waits = [_run_due(due, at=at) for due in due_months(at=at, partner=partner)]
    return min((wait for wait in waits if wait is not None), default=None)


def _run_due(due: DueMonth, *, at: datetime) -> int | None:
    settings = config.billing()
    if not attempts.begin(due.partner, due.month, at=at):
        return None
    period = month_of(Client.objects.get(pk=due.partner), due.label)
    run = partial(run_month, due.partner, period, at=at, action=settings.gateway_month_action)
    plan = _caught(due.partner, run, partial(_failure, due.partner, period))
    if plan.busy:
        attempts.put_off(due.partner, due.month)
        return BUSY_SECONDS
    if plan.outcome == FAILED:
        return attempts.failed(due.partner, due.month, plan.reason, settings, at=at, begun=True)
    attempts.succeeded(due.partner, due.month)
    if plan.unfinished:
        log.error("month unfinished", partner=plan.partner.external_id, month=due.label, reason=plan.reason)
    return None


def run_months(
    partners: Iterable[int], label: str, *, at: datetime, by: str, action: str = DRAFT
) -> Iterator[MonthPlan]:
    """Run a month ("2026-01") of these partners by hand, one after the other; one that fails does not touch the next.

    A partner in whose zone the month still goes on is passed over. Raises BillingDisabled at the first partner.
    """
    for partner in partners:
        ensure_enabled()
        period = month_of(Client.objects.get(pk=partner), label)
        run = partial(_by_hand, partner, period, at=at, by=by, action=action)
        yield _caught(partner, run, partial(_count_failure, partner, period, at=at))


def plan_months(partners: Iterable[int], label: str, *, at: datetime) -> Iterator[MonthPlan]:
    """What `run_months` would do; of a month that still goes on as well. Writes nothing."""
    for partner in partners:
        ensure_enabled()
        period = month_of(Client.objects.get(pk=partner), label)
        yield _caught(partner, partial(_preview, partner, period, at=at), partial(_failure, partner, period))


def _caught(partner: int, run: Callable[[], MonthPlan], failed: Callable[[Exception], MonthPlan]) -> MonthPlan:
    """The month, or its failure. Raises the database's error when the database itself is away."""
    (plan,) = or_halved([partner], lambda _: [run()], lambda _, problem: failed(problem))
    return plan


def _preview(partner: int, period: BillingPeriod, *, at: datetime) -> MonthPlan:
    """The plan as of one moment, read where the database refuses to write."""
    with one_snapshot():
        return plan_month(partner, period, at=at)


def _by_hand(partner: int, period: BillingPeriod, *, at: datetime, by: str, action: str) -> MonthPlan:
    try:
        return run_month(partner, period, at=at, by=by, action=action)
    except MonthNotOver:
        return MonthPlan(Client.objects.get(pk=partner), period, NOTHING, NOT_OVER)


def _count_failure(partner: int, period: BillingPeriod, problem: Exception, *, at: datetime) -> MonthPlan:
    """Count the failure: automation tries again, and parks the month when it goes on failing."""
    plan = _failure(partner, period, problem)
    if not plan.busy:
        attempts.failed(partner, period.first_day, plan.reason, config.billing(), at=at, begun=False)
    return plan


def _failure(partner: int, period: BillingPeriod, problem: Exception) -> MonthPlan:
    log.error("month failed", partner=partner, month=period.label(), problem=str(problem), exc_info=problem)
    reason = f"{type(problem).__name__}: {problem}".split("\nCONTEXT:")[0]
    busy = isinstance(problem, PartnerBusy)
    return MonthPlan(Client.objects.get(pk=partner), period, FAILED, reason, busy=busy)
