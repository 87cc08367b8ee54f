"""Approve a ticket above the threshold, and bill it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from invoicing.management import acting, edges
from invoicing.switches import ensure_enabled
from tickets.approval import Approver, OwnWork, approve_ticket, plan_approval
from tickets.management.named import ticket_named
from tickets.management.reports import JsonReport, Report, TextReport
from tickets.run import FAILED, BillingRun, TicketResult


class Command(edges.EdgeCommand):
    help = "Approve a ticket that is held because of its many hours, and bill it. Never by who logged time on it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ticket", metavar="ID")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser)

    def handle(
        self, *, ticket: str, reason: str, dry_run: bool, at: str | None, by: str | None, **options: Any
    ) -> None:
        """Exit 0; 1 where it is refused, where billing it failed, or where the id names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason, needed=False)
        approver, found = Approver(*acting.actor(by, "tickets.approve_ticket")), ticket_named(ticket)
        with acting.refusals(OwnWork):
            ensure_enabled()
            if dry_run:
                client = found.client.external_id if found.client else ""
                result = TicketResult.of(plan_approval(found.pk, approver, at=moment), client)
            else:
                result = approve_ticket(found.pk, approver=approver, reason=why, at=moment)
        as_json = options["format"] == "json"
        report: Report = JsonReport(self.stdout, at=moment, dry_run=dry_run) if as_json else TextReport(self.stdout)
        run = BillingRun([result])
        report.add(run)
        report.end(run.summary())
        self.tell_dry_run(dry_run)
        if result.outcome == FAILED:
            raise CommandError(f"ticket {ticket!r} failed: {result.error}")
