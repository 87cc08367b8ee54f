"""Give up hope that a document is paid."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from invoicing.lifecycle.payments import ensure_uncollectible, mark_uncollectible
from invoicing.management import acting, edges
from invoicing.management.correcting import document_named


class Command(edges.EdgeCommand):
    help = "Mark an open document as uncollectible. A payment that comes all the same is recorded as usual."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invoice", metavar="ID", help="the document's id or number")
        acting.add_reason(parser)
        edges.add_run_options(parser, formats=False)

    def handle(self, *, invoice: str, reason: str, dry_run: bool, at: str | None, by: str | None, **_: Any) -> None:
        """Exit 0; 1 where the document is not open, or where the id names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        person = acting.actor(by, "invoicing.void_invoice")
        document = document_named(invoice)
        with acting.refusals():
            if dry_run:
                ensure_uncollectible(document)
            else:
                mark_uncollectible(document.pk, reason=why, by=person.name, at=moment)
        self.stdout.write(f"{document} of {document.client}: uncollectible")
        self.tell_dry_run(dry_run)
