"""Cancel an issued document."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from invoicing.lifecycle.giving_back import PERMISSIONS
from invoicing.lifecycle.void import plan_void, void_invoice
from invoicing.management import acting, edges
from invoicing.management.correcting import add_options, as_dict, document_named, tell
from invoicing.sources import Then


class Command(edges.EdgeCommand):
    help = "Cancel a document that nobody has paid, by a second one. Its work is billed again, held, or waived."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(
        self,
        *,
        invoice: str,
        then: Then,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where the document cannot be cancelled, or where the id names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        person = acting.actor(by, "invoicing.void_invoice", *PERMISSIONS[then])
        document = document_named(invoice)
        with acting.refusals():
            if dry_run:
                plan = plan_void(document)
            else:
                plan = void_invoice(document.pk, then=then, reason=why, by=person.name, at=moment)
        tell(self.stdout, as_dict(plan, then=then, at=moment, dry_run=dry_run), as_json=options["format"] == "json")
        self.tell_dry_run(dry_run)
