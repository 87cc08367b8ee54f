"""Lay ours and Stripe's side by side: repair what is safe, list what is not."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError

from invoicing.locks import AlreadyRunning
from invoicing.management import acting, edges
from invoicing.stripe.problems import StripeProblem
from invoicing.stripe.reconciliation.difference import Difference, Outcome
from invoicing.stripe.reconciliation.running import reconcile


class Command(edges.EdgeCommand):
    help = (
        "Receive events that were missed, compare documents with their invoices at Stripe, repair what is safe and "
        "list the rest; --dry-run changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        edges.add_run_options(parser)

    def handle(self, *, dry_run: bool, at: str | None, by: str | None, **options: Any) -> None:
        """Exit 0; 1 where differences remain, or Stripe could not be asked."""
        moment, person = edges.moment(at), acting.actor(by, "invoicing.replay_stripeevent")
        as_json = options["format"] == "json"
        with acting.refusals(StripeProblem, AlreadyRunning):
            told = list(self._shown(reconcile(by=person.name, at=moment, dry_run=dry_run), as_text=not as_json))
        counts = Counter(one.outcome.value for one in told)
        if as_json:
            whole = {"at": moment.isoformat(), "dry_run": dry_run, "differences": [_as_json(one) for one in told]}
            self.stdout.write(json.dumps(whole | {"summary": dict(counts)}))
        elif not told:
            self.stdout.write("no difference")
        self.tell_dry_run(dry_run)
        left = sum(one.remains or one.outcome is Outcome.FOUND for one in told)
        if left:
            remain = "1 difference remains" if left == 1 else f"{left} differences remain"
            raise CommandError(f"{remain}; see the page Anomalies")

    def _shown(self, differences: Iterator[Difference], *, as_text: bool) -> Iterator[Difference]:
        for one in differences:
            if as_text:
                said = "would be repaired" if one.outcome is Outcome.FOUND else one.outcome.value
                self.stdout.write(f"{said:<17}  {one.finding.text}")
            yield one


def _as_json(one: Difference) -> dict[str, str]:
    return {
        "kind": one.finding.kind, "document": str(one.document) if one.document else "", "stripe_id": one.stripe_id,
        "text": one.finding.text, "outcome": one.outcome.value,
    }  # fmt: skip
