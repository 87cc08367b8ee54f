"""Approve service changes, or cancel them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from gateway_billing.deciding import APPROVED, CANCELLED, decide_changes, ensure_not_own, ensure_pending
from gateway_billing.management.named import keys_of
from gateway_billing.models import ServiceChange
from invoicing.management import acting, edges


class Command(edges.EdgeCommand):
    help = "Approve pending service changes, so that they are billed, or cancel them. All of them, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("changes", metavar="CHANGE", nargs="+", help="ids of service changes")
        parser.add_argument("--cancel", action="store_true", help="cancel them; needs a reason")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser, formats=False)

    def handle(
        self,
        *,
        changes: list[str],
        cancel: bool,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **_: Any,
    ) -> None:
        """Exit 0; 1 where one is decided already, where an id names nothing, or without a reason that is needed."""
        moment, why = edges.moment(at), acting.reason_of(reason, needed=cancel)
        person = acting.actor(by, "gateway_billing.approve_servicechange")
        keys, status = keys_of(ServiceChange, changes), CANCELLED if cancel else APPROVED
        with acting.refusals():
            ensure_pending(keys)
            if status == APPROVED:
                ensure_not_own(keys, by=person.name)
            if not dry_run:
                decide_changes(keys, status, reason=why, by=person.name, at=moment)
        self.stdout.write(f"{len(set(keys))} service change{'s'[: len(set(keys)) != 1]} {status}")
        self.tell_dry_run(dry_run)
