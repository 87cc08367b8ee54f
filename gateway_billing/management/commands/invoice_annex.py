"""Write every call and case behind an aggregate invoice."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.management.base import CommandError

from gateway_billing.annex import annex_units
from gateway_billing.management.annex_table import HEAD, annex_row
from invoicing.export import one_snapshot
from invoicing.management import edges
from invoicing.management.correcting import document_named
from invoicing.models import Invoice

IN_MEMORY = 8 * 2**20
CHUNK = 2**16


class Command(edges.EdgeCommand):
    help = "Write the calls and cases behind an aggregate invoice as CSV, one row a unit, by line and time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invoice", metavar="ID", help="the document's id or number")
        parser.add_argument("--company", metavar="ID", help="only this company's")
        parser.add_argument("--output", metavar="FILE", default="-", help="where to write; - is standard output")

    def handle(self, *, invoice: str, company: str | None, output: str, **_: Any) -> None:
        """Exit 0; 1 when an option names nothing, or a document without annex."""
        document = document_named(invoice)
        if document.kind != Invoice.Kind.AGGREGATE:
            raise CommandError(f"document {document} is of kind {document.kind}; aggregate invoices have an annex")
        only = edges.client_named(company) if company else None
        counts: Counter[str] = Counter()
        progress = edges.Progress("units", out=self.stdout, err=self.stderr)
        with self._open(output) as out:
            rows = csv.writer(out)
            rows.writerow(HEAD)
            with one_snapshot():
                for unit in annex_units(document, only):
                    rows.writerow(annex_row(document, unit))
                    counts[unit.kind] += 1
                    progress.add(1)
        progress.end()
        told = ", ".join(f"{count} of kind {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
        self.stderr.write(f"{document}: {told or 'no units'}")

    @contextmanager
    def _open(self, output: str) -> Iterator[IO[str]]:
        """The file, or a spool of what goes to standard output: no transaction waits for whoever reads that."""
        if output != "-":
            with Path(output).open("w", encoding="utf-8", newline="") as file:
                yield file
            return
        with SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="") as spool:
            yield spool
            spool.seek(0)
            while chunk := spool.read(CHUNK):
                self.stdout.write(chunk, ending="")
