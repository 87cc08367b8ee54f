"""Let a partner's next invoice bill what was held."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from gateway_billing.holding import held_units, release_held
from invoicing.management import acting, edges


class Command(edges.EdgeCommand):
    help = "Let a partner's next invoice bill the usage that was held when a document gave it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("partner", metavar="PARTNER", help="the partner's id")
        acting.add_reason(parser)
        edges.add_run_options(parser, formats=False)

    def handle(self, *, partner: str, reason: str, dry_run: bool, at: str | None, by: str | None, **_: Any) -> None:
        """Exit 0; 1 when the id names nobody, or without a reason."""
        moment, actor = edges.moment(at), acting.actor(by, "gateway_billing.run_month")
        owner = edges.client_named(partner)
        given = acting.reason_of(reason)
        if dry_run:
            units = held_units(owner.pk)
        else:
            with acting.refusals():
                units = release_held(owner.pk, reason=given, by=actor.name, at=moment)
        for kind, count in units.items():
            self.stdout.write(f"{kind.replace('_', ' ')}  {count}")
        if not units:
            self.stdout.write("nothing is held")
        self.tell_dry_run(dry_run)
