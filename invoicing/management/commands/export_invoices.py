"""Write documents with lines, tax, sources and explanations."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from invoicing.export import documents, pages_of_ids
from invoicing.management import edges
from invoicing.management.spooled import page_of_text
from invoicing.management.writing import WRITERS
from invoicing.models import Invoice


class Command(edges.EdgeCommand):
    help = (
        "Write documents with lines, tax, sources and explanations, one JSON object a line, or CSV with one row per "
        "line. Drafts have no number and show the sums that their issue would give them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--status", choices=Invoice.Status.values, help="only documents in this state")
        parser.add_argument("--client", metavar="ID", help="only this client's documents")
        parser.add_argument(
            "--month",
            metavar="YYYY-MM",
            help="only documents issued in this month; drafts count in the month of their period, "
            "and those without a period in the month in which they were made",
        )
        parser.add_argument("--format", choices=sorted(WRITERS), default="json", help="default: json")

    def handle(self, *, status: str | None, client: str | None, month: str | None, **options: Any) -> None:
        """Exit 0; 1 when an option names nothing."""
        found = documents(
            status=status or "",
            client=None if client is None else edges.client_named(client),
            month=None if month is None else edges.month(month),
        )
        writer = WRITERS[options["format"]]
        progress = edges.Progress("documents", out=self.stdout, err=self.stderr)
        writer.begin(self.stdout)
        for ids in pages_of_ids(found):
            for text in page_of_text(ids, writer, at=timezone.now()):
                self.stdout.write(text, ending="")
            progress.add(len(ids))
        progress.end()
