"""One invoice per partner for a month."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

import config
from gateway_billing.automation import plan_months, run_months
from gateway_billing.management.month_report import JsonReport, Report, TextReport
from gateway_billing.month_plan import FAILED, MonthPlan
from gateway_billing.months import DRAFT, ISSUE, SEND, month_of
from gateway_billing.partners import is_partner, partners_of_month
from invoicing.management import edges
from invoicing.switches import BillingDisabled
from rating.period import BillingPeriod


class Command(edges.EdgeCommand):
    help = (
        "Make the aggregate invoices of partners for a month: a draft each, with --issue issued, with --send sent. "
        "A second run finds them and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", metavar="YYYY-MM", help="the month (default: the previous one)")
        parser.add_argument("--partner", metavar="ID", help="only this partner")
        parser.add_argument("--issue", action="store_true", help="give the invoices their numbers")
        parser.add_argument("--send", action="store_true", help="send them, too; implies --issue")
        edges.add_run_options(parser)

    def handle(
        self, *, month: str | None, partner: str | None, dry_run: bool, at: str | None, by: str | None, **options: Any
    ) -> None:
        """Exit 0; 1 when a partner failed, when billing is off, or when an option names nothing."""
        moment, actor = edges.moment(at), edges.person(by)
        period = _period(month, moment)
        partners = [_partner(partner)] if partner else list(partners_of_month(*period.to_date_range()))
        _ensure_possible(period, moment, partner, dry_run=dry_run)
        label = period.label()
        if dry_run:
            plans = plan_months(partners, label, at=moment)
        else:
            action = SEND if options["send"] else ISSUE if options["issue"] else DRAFT
            plans = run_months(partners, label, at=moment, by=actor, action=action)
        as_json = options["format"] == "json"
        report: Report = JsonReport(self.stdout, month=label, dry_run=dry_run) if as_json else TextReport(self.stdout)
        bad = self._print(plans, report)
        self.tell_dry_run(dry_run)
        if bad:
            raise CommandError(f"{bad} partner{'' if bad == 1 else 's'} failed; the others are done")

    def _print(self, plans: Iterator[MonthPlan], report: Report) -> int:
        """Report the partners as they come. Returns how many failed, or were left half done."""
        bad = 0
        progress = edges.Progress("partners", out=self.stdout, err=self.stderr)
        try:
            for plan in plans:
                report.add(plan)
                bad += plan.outcome == FAILED or plan.unfinished
                progress.add(1)
        except BillingDisabled as refusal:
            raise CommandError(str(refusal)) from refusal
        finally:
            progress.end()
            report.end()
        return bad


def _period(month: str | None, at: datetime) -> BillingPeriod:
    """The month in the issuer's zone; each partner's own begins and ends in the partner's."""
    return BillingPeriod.previous_month(at, config.billing().zone) if month is None else edges.month(month)


def _partner(external_id: str) -> int:
    client = edges.client_named(external_id)
    if not is_partner(client):
        raise CommandError(f"client {external_id!r} is no partner: it manages no company")
    return client.pk


def _ensure_possible(period: BillingPeriod, at: datetime, partner: str | None, *, dry_run: bool) -> None:
    """A month that is yet to come is refused, one that still goes on can only be planned."""
    if partner is not None:
        period = month_of(edges.client_named(partner), period.label())
    if at < period.start:
        raise CommandError(f"--month: {period.label()} has not begun")
    if at < period.end and not dry_run:
        raise CommandError(f"--month: {period.label()} is not over; until then it can only be planned, with --dry-run")
