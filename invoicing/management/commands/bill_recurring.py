"""Bill recurring charges of contracts and single charges of clients."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Generator
from contextlib import closing
from typing import Any

from django.core.management.base import CommandError

from invoicing.charges.plan import COUNTED, FAILED, ChargePlan, ChargeSummary
from invoicing.locks import AlreadyRunning
from invoicing.management import edges
from invoicing.management.charge_report import JsonReport, Report, TextReport
from invoicing.recurring import MonthNotBegun, bill_recurring, plan_recurring
from invoicing.switches import AutomationOff, BillingDisabled


class Command(edges.EdgeCommand):
    help = (
        "Bill recurring charges of contracts and single charges that are due. Without --client: all clients that are "
        "enrolled, as every night. With it: billing by hand, whatever the client's enrolment."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--client", metavar="ID", help="bill this client's charges by hand")
        parser.add_argument(
            "--month", metavar="YYYY-MM", help="only what becomes due in this month; one yet to come with --dry-run"
        )
        edges.add_run_options(parser)

    def handle(
        self, *, client: str | None, month: str | None, dry_run: bool, at: str | None, by: str | None, **options: Any
    ) -> None:
        """Exit 0; 1 when a charge failed, when billing or automation is off, or when an option names nothing."""
        moment, actor = edges.moment(at), edges.person(by)
        owner = edges.client_named(client) if client else None
        period = edges.month(month) if month else None
        if dry_run:
            pages = plan_recurring(at=moment, client=owner, month=period)
        else:
            pages = bill_recurring(at=moment, by=actor, client=owner, month=period)
        as_json = options["format"] == "json"
        report: Report = JsonReport(self.stdout, at=moment, dry_run=dry_run) if as_json else TextReport(self.stdout)
        failed = self._print(pages, report)
        self.tell_dry_run(dry_run)
        if failed:
            raise CommandError(f"{failed} charge{'' if failed == 1 else 's'} failed; the others are done")

    def _print(self, pages: Generator[list[ChargePlan]], report: Report) -> int:
        """Report the pages as they come; the list is closed however the run ends. Returns how many charges failed."""
        summary = ChargeSummary()
        progress = edges.Progress("charges", out=self.stdout, err=self.stderr)
        try:
            with closing(pages):
                for page in pages:
                    report.add(page)
                    summary.add(page)
                    progress.add(len(page))
        except AlreadyRunning as found:
            self.stderr.write(f"{found}; nothing is left to do here")
        except (AutomationOff, BillingDisabled, MonthNotBegun) as refusal:
            raise CommandError(str(refusal)) from refusal
        finally:
            progress.end()
            report.end(summary)
        return summary.counts[COUNTED[FAILED]]
