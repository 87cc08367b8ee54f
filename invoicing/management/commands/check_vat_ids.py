"""Ask the EU's register about clients' VAT ids."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import CommandError

import config
from invoicing.management import edges
from invoicing.management.listing import JsonListing
from invoicing.models import VatCheck
from invoicing.vat_checks import ask_about, rests_on_vat_id, to_ask


class Command(edges.EdgeCommand):
    help = (
        "Ask the EU's register (VIES) about VAT ids on which untaxed documents rest: those without an answer that "
        "still counts, or one client's in any case."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--client", metavar="ID", help="ask about this client's VAT id, also if it was asked before"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print which VAT ids would be asked about, ask nothing"
        )
        parser.add_argument(
            "--at", metavar="DATETIME", help="the moment of the run, ISO 8601 with offset (default: now)"
        )
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *, client: str | None, dry_run: bool, at: str | None, **options: Any) -> None:
        """Exit 0; 1 where the register did not answer, asking is switched off, or an option names nothing."""
        moment = edges.moment(at)
        wanted = to_ask(at=moment) if client is None else [_vat_id(client)]
        if not dry_run and not config.billing().vies_url:
            raise CommandError("VIES_URL is none: nobody is asked")
        checks = (VatCheck(vat_id=one) for one in wanted) if dry_run else ask_about(wanted, at=moment)
        listing = JsonListing(self.stdout, {"at": moment.isoformat(), "dry_run": dry_run}, "checks")
        counts = Counter[str]()
        for check in checks:
            counts[check.outcome] += 1
            if options["format"] == "json":
                listing.add([_row(check)])
            else:
                self.stdout.write(_line(check))
        if options["format"] == "json":
            listing.end({"summary": {outcome: counts[outcome] for outcome in VatCheck.Outcome.values}})
        if dry_run:
            self.stderr.write("dry run: nobody was asked")
        if unanswered := counts[VatCheck.Outcome.UNAVAILABLE]:
            raise CommandError(
                f"{unanswered} of {counts.total()} VAT ids are not verified: the register did not answer"
            )


def _vat_id(name: str) -> str:
    client = edges.client_named(name)
    if not rests_on_vat_id(client):
        raise CommandError(f"no document to client {name!r} goes without tax because of a VAT id: nothing is asked")
    return client.vat_id


def _row(check: VatCheck) -> dict[str, object]:
    return {
        "vat_id": check.vat_id,
        "outcome": check.outcome or None,
        "consultation_number": check.consultation_number,
        "name": check.name,
        "address": check.address,
        "problem": check.problem,
    }


def _line(check: VatCheck) -> str:
    said = (check.outcome, check.consultation_number, check.name, check.problem)
    return "  ".join([f"{check.vat_id:16}", *(word for word in said if word)]).rstrip()
