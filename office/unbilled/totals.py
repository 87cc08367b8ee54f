"""Counts and sums by bucket and reason, and the units that are not settled, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from office.unbilled.asked import Asked
from office.unbilled.registry import KINDS
from office.unbilled.units import BUCKETS, SETTLED, Unit

ROWS_A_TRIP = 500

# A line that prices several units together is counted once.
TOTALS = """
SELECT type, bucket, reason, currency, sum(units)::bigint, sum(seconds)::bigint,
    CASE WHEN num_nonnulls(sum(cents), sum(line_cents)) > 0
        THEN coalesce(sum(cents), 0)::bigint + coalesce(sum(line_cents), 0)::bigint END
FROM (SELECT type, bucket, reason, currency, line, count(*) AS units, sum(seconds) AS seconds,
        sum(amount_cents) AS cents, max(line_cents) AS line_cents
      FROM ({rows}) r GROUP BY 1, 2, 3, 4, 5) g
GROUP BY 1, 2, 3, 4
"""
UNBILLED = """
SELECT type, reference, part, ticket, client, currency, bucket, reason, since, amount_cents FROM ({rows}) r
WHERE bucket IS NULL OR bucket NOT IN ({settled}) ORDER BY key, part
"""


class Place(NamedTuple):
    """Where units are counted. `bucket` is None for units that are lost."""

    bucket: str | None
    reason: str
    currency: str


@dataclass(slots=True)
class Total:
    """Units of one place. Seconds and minor units are None where none of the units has any."""

    units: int = 0
    seconds: int | None = None
    amount_cents: int | None = None

    def add(self, units: int, seconds: int | None, cents: int | None) -> None:
        """Count more of them."""
        self.units += units
        self.seconds = _sum(self.seconds, seconds)
        self.amount_cents = _sum(self.amount_cents, cents)


@dataclass(slots=True)
class Totals:
    """All units by their type, counted as such, and the same units by where they are."""

    counted: Counter[str] = field(default_factory=Counter)
    placed: Counter[str] = field(default_factory=Counter)
    places: dict[Place, Total] = field(default_factory=dict)

    @property
    def units(self) -> int:
        return self.counted.total()

    @property
    def closing_balance(self) -> int:
        """Units that are in no bucket; below zero where some are in two."""
        return self.units - self.placed.total()

    @property
    def unbalanced(self) -> dict[str, int]:
        """The closing balance by type, of the types that have one."""
        types = sorted({*self.counted, *self.placed})
        return {name: gap for name in types if (gap := self.counted[name] - self.placed[name])}

    def buckets(self) -> Iterator[tuple[Place, Total]]:
        """The places in the order of the buckets, the largest first in each."""
        found = [(place, total) for place, total in self.places.items() if place.bucket is not None]
        yield from sorted(
            found, key=lambda one: (BUCKETS.index(one[0].bucket), -one[1].units, one[0].reason, one[0].currency)
        )

    def add(self, name: str, place: Place, units: int, seconds: int | None, cents: int | None) -> None:
        """Count units of a type in a place."""
        self.places.setdefault(place, Total()).add(units, seconds, cents)
        if place.bucket is not None:
            self.placed[name] += units


def totals(asked: Asked) -> Totals:
    """Count every unit once as such and once by its place; the sums are made in the database."""
    found = Totals()
    parameters = asked.parameters()
    for kind in KINDS:
        with connection.cursor() as cursor:
            cursor.execute(kind.count, parameters)
            for name, units in cursor.fetchall():
                found.counted[name] += units
            cursor.execute(TOTALS.format(rows=kind.rows), parameters)
            for name, bucket, reason, currency, units, seconds, cents in cursor.fetchall():
                found.add(name, Place(bucket, reason, currency), units, seconds, cents)
        for unit in kind.foreseen(asked) if kind.foreseen else ():
            found.add(unit.type, Place(unit.bucket, unit.reason, unit.currency), 1, None, unit.amount_cents)
    return found


def unbilled(asked: Asked) -> Iterator[Unit]:
    """Every unit that nothing has settled, kind by kind, fetched as it is read."""
    parameters = asked.parameters()
    for kind in KINDS:
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                UNBILLED.format(rows=kind.rows, settled=", ".join(f"'{bucket}'" for bucket in SETTLED)), parameters
            )
            while rows := cursor.fetchmany(ROWS_A_TRIP):
                yield from (Unit(*row) for row in rows)
        if kind.foreseen:
            yield from kind.foreseen(asked)


def _sum(known: int | None, more: int | None) -> int | None:
    return known if more is None else (known or 0) + more
