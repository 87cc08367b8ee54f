"""Months that people plan or run on pages: a job, through the same functions as the command and automation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from django.utils import timezone
from django.utils.translation import gettext_noop

import config
from gateway_billing.automation import plan_months, run_months
from gateway_billing.month_plan import MonthPlan
from gateway_billing.month_results import Kept
from gateway_billing.months import DRAFT, ISSUE, SEND
from gateway_billing.partners import partners_of_month
from invoicing.jobs import JobKind, Progress, start_job
from invoicing.models import Job
from rating.period import BillingPeriod

PLAN: Final = "gateway_plan_month"
RUN: Final = "gateway_run_month"
RUN_MONTH: Final = "gateway_billing.run_month"
# What a person needs who has a month planned or run, by how far it goes.
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "": (RUN_MONTH,),
    DRAFT: (RUN_MONTH,),
    ISSUE: (RUN_MONTH, "invoicing.issue_invoice"),
    SEND: (RUN_MONTH, "invoicing.issue_invoice", "invoicing.send_invoice"),
}
UNENDED = (Job.Status.QUEUED, Job.Status.RUNNING)
TEMPLATE = "gateway_billing/admin/month_result.html"


def start(month: str, partners: Sequence[int] | None, action: str, *, nonce: str, by: str, at: datetime) -> Job:
    """Have a month ("2026-01") of these partners, or of all, planned (`action` is "") or run as far as `action` says.

    Answers the job; the same one where the form was sent twice (`nonce`), or where the same is being done already.
    """
    kind = RUN if action else PLAN
    asked = {"month": month, "partners": None if partners is None else sorted(set(partners)), "action": action}
    under_way = Job.objects.filter(status__in=UNENDED, kind=kind, parameters=asked).order_by("pk").first()
    return under_way or start_job(kind, asked, key=f"{key_of(kind, month)}{nonce}", by=by, at=at)


def key_of(kind: str, month: str) -> str:
    """What the keys of jobs of this kind for this month begin with."""
    return f"{kind}:{month}:"


def _plan(asked: Mapping[str, object], by: str, progress: Progress) -> Mapping[str, object]:  # noqa: ARG001
    month, partners = _asked(asked)
    progress.of(len(partners))
    return _kept(plan_months(partners, month, at=timezone.now()), Kept(month, dry_run=True), progress)


def _run(asked: Mapping[str, object], by: str, progress: Progress) -> Mapping[str, object]:
    month, partners = _asked(asked)
    progress.of(len(partners))
    runs = run_months(partners, month, at=timezone.now(), by=by, action=str(asked["action"]))
    return _kept(runs, Kept(month, dry_run=False), progress)


def _asked(asked: Mapping[str, object]) -> tuple[str, Sequence[int]]:
    """The month and the partners; all that have something to bill where none are named."""
    month, partners = str(asked["month"]), asked["partners"]
    if partners is not None:
        return month, cast(Sequence[int], partners)
    return month, partners_of_month(*BillingPeriod.from_label(month, config.billing().zone).to_date_range())


def _kept(plans: Iterable[MonthPlan], kept: Kept, progress: Progress) -> Mapping[str, object]:
    for plan in plans:
        kept.add(plan)
        progress.step()
    return kept.as_dict()


def _needs(asked: Mapping[str, object]) -> Sequence[str]:
    return NEEDS[str(asked["action"])]


KINDS = (
    JobKind(PLAN, gettext_noop("Dry run of a month"), _plan, TEMPLATE, _needs),
    JobKind(RUN, gettext_noop("Run of a month"), _run, TEMPLATE, _needs),
)
