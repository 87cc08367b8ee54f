"""Decide about a month in which an unlimited contract was used far more than usual."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from contracts.models import FairUseReview
from invoicing.management import acting, edges
from rating.period import BillingPeriod
from tickets.fair_use import decide_fair_use, undecided, waiting_for_review


class Command(edges.EdgeCommand):
    help = (
        "Decide about a month in which an unlimited contract was used more than three times as much as usual: bill the "
        "excess, or leave it covered. The tickets that wait for it are billed by the next run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("contract", metavar="CONTRACT", help="id of the contract")
        parser.add_argument("--month", metavar="YYYY-MM", required=True, help="the month that was flagged")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--bill", action="store_true", help="bill what is more than three times the usual")
        what.add_argument("--cover", action="store_true", help="leave it covered, up to the hard limit")
        acting.add_reason(parser)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        contract: str,
        month: str,
        bill: bool,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where somebody has decided before, or where nothing was flagged."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        person, found = acting.actor(by, "contracts.change_fairusereview"), _review(contract, month)
        decision = "bill" if bill else "cover"
        with acting.refusals(ValueError):
            undecided(found.pk)
            waiting = waiting_for_review(found.contract).count()
            if not dry_run:
                found = decide_fair_use(found.pk, decision, reason=why, by=person.name, at=moment)
        told = {
            "at": moment.isoformat(), "dry_run": dry_run, "contract": contract, "month": month, "decision": decision,
            "finding": found.finding, "tickets": waiting,
        }  # fmt: skip
        if options["format"] == "json":
            self.stdout.write(json.dumps(told))
        else:
            tickets = f"{waiting} ticket{'' if waiting == 1 else 's'} waited for it"
            self.stdout.write(f"{contract}  {month}  {found.finding}: {decision}; {tickets}")
        self.tell_dry_run(dry_run)


def _review(contract: str, month: str) -> FairUseReview:
    try:
        first_day = BillingPeriod.from_label(month, "UTC").first_day
    except ValueError as problem:
        raise CommandError(f"--month: {problem}") from problem
    reviews = FairUseReview.objects.select_related("contract").filter(contract__external_id=contract, month=first_day)
    found = reviews.first()
    if found is None:
        raise CommandError(f"nothing was flagged for contract {contract!r} in {month}")
    return found
