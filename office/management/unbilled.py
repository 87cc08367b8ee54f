"""What the report of unbilled work prints: for scripts one JSON object, for people a table and a line a unit."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol

from django.core.management.base import OutputWrapper

from invoicing.display import money, table
from invoicing.management.listing import JsonListing
from invoicing.management.writing import cell
from office.unbilled.asked import Asked
from office.unbilled.totals import Place, Total, Totals
from office.unbilled.units import Unit
from office.unbilled.wording import sentence

HEAD = ("bucket", "units", "time", "amount", "reason")
UNIT = ("type", "id", "part", "ticket", "client", "bucket", "reason", "since", "amount_cents", "currency")


class Writer(Protocol):
    """Takes the sums first, then the units as they are read."""

    def write(self, totals: Totals, units: Iterable[Unit]) -> None: ...


class JsonWriter:
    """The keys as_of, client, units, types, buckets, unbilled and closing_balance."""

    def __init__(self, out: OutputWrapper, asked: Asked) -> None:
        self._out, self._asked = out, asked

    def write(self, totals: Totals, units: Iterable[Unit]) -> None:
        """Write the object."""
        head = {
            "as_of": self._asked.day.isoformat(),
            "client": self._asked.client.external_id if self._asked.client else None,
            "units": totals.units,
            "types": dict(sorted(totals.counted.items())),
            "buckets": [_bucket_as_dict(place, total) for place, total in totals.buckets()],
        }
        listing = JsonListing(self._out, head, "unbilled")
        listing.add(map(_unit_as_dict, units))
        listing.end({"closing_balance": totals.closing_balance})


class TextWriter:
    """A table of the sums, then the units that nothing has settled with their reasons."""

    def __init__(self, out: OutputWrapper, asked: Asked) -> None:
        self._out, self._asked = out, asked

    def write(self, totals: Totals, units: Iterable[Unit]) -> None:
        """Write the report."""
        whose = f"client {self._asked.client.external_id}" if self._asked.client else "all clients"
        self._out.write(f"billable work of {whose} as of {self._asked.day}\n\n")
        for line in table([HEAD, *sums_of(totals)], right=(1, 2, 3)):
            self._out.write(line)
        listed = False
        for unit in units:
            if not listed:
                self._out.write("\nnot billed")
            listed = True
            self._out.write(_line(unit))
        self._out.write(f"\n{totals.units} units; closing balance {totals.closing_balance}")


class CsvWriter:
    """A row for each unit that nothing has settled, with the keys of the JSON object; no sums."""

    def __init__(self, out: OutputWrapper, asked: Asked) -> None:  # noqa: ARG002 - every writer is made alike
        self._out = out

    def write(self, totals: Totals, units: Iterable[Unit]) -> None:  # noqa: ARG002
        """Write the names of the columns, and the units as they come."""
        rows = csv.writer(_Unended(self._out))
        rows.writerow(UNIT)
        for unit in units:
            row = _unit_as_dict(unit)
            rows.writerow([cell(row[name]) for name in UNIT])


class _Unended:
    """Takes lines that have their own end."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def write(self, text: str, /) -> None:
        """Hand it on."""
        self._out.write(text, ending="")


WRITERS: Final[Mapping[str, Callable[[OutputWrapper, Asked], Writer]]] = {
    "text": TextWriter,
    "json": JsonWriter,
    "csv": CsvWriter,
}


def sums_of(totals: Totals) -> Iterator[tuple[str, ...]]:
    """The rows of the table of sums, as HEAD names their columns."""
    for place, total in totals.buckets():
        yield (
            words(place.bucket),
            str(total.units),
            "" if total.seconds is None else _clock(total.seconds),
            "" if total.amount_cents is None or not place.currency else money(total.amount_cents, place.currency),
            sentence(place.bucket, place.reason),
        )


def _line(unit: Unit) -> str:
    name = " ".join(filter(None, (unit.type.replace("_", " "), unit.id, unit.part)))
    since = unit.since.isoformat() if unit.since else ""
    why = sentence(unit.bucket, unit.reason)
    return f"{unit.client or '-':16}  {unit.ticket:12}  {name:28}  {words(unit.bucket):11}  {since:10}  {why}"


def words(bucket: str | None) -> str:
    """The name of a bucket as people read it."""
    return "lost" if bucket is None else bucket.replace("_", " ")


def _clock(seconds: int) -> str:
    """Hours, minutes and, where there are any, seconds: "12:30", "0:00:20"."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def _bucket_as_dict(place: Place, total: Total) -> dict[str, object]:
    return {
        "bucket": place.bucket,
        "reason": place.reason,
        "units": total.units,
        "seconds": total.seconds,
        "amount_cents": total.amount_cents,
        "currency": place.currency or None,
    }


def _unit_as_dict(unit: Unit) -> dict[str, object]:
    return {
        "type": unit.type,
        "id": unit.id,
        "part": unit.part or None,
        "ticket": unit.ticket or None,
        "client": unit.client or None,
        "bucket": unit.bucket,
        "reason": unit.reason,
        "since": unit.since.isoformat() if unit.since else None,
        "amount_cents": unit.amount_cents,
        "currency": unit.currency or None,
    }
