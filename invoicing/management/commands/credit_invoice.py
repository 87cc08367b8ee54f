"""Credit an issued document, whole or by line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from invoicing.lifecycle.credit import credit_invoice, plan_credit
from invoicing.lifecycle.giving_back import PERMISSIONS
from invoicing.management import acting, edges
from invoicing.management.correcting import add_options, as_dict, document_named, tell
from invoicing.sources import Then


class Command(edges.EdgeCommand):
    help = "Credit a document, or some of its lines. What they billed is billed again, held or waived; or stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)
        parser.add_argument(
            "--line", type=int, action="append", default=[], metavar="N", help="a line's position; may be repeated"
        )
        parser.add_argument("--goodwill", action="store_true", help="a gift: the work stays billed")

    def handle(
        self,
        *,
        invoice: str,
        line: list[int],
        then: Then,
        goodwill: bool,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where the document cannot be credited, or where the id or a line names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        person = acting.actor(by, "invoicing.credit_invoice", *PERMISSIONS[then])
        document = document_named(invoice)
        with acting.refusals(LookupError):
            if dry_run:
                plan = plan_credit(document, line, goodwill=goodwill)
            else:
                plan = credit_invoice(
                    document.pk, line, then=then, goodwill=goodwill, reason=why, by=person.name, at=moment
                )
        told = as_dict(plan, then=None if goodwill else then, at=moment, dry_run=dry_run)
        tell(self.stdout, told, as_json=options["format"] == "json")
        self.tell_dry_run(dry_run)
