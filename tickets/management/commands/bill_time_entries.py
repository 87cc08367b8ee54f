"""Bill chosen time entries of one client onto one draft."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Exists, OuterRef, Q

from contracts.models import Client
from invoicing.management import acting, edges
from invoicing.models import Claim
from rating.sources import TIME_ENTRY
from tickets.approval import Approver, OwnWork
from tickets.chosen import CannotBeBilled, bill_time_entries, plan_time_entries
from tickets.management.named import entries_named
from tickets.management.reports import JsonReport, Report, TextReport
from tickets.models import Ticket, TimeEntry
from tickets.plan import CHARGE, HELD_BY_PERSON, TicketPlan
from tickets.run import BillingRun, TicketResult


class Command(edges.EdgeCommand):
    help = (
        "Bill chosen time entries of one client onto one draft of their own, whether their tickets are closed or not: "
        "those named, or a client's. The tickets' fees and expenses wait for their closing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entries", metavar="ENTRY", nargs="*", help="ids of time entries")
        parser.add_argument("--client", metavar="ID", help="all unbilled billable time of this client")
        parser.add_argument("--since", metavar="DATE", help="with --client: worked on that day or later")
        parser.add_argument("--until", metavar="DATE", help="with --client: worked on that day or before")
        parser.add_argument("--approve", action="store_true", help="approve what is above the threshold; not one's own")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        entries: list[str],
        client: str | None,
        since: str | None,
        until: str | None,
        approve: bool,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where any of the entries cannot be billed (then none is), or where an option names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason, needed=False)
        person = acting.actor(by, "tickets.bill_ticket", *(["tickets.approve_ticket"] if approve else []))
        approver = Approver(*person) if approve else None
        chosen = _chosen(entries, client, since, until)
        draft = None
        with acting.refusals(CannotBeBilled, OwnWork, ValueError):
            plans = plan_time_entries(chosen, at=moment, approver=approver)
            if not dry_run:
                draft = bill_time_entries(chosen, reason=why, by=person.name, at=moment, approver=approver)
        run = BillingRun(_results(plans, draft.external_id if draft else ""))
        as_json = options["format"] == "json"
        report: Report = JsonReport(self.stdout, at=moment, dry_run=dry_run) if as_json else TextReport(self.stdout)
        report.add(run)
        report.end(run.summary())
        self.tell_dry_run(dry_run)


def _chosen(entries: list[str], client: str | None, since: str | None, until: str | None) -> list[int]:
    if bool(entries) == (client is not None):
        raise CommandError("name time entries, or a --client")
    if client is None:
        if since is not None or until is not None:
            raise CommandError("--since and --until go with --client")
        return entries_named(entries)
    found = _unbilled(edges.client_named(client))
    if since is not None:
        found = found.filter(worked_on__gte=edges.day(since, "--since"))
    if until is not None:
        found = found.filter(worked_on__lte=edges.day(until, "--until"))
    keys = list(found.values_list("pk", flat=True))
    if not keys:
        raise CommandError(f"client {client!r} has no such time that is not billed")
    return keys


def _unbilled(client: Client) -> Any:
    """Time that counts, on tickets that nobody set aside."""
    claims = Claim.objects.filter(kind=TIME_ENTRY, source_id=OuterRef("pk"), released_at__isnull=True)
    aside = Q(billing_status="waived") | Q(billing_reason=HELD_BY_PERSON) | Q(internal=True)
    tickets = Ticket.objects.filter(Q(billable=True) | Q(forced=True), client=client).exclude(aside)
    return TimeEntry.objects.filter(
        Q(billable=True) | Q(ticket__forced=True),
        ~Exists(claims),
        ticket__in=tickets.values("pk"),
        seconds_worked__isnull=False,
        status__in=["submitted", "approved"],
        billed_elsewhere="",
    )


def _results(plans: list[TicketPlan], draft: str) -> list[TicketResult]:
    names = dict(Client.objects.filter(pk__in={plan.ticket.client for plan in plans}).values_list("pk", "external_id"))
    return [
        TicketResult.of(plan, names.get(plan.ticket.client or 0, ""), draft if plan.outcome == CHARGE else "")
        for plan in plans
    ]
