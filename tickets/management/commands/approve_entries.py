"""Approve time entries, or reject them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Exists, OuterRef

from invoicing.management import acting, edges
from invoicing.management.listing import JsonListing
from invoicing.models import Claim
from rating.hours import shown
from rating.sources import TIME_ENTRY
from tickets.approval import APPROVED, REJECTED, Approver, OwnWork, approve_entries, check_entries, reject_entries
from tickets.management.named import entries_named, ticket_named
from tickets.models import TimeEntry

Row = dict[str, Any]


class Command(edges.EdgeCommand):
    help = (
        "Approve time entries, or reject them: those named, or all submitted ones of a ticket or a client. Nobody "
        "decides about time that they logged or entered. All of them are decided, or none."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entries", metavar="ENTRY", nargs="*", help="ids of time entries")
        parser.add_argument("--ticket", metavar="ID", help="what is submitted on this ticket")
        parser.add_argument("--client", metavar="ID", help="what is submitted on this client's tickets")
        parser.add_argument("--reject", action="store_true", help="reject them; needs a reason")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        entries: list[str],
        ticket: str | None,
        client: str | None,
        reject: bool,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where it is refused, where entries wait for somebody else, or where an option names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason, needed=reject)
        person = acting.actor(by, "tickets.approve_timeentry")
        approver, state = Approver(*person), REJECTED if reject else APPROVED
        chosen, own = _chosen(entries, ticket, client, approver)
        with acting.refusals(OwnWork):
            before = check_entries(chosen, state, approver)
            if not dry_run and before:
                decide = reject_entries if reject else approve_entries
                decide(chosen, reason=why, approver=approver, at=moment)
        rows = [_row(entry, state) for entry in before]
        if options["format"] == "json":
            listing = JsonListing(self.stdout, {"at": moment.isoformat(), "dry_run": dry_run}, "entries")
            listing.add(rows)
            listing.end({"summary": {state.value: len(rows), "left": own}})
        else:
            self._as_text(rows, state)
        self.tell_dry_run(dry_run)
        if own:
            raise CommandError(f"{own} were left: {person.name} logged or entered them; somebody else must decide")

    def _as_text(self, rows: list[Row], state: str) -> None:
        for row in rows:
            quantity, unit, _ = shown(row["seconds_worked"] or 0)
            hours = f"{quantity} {unit}"
            self.stdout.write(
                f"{row['entry']:16}  {row['number']:10}  {row['technician']:12}  {row['work_date']}  "
                f"{hours:>10}  {row['before']} -> {row['after']}"
            )
        self.stdout.write(f"{len(rows)} time entr{'y' if len(rows) == 1 else 'ies'} {state}")


def _chosen(entries: list[str], ticket: str | None, client: str | None, approver: Approver) -> tuple[list[int], int]:
    """The keys of the entries; of those that a ticket or client stands for, how many the person logged."""
    if sum((bool(entries), ticket is not None, client is not None)) != 1:
        raise CommandError("name time entries, or a --ticket, or a --client")
    if entries:
        return entries_named(entries), 0
    claims = Claim.objects.filter(kind=TIME_ENTRY, source_id=OuterRef("pk"), released_at__isnull=True)
    found = TimeEntry.objects.filter(~Exists(claims), status="submitted", seconds_worked__isnull=False)
    if ticket is not None:
        found = found.filter(ticket=ticket_named(ticket))
    if client is not None:
        found = found.filter(ticket__client=edges.client_named(client))
    own = found.filter(approver.own)
    others = found.exclude(pk__in=own.values("pk")).order_by("pk")
    return list(others.values_list("pk", flat=True)), own.count()


def _row(entry: TimeEntry, state: str) -> Row:
    return {
        "entry": entry.external_id,
        "ticket": entry.ticket.external_id,
        "number": entry.ticket.number,
        "technician": entry.technician,
        "work_date": entry.worked_on.isoformat(),
        "seconds_worked": entry.seconds_worked,
        "before": entry.status,
        "after": state,
    }
