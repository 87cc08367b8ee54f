"""Overrule how one ticket is billed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from invoicing.display import money
from invoicing.management import acting, edges
from invoicing.switches import ensure_enabled
from tickets.management.named import ticket_named
from tickets.management.overriding import asked
from tickets.models import Ticket
from tickets.overruling import perform, state_of
from tickets.plan import TicketPlan
from tickets.run import FAILED, TicketResult, result_as_dict


class Command(edges.EdgeCommand):
    help = (
        "Overrule how one ticket is billed: force it (bill it although it is not billable or covered), waive, hold or "
        "release it, choose its strategy or its rate. Whatever is said, nothing is billed twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ticket", metavar="ID")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--force", action="store_true", help="bill it now, by hand")
        what.add_argument("--waive", action="store_true", help="give up billing it")
        what.add_argument("--hold", action="store_true", help="keep it from being billed until it is released")
        what.add_argument("--release", action="store_true", help="put it back among what waits to be billed")
        what.add_argument("--strategy", metavar="S", help="bill it by this strategy; '' for the contract's")
        what.add_argument("--rate", metavar="R", help="price its hours at this rate, as 95.00; '' for the agreed one")
        acting.add_reason(parser)
        edges.add_run_options(parser)

    def handle(
        self, *, ticket: str, reason: str, dry_run: bool, at: str | None, by: str | None, **options: Any
    ) -> None:
        """Exit 0; 1 where it is refused, where billing it failed, or where an option names nothing."""
        moment, override, why = edges.moment(at), asked(options), acting.reason_of(reason)
        person, found = acting.actor(by, override.permission), ticket_named(ticket)
        before = state_of(found)
        with acting.refusals(ValueError):
            ensure_enabled()
            if dry_run:
                after, plan = override.foresee(found, at=moment)
                result = _result(found, plan)
            else:
                result = _result(found, perform(override, found, reason=why, by=person.name, at=moment))
                after = state_of(Ticket.objects.get(pk=found.pk))
        head = {"at": moment.isoformat(), "dry_run": dry_run, "ticket": found.external_id}
        told = {**head, "client": found.client and found.client.external_id, "override": override.name}
        self._tell(found, {**told, "before": before, "after": after}, result, as_json=options["format"] == "json")
        self.tell_dry_run(dry_run)
        if result and result.outcome == FAILED:
            raise CommandError(f"ticket {ticket!r} failed: {result.error}")

    def _tell(self, ticket: Ticket, told: dict[str, Any], result: TicketResult | None, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**told, "billing": result and result_as_dict(result)}))
            return
        changes = [
            f"{name} {_said(value)} -> {_said(told['after'][name])}"
            for name, value in told["before"].items()
            if value != told["after"][name]
        ]
        self.stdout.write(f"{ticket.number:10}  {told['override']:8}  {', '.join(changes) or 'nothing changes'}")
        if result:
            self.stdout.write(f"{ticket.number:10}  billing   {_billing(result)}")


def _result(ticket: Ticket, came_to: TicketPlan | TicketResult | None) -> TicketResult | None:
    if isinstance(came_to, TicketPlan):
        return TicketResult.of(came_to, ticket.client.external_id if ticket.client else "")
    return came_to


def _said(value: object) -> str:
    return "-" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)


def _billing(result: TicketResult) -> str:
    """What forcing came to, or what billing would come to now."""
    if result.charges:
        draft = f"  draft {result.invoice}" if result.invoice else ""
        return f"{result.outcome}  {money(result.subtotal_cents, result.currency)}{draft}"
    return f"{result.outcome}  {result.error or result.reason}" + (f" ({result.detail})" if result.detail else "")
