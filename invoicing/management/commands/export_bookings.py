"""Write issued documents for a bookkeeping program."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from invoicing.bookkeeping import datev
from invoicing.bookkeeping.lines import FORMATS, booking_lines
from invoicing.management import edges


class Command(edges.EdgeCommand):
    help = (
        "Write the documents issued in a month as DATEV postings, or as sales invoices for QuickBooks or Xero. "
        "DATEV: clients without an account get the next free one, and keep it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="the month of issue")
        parser.add_argument("--client", metavar="ID", help="only this client's documents")
        parser.add_argument("--output", metavar="FILE", default="-", help="default: standard output")
        parser.add_argument("--at", metavar="DATETIME", help="the moment of the export (default: now)")

    def handle(self, *, month: str, client: str | None, output: str, at: str | None, **options: Any) -> None:
        """Exit 0; 1 where an option names nothing, or a tax has no account."""
        moment, period = edges.moment(at), edges.month(month)
        of = None if client is None else edges.client_named(client)
        count = 0
        try:
            with _opened(output) as out:
                for line in booking_lines(options["format"], period, of, at=moment):
                    out.write(line)
                    count += 1
        except datev.MissingAccount as problem:
            raise CommandError(str(problem)) from problem
        self.stderr.write(f"{count} lines written")


def _opened(output: str) -> Any:
    if output == "-":
        return _Standard()
    return Path(output).open("wb")


class _Standard:
    """Standard output as bytes, left open."""

    def __enter__(self) -> Any:
        return sys.stdout.buffer

    def __exit__(self, *_: object) -> None:
        sys.stdout.buffer.flush()
