"""Run a partner's month: plan it, and apply exactly the plan. By hand, by machine, as a preview: one way."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.db import connection, transaction

from contracts.models import Client
from gateway_billing.applying import apply_month
from gateway_billing.locks import lock_partners
from gateway_billing.models import FeeSchedule, MonthRun
from gateway_billing.month_charge import UnitsChanged
from gateway_billing.month_plan import CLOSED, EXISTS, INVOICE, IS_DRAFT, NOTHING, MonthPlan
from gateway_billing.partner_month import PartnerMonth, read_month
from gateway_billing.partners import is_partner
from gateway_billing.planning import plan_charges, plan_of
from gateway_billing.sending import send
from gateway_billing.statements import parts_of, sums_of_document
from invoicing.claims import DoubleBilling
from invoicing.lifecycle.issue import HELD, issue_invoices
from invoicing.models import Invoice
from invoicing.switches import ensure_enabled
from rating.period import BillingPeriod

log = structlog.get_logger("billing.gateway")

DRAFT, ISSUE, SEND = "draft", "issue", "send"
AUTOMATION = "system"  # who runs months by itself
MOST_TRIES = 3
FOR_MASSES = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off"


class MonthNotOver(ValueError):  # noqa: N818 - says what is refused, as a sentence
    """The month is going on in the partner's zone, or is yet to come."""


class NoPartner(LookupError):  # noqa: N818 - says what was found, as a sentence
    """The client manages nobody."""


def month_of(partner: Client, label: str) -> BillingPeriod:
    """A month ("2026-01") in the partner's zone. Raises ValueError for what is no month."""
    return BillingPeriod.from_label(label, partner.zone)


def plan_month(partner_id: int, period: BillingPeriod, *, at: datetime) -> MonthPlan:
    """What running the month would do; also while it is still going on. Writes nothing.

    Raises MonthNotOver for a month that has not begun, NoPartner, BillingDisabled.
    """
    ensure_enabled()
    partner = _partner(partner_id)
    if at < period.start:
        raise MonthNotOver(f"{period.label()} has not begun for partner {partner.external_id}")
    if (found := _existing(partner, period, at=at)) is not None:
        return found
    month = read_month(partner, period)
    return plan_of(month, plan_charges(month), at=at)


def run_month(
    partner_id: int, period: BillingPeriod, *, at: datetime, by: str = AUTOMATION, action: str = DRAFT
) -> MonthPlan:
    """Run the month once: draft, issue or send its invoice. A second run finds it and changes nothing.

    Raises MonthNotOver, NoPartner, BillingDisabled, PartnerBusy, and whatever keeps the month from being billed.
    """
    ensure_enabled()
    partner = _partner(partner_id)
    if at < period.end:
        raise MonthNotOver(f"{period.label()} is not over for partner {partner.external_id}: it can only be planned")
    started = time.monotonic()
    plan = _run_once(partner, period, _Asked(at, by, action))
    seconds = round(time.monotonic() - started, 3)
    told = {"partner": partner.external_id, "month": period.label(), "outcome": plan.outcome, "reason": plan.reason}
    log.info("month run", **told, total_cents=plan.sums.total_cents, seconds=seconds)
    return plan


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    by: str
    action: str


def _run_once(partner: Client, period: BillingPeriod, asked: _Asked) -> MonthPlan:
    """One transaction; where units were claimed meanwhile, the month is planned anew."""
    for _ in range(MOST_TRIES - 1):
        try:
            return _run(partner, period, asked)
        except (DoubleBilling, UnitsChanged) as problem:
            log.warning("month planned anew", partner=partner.external_id, problem=str(problem))
    return _run(partner, period, asked)


@transaction.atomic
def _run(partner: Client, period: BillingPeriod, asked: _Asked) -> MonthPlan:
    lock_partners([partner.pk])
    if (found := _existing(partner, period, at=asked.at)) is not None:
        return found
    _plan_for_masses()
    month = read_month(partner, period)
    _lock_shared(month)
    planned = plan_charges(month)
    plan = apply_month(month, planned, plan_of(month, planned, at=asked.at), at=asked.at, by=asked.by)
    return _issued(plan, asked) if plan.outcome == INVOICE and asked.action in (ISSUE, SEND) else plan


def _plan_for_masses() -> None:
    """Let each unit and line be looked up by its key, until the transaction ends.

    Thousands of units are claimed in one statement, and each claim's line is checked by a plan that the session keeps.
    Made while these tables are nearly empty, both would read them whole for each unit, and go on as they fill.
    """
    with connection.cursor() as cursor:
        cursor.execute(FOR_MASSES)


def _lock_shared(month: PartnerMonth) -> None:
    """Two partners of one company and month share its included minutes: their runs go one after the other."""
    shared = [key for key, company in month.companies.items() if company.shared]
    if shared:
        list(FeeSchedule.objects.select_for_update(no_key=True).filter(company__in=shared).order_by("pk").values("pk"))


def _issued(plan: MonthPlan, asked: _Asked) -> MonthPlan:
    """Issue the draft, and send it, in the same transaction; one that cannot be issued stays a draft and says why."""
    draft = Invoice.objects.get(external_id=plan.invoice)
    (issue,) = issue_invoices([draft.pk], at=asked.at, by=asked.by, within_bounds=asked.by == AUTOMATION)
    if issue.outcome == HELD:
        return replace(plan, reason=f"not issued: {'; '.join(issue.problems)}", unfinished=True)
    plan = replace(plan, number=issue.number, reason="; ".join(issue.warnings))
    problem = send(draft, at=asked.at, by=asked.by) if asked.action == SEND else ""
    return replace(plan, reason=f"not sent: {problem}", unfinished=True) if problem else plan


def _existing(partner: Client, period: BillingPeriod, *, at: datetime) -> MonthPlan | None:
    """The month as it was run before; None where it was not, or is open again."""
    run = MonthRun.objects.filter(partner=partner, period_start=period.first_day, reopened_at__isnull=True)
    found = run.select_related("invoice").first()
    if found is None:
        return None
    if found.invoice is None:
        return MonthPlan(partner, period, NOTHING, CLOSED)
    document = found.invoice
    return MonthPlan(
        partner, period, EXISTS, "" if document.number else IS_DRAFT,
        parts=parts_of(document), sums=sums_of_document(document, at=at),
        invoice=document.external_id, number=document.number or "",
    )  # fmt: skip


def _partner(partner_id: int) -> Client:
    partner = Client.objects.get(pk=partner_id)
    if not is_partner(partner):
        raise NoPartner(f"client {partner.external_id} is no partner: it manages no company")
    return partner
