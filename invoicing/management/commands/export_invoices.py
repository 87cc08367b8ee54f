"""Write documents with lines, tax, sources and explanations."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

import config
from invoicing.export import documents, one_snapshot, pages_of_ids, read_documents
from invoicing.management import edges
from invoicing.management.writing import WRITERS, Writer
from invoicing.models import Invoice
from rating.period import BillingPeriod

IN_MEMORY = 8 * 2**20
CHUNK = 2**16


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
            month=None if month is None else _period(month),
        )
        writer = WRITERS[options["format"]]
        progress = edges.Progress("documents", out=self.stdout, err=self.stderr)
        writer.begin(self.stdout)
        for ids in pages_of_ids(found):
            self._write(ids, writer)
            progress.add(len(ids))
        progress.end()

    def _write(self, ids: Sequence[int], writer: Writer) -> None:
        """Write one page. No transaction waits for whoever reads the output: the page is spooled first."""
        with SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="") as page:
            with one_snapshot():
                for document in read_documents(ids, at=timezone.now()):
                    writer.write(document, page)
            page.seek(0)
            while chunk := page.read(CHUNK):
                self.stdout.write(chunk, ending="")


def _period(month: str) -> BillingPeriod:
    try:
        return BillingPeriod.from_label(month, config.billing().zone)
    except ValueError as error:
        raise CommandError(f"--month: {error}") from error
