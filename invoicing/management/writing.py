"""Exported documents as text: a JSON line each, or a CSV row a line that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Protocol

from invoicing.export import ExportedDocument, Row

HEAD = (
    "id",
    "kind",
    "number",
    "status",
    "client",
    "currency",
    "issue_date",
    "due_date",
    "period_start",
    "period_end",
    "cancels",
)
LINE = (
    "kind", "company", "description", "quantity", "unit", "unit_price", "price_per", "amount_cents", "tax_category",
    "tax_rate", "sources", "explanation",
)  # fmt: skip
TAIL = (
    "subtotal_cents", "discount_cents", "tax", "tax_cents", "total_cents", "paid_cents", "credited_cents", "reason",
    "discounts", "replaced_by",
)  # fmt: skip

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Sink(Protocol):
    """What takes text: the command's output, or a page that is put together first."""

    def write(self, text: str, /) -> object: ...


class Writer(Protocol):
    """Writes documents to a text stream."""

    def begin(self, out: Sink) -> None: ...

    def write(self, document: ExportedDocument, out: Sink) -> None: ...


class JsonLines:
    """One document a line; its lines are written as they are read."""

    def begin(self, out: Sink) -> None:
        """Nothing precedes the first document."""

    def write(self, document: ExportedDocument, out: Sink) -> None:
        """Write one document."""
        out.write(json.dumps(document.head)[:-1] + ', "lines": [')
        separator = ""
        for line in document.lines:
            out.write(separator)
            _write_line(line, out)
            separator = ", "
        out.write("], " + json.dumps(document.tail)[1:] + "\n")


def _write_line(line: Row, out: Sink) -> None:
    """A line; thousands of sources are written as they are read."""
    sources = line["sources"]
    if not isinstance(sources, Iterator):
        out.write(json.dumps(line))
        return
    names = list(line)
    place = names.index("sources")
    out.write(json.dumps({name: line[name] for name in names[:place]})[:-1] + ', "sources": [')
    separator = ""
    for source in sources:
        out.write(separator + json.dumps(source))
        separator = ", "
    out.write("], " + json.dumps({name: line[name] for name in names[place + 1 :]})[1:])


class Csv:
    """One row per line of a document, with the document's own columns on each; one without lines has one row."""

    def begin(self, out: Sink) -> None:
        """Write the names of the columns."""
        csv.writer(out).writerow([*HEAD, *(f"line_{name}" for name in LINE), *TAIL])

    def write(self, document: ExportedDocument, out: Sink) -> None:
        """Write one document."""
        head, tail = _cells(document.head, HEAD), _cells(document.tail, TAIL)
        rows = csv.writer(out)
        empty = True
        for line in document.lines:
            rows.writerow([*head, *_cells(line, LINE), *tail])
            empty = False
        if empty:
            rows.writerow([*head, *[""] * len(LINE), *tail])


WRITERS: dict[str, Writer] = {"json": JsonLines(), "csv": Csv()}


def _cells(row: Row, names: tuple[str, ...]) -> list[str]:
    return [cell(row[name]) for name in names]


def cell(value: object) -> str:
    """A value as a cell of a table: nothing for None, JSON for lists, and never a formula.

    What is read as a stream, such as a million calls, has no room in a cell: it is counted.
    """
    if value is None:
        return ""
    if isinstance(value, Iterator):
        return json.dumps({"count": sum(1 for _ in value)})
    text = json.dumps(value) if isinstance(value, list | dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
