"""Write issued documents for a bookkeeping program."""

from __future__ import annotations

import csv
import io
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

import config
from contracts.models import Client
from invoicing.bookkeeping import datev
from invoicing.bookkeeping.booked import booked
from invoicing.bookkeeping.debtors import debtor_of
from invoicing.bookkeeping.sales_rows import QUICKBOOKS, XERO, quickbooks_rows, xero_rows
from invoicing.management import edges
from invoicing.management.writing import cell
from rating.period import BillingPeriod

FORMATS = ("datev", "quickbooks", "xero")


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
        moment = edges.moment(at)
        try:
            period = BillingPeriod.from_label(month, config.billing().zone)
        except ValueError as problem:
            raise CommandError(f"--month: {problem}") from problem
        of = None if client is None else edges.client_named(client)
        name: str = options["format"]
        lines = _datev(period, of, at=moment) if name == "datev" else _sales(name, period, of)
        encoding = datev.ENCODING if name == "datev" else "utf-8"
        count = 0
        try:
            with _opened(output) as out:
                for line in lines:
                    out.write(line.encode(encoding, "replace"))
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


def _datev(month: BillingPeriod, client: Client | None, *, at: datetime) -> Iterator[str]:
    settings = config.billing().bookkeeping
    yield datev.head(month, settings, at=at, currency=config.billing().currency) + datev.NEWLINE
    yield datev.column_names() + datev.NEWLINE
    for document in booked(month, client):
        debtor = debtor_of(document.client, first=settings.first_debtor)
        for posting in datev.postings(document, settings, debtor):
            yield posting + datev.NEWLINE


def _sales(name: str, month: BillingPeriod, client: Client | None) -> Iterator[str]:
    settings = config.billing().bookkeeping
    columns, rows = (QUICKBOOKS, quickbooks_rows) if name == "quickbooks" else (XERO, xero_rows)
    yield _row(columns)
    for document in booked(month, client):
        for row in rows(document, settings):
            yield _row(tuple(cell(value) for value in row))


def _row(values: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()
