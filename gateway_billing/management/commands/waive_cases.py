"""Give service cases away."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from gateway_billing.management.named import keys_of
from gateway_billing.models import ServiceCase
from gateway_billing.waiving import ensure_waivable, waive_cases
from invoicing.management import acting, edges


class Command(edges.EdgeCommand):
    help = "Waive service cases that are not billed yet: they are never billed then. All of them, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cases", metavar="CASE", nargs="+", help="ids of service cases")
        acting.add_reason(parser)
        edges.add_run_options(parser, formats=False)

    def handle(self, *, cases: list[str], reason: str, dry_run: bool, at: str | None, by: str | None, **_: Any) -> None:
        """Exit 0; 1 where one is billed or waived, where an id names nothing, or without a reason."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        person = acting.actor(by, "gateway_billing.waive_servicecase")
        keys = keys_of(ServiceCase, cases)
        with acting.refusals():
            ensure_waivable(keys)
            if not dry_run:
                waive_cases(keys, reason=why, by=person.name, at=moment)
        self.stdout.write(f"{len(set(keys))} service case{'s'[: len(set(keys)) != 1]} waived")
        self.tell_dry_run(dry_run)
