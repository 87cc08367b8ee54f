"""Switch automation on for a client, or off."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.db.models import Q

from contracts.models import Client
from invoicing.management import acting, edges
from tickets.enrolment import Enrolment, enrol_client, enrolment_of, plan_enrolment
from tickets.models import Ticket
from tickets.plan import ENROLMENT_REASONS

DEFAULT = "default"


class Command(edges.EdgeCommand):
    help = (
        "Set what automation does for a client: off, shadow (plan and compare, bill nothing), draft, auto, or default "
        "(as the installation says). Tickets closed before --from are skipped and can be billed by hand."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("client", metavar="ID")
        parser.add_argument("--automation", required=True, choices=(*Client.Automation.values, DEFAULT))
        parser.add_argument(
            "--from", dest="starts", metavar="DATETIME", help="bill what is closed from then on (default: now)"
        )
        acting.add_reason(parser)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        client: str,
        automation: str,
        starts: str | None,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where it is refused, or where an option names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        first = None if starts is None else edges.moment(starts, "--from")
        person, found = acting.actor(by, "contracts.change_client"), edges.client_named(client)
        wanted = "" if automation == DEFAULT else automation
        before, after = enrolment_of(found), plan_enrolment(found, wanted, automation_from=first, at=moment)
        if not dry_run:
            enrolled = enrol_client(found.pk, wanted, automation_from=first, reason=why, by=person.name, at=moment)
            after = enrolment_of(enrolled)
        told = {
            "at": moment.isoformat(), "dry_run": dry_run, "client": client, "before": before.as_dict(),
            "after": after.as_dict(), "tickets": _waiting(found, after.automation_from),
        }  # fmt: skip
        self._tell(told, after, as_json=options["format"] == "json")
        self.tell_dry_run(dry_run)

    def _tell(self, told: dict[str, Any], after: Enrolment, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told))
            return
        since = f", from {told['after']['automation_from']}" if after.automation_from else ""
        before = told["before"]["automation"] or DEFAULT
        self.stdout.write(f"{told['client']}: {before} -> {after.automation or DEFAULT}{since}")
        self.stdout.write(
            "finished tickets that are not billed: {since} since then, {older} older".format(**told["tickets"])
        )


def _waiting(client: Client, starts: datetime | None) -> dict[str, int]:
    """Finished tickets that wait, or that enrolment alone kept from being billed: since the start, and older ones."""
    open_ones = Ticket.objects.filter(
        Q(billing_status="unbilled") | Q(billing_status="skipped", billing_reason__in=ENROLMENT_REASONS),
        client=client,
        status__in=Ticket.FINISHED,
    )
    older = open_ones.filter(finished_at__lt=starts).count() if starts else 0
    return {"since": open_ones.count() - older, "older": older}
