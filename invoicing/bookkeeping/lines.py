"""The documents issued in a month as the lines of a file for a bookkeeping program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import config
from contracts.models import Client
from invoicing.bookkeeping import datev
from invoicing.bookkeeping.booked import booked
from invoicing.bookkeeping.debtors import debtor_of
from invoicing.bookkeeping.sales_rows import QUICKBOOKS, XERO, quickbooks_rows, xero_rows
from invoicing.management.writing import cell
from rating.period import BillingPeriod

DATEV: Final = "datev"
FORMATS: Final = (DATEV, "quickbooks", "xero")


def booking_lines(name: str, month: BillingPeriod, client: Client | None, *, at: datetime) -> Iterator[bytes]:
    """The lines in the format's own encoding, as they are read; all clients without `client`.

    DATEV: clients without an account get the next free one, and keep it. Raises MissingAccount for a tax without one.
    """
    encoding = datev.ENCODING if name == DATEV else "utf-8"
    for line in _datev(month, client, at=at) if name == DATEV else _sales(name, month, client):
        yield line.encode(encoding, "replace")


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
