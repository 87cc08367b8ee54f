"""What lines bill, read from their claims: as lists, and as a stream where a line bills thousands of units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db import connection

from invoicing.display import decimal_text
from invoicing.models import InvoiceLine
from invoicing.sources import kind_named
from rating.naming import MASSES

Source = dict[str, object]
Stored = tuple[int, str, int, Any, int | None]

CLAIMS_A_PAGE = 2000
# Claims alive or released since.
CLAIMS = """
SELECT line_id, kind, source_id, quantity, amount_cents FROM invoicing_claim
WHERE line_id = ANY(%s::bigint[]) AND outcome = 'billed' ORDER BY array_position(%s::bigint[], line_id), id
"""


def is_mass(line: InvoiceLine) -> bool:
    """Whether the line names what it bills by number only, because there may be thousands of it."""
    return line.explanation.get("rule") in MASSES


def sources_of(lines: Sequence[InvoiceLine]) -> Callable[[InvoiceLine], list[Source] | Iterator[Source]]:
    """What answers the sources of each of these lines, asked for in their order.

    Those of a mass are read as they are taken, and before the next line is asked for. The number of queries grows with
    thousands of units, not with lines.
    """
    masses = [line.pk for line in lines if is_mass(line)]
    listed: dict[int, list[Source]] = defaultdict(list)
    for line, source in _read([line.pk for line in lines if not is_mass(line)]):
        listed[line].append(source)
    groups = groupby(_read(masses), key=lambda read: read[0])
    waiting: list[tuple[int, Iterator[tuple[int, Source]]]] = []

    def of(line: InvoiceLine) -> list[Source] | Iterator[Source]:
        if not is_mass(line):
            return listed[line.pk]
        if not waiting:
            waiting.extend([group for group in [next(groups, None)] if group])
        if not waiting or waiting[0][0] != line.pk:
            return iter(())
        _, claims = waiting.pop()
        return (source for _, source in claims)

    return of


def _read(lines: list[int]) -> Iterator[tuple[int, Source]]:
    if not lines:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(CLAIMS, [lines, lines])
        while page := cursor.fetchmany(CLAIMS_A_PAGE):
            references = _references((kind, source) for _, kind, source, *_ in page)
            for line, kind, source, quantity, cents in page:
                yield (
                    line,
                    {
                        "type": kind,
                        "id": references.get((kind, source)),
                        "quantity": None if quantity is None else decimal_text(quantity),
                        "amount_cents": cents,
                    },
                )


def _references(units: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """The external ids of units, in one query per kind of source."""
    keys: dict[str, set[int]] = defaultdict(set)
    for kind, source in units:
        keys[kind].add(source)
    return {
        (kind, key): reference
        for kind, wanted in sorted(keys.items())
        for key, reference in kind_named(kind).references(sorted(wanted)).items()
    }
