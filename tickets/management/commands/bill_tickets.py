"""Bill what finished tickets still owe."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Generator, Iterable
from contextlib import closing
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

import config
from contracts.models import Client
from invoicing.locks import AlreadyRunning
from invoicing.management import acting, edges
from invoicing.switches import AutomationOff, BillingDisabled, ensure_enabled
from rating.period import BillingPeriod
from tickets import automation
from tickets.balances import Balances
from tickets.billing import bill_tickets, plan_tickets
from tickets.management.reports import JsonReport, Report, TextReport
from tickets.models import Ticket
from tickets.run import FAILED, BillingRun, Summary

BY_HAND = "billed by hand from the command line"


class Command(edges.EdgeCommand):
    help = (
        "Bill what finished tickets still owe. Without --ticket and --client: the catch-up, which follows enrolment, "
        "flags and the kill switch. With one of them: billing by hand, which does not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ticket", metavar="ID", help="bill this ticket by hand")
        parser.add_argument("--client", metavar="ID", help="bill this client's finished tickets by hand")
        parser.add_argument("--since", metavar="DATE", help="only tickets finished on that day or later")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many tickets, the oldest first")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        ticket: str | None,
        client: str | None,
        since: str | None,
        limit: int | None,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 when a ticket failed, when billing or automation is off, or when an option names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason, needed=False)
        by_hand = ticket is not None or client is not None
        person = acting.actor(by, "tickets.bill_ticket").name if by_hand else edges.person(by)
        if why and not by_hand:
            raise CommandError("--reason goes with --ticket or --client: the catch-up needs none")
        if limit is not None and limit < 1:
            raise CommandError("--limit must be 1 or more")
        owner = None if client is None else edges.client_named(client)
        first = None if since is None else _midnight(since, owner)
        if by_hand:
            pages = _pages_by_hand(ticket, owner, first, limit)
            runs = _by_hand(pages, at=moment, by=person, reason=why or BY_HAND, dry_run=dry_run)
        elif dry_run:
            runs = automation.preview(at=moment, since=first, limit=limit)
        else:
            runs = automation.catch_up(at=moment, since=first, limit=limit, by=person)
        as_json = options["format"] == "json"
        report: Report = JsonReport(self.stdout, at=moment, dry_run=dry_run) if as_json else TextReport(self.stdout)
        failed = self._print(runs, report)
        self.tell_dry_run(dry_run)
        if failed:
            raise CommandError(f"{failed} ticket{'' if failed == 1 else 's'} failed; the others are done")

    def _print(self, runs: Generator[BillingRun], report: Report) -> int:
        """Report the pages as they come; the list is closed however the run ends. Returns how many tickets failed."""
        summary = Summary()
        progress = edges.Progress("tickets", out=self.stdout, err=self.stderr)
        try:
            with closing(runs):
                for run in runs:
                    report.add(run)
                    summary.add(run)
                    progress.add(len(run.results))
        except AlreadyRunning as found:
            self.stderr.write(f"{found}; nothing is left to do here")
        except (AutomationOff, BillingDisabled) as refusal:
            raise CommandError(str(refusal)) from refusal
        finally:
            progress.end()
            report.end(summary)
        return summary.counts[FAILED]


def _pages_by_hand(
    ticket: str | None, client: Client | None, since: datetime | None, limit: int | None
) -> Iterable[list[int]]:
    tickets = Ticket.objects.billable_by_hand() if ticket is None else Ticket.objects.filter(external_id=ticket)
    tickets = tickets if client is None else tickets.filter(client=client)
    if ticket is not None and not tickets.exists():
        raise CommandError(f"there is no ticket {ticket!r}{f' of client {client.external_id!r}' if client else ''}")
    tickets = tickets if since is None else tickets.filter(finished_at__gte=since)
    # One ticket may be unfinished: it is considered all the same, and its plan says why nothing is billed.
    if ticket is not None:
        return [list(tickets.values_list("pk", flat=True))]
    return tickets.pages_of_ids(automation.PAGE, limit)


def _by_hand(pages: Iterable[list[int]], *, at: datetime, by: str, reason: str, dry_run: bool) -> Generator[BillingRun]:
    """Raises BillingDisabled before the first page."""
    ensure_enabled()
    balances = Balances()
    for ids in pages:
        if dry_run:
            yield plan_tickets(ids, at=at, by_hand=True, balances=balances)
        else:
            yield bill_tickets(ids, at=at, by=by, by_hand=True, reason=reason)


def _midnight(since: str, client: Client | None) -> datetime:
    """The beginning of that day in the client's time zone, else the issuer's."""
    day = edges.day(since, "--since")
    return BillingPeriod.from_dates(day, day, client.zone if client else config.billing().timezone).start
