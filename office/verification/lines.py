"""Each line costs what its explanation says, bills what it names, and multiplies right (P5, P9, M-03)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from invoicing.sources import kind_named
from office.verification.masses import NOTHING, ClaimedMass, claimed_masses
from office.verification.masses import difference as mass_difference
from office.verification.names import DOCUMENT
from office.verification.sources import Claimed, difference
from office.verification.violation import Violation
from rating.money import amount
from rating.naming import MASSES, named_mass, named_sources
from rating.recompute import recompute

LINES_A_PAGE = 500
EXPLAINED, RECOMPUTED = "lines_are_explained", "lines_cost_what_they_explain"
MULTIPLIED, NAMED, SUMMED = "lines_multiply_right", "lines_bill_what_they_name", "units_sum_to_their_line"
CHECKS = (EXPLAINED, RECOMPUTED, MULTIPLIED, NAMED, SUMMED)

PAGE = f"""
SELECT l.id, {DOCUMENT}, i.currency, l.position, l.quantity, l.unit_price, l.price_per, l.amount_cents,
    l.explanation::text, l.explanation ->> 'rule'
FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
WHERE l.id > %s ORDER BY l.id LIMIT {LINES_A_PAGE}
"""
CLAIMS = """
SELECT line_id, kind, source_id, part, quantity, amount_cents, released_at IS NOT NULL FROM invoicing_claim
WHERE line_id = ANY(%s) ORDER BY id
"""


class StoredLine(NamedTuple):
    """A line as it stands, of whatever document; amounts in minor units."""

    id: int
    document: str
    currency: str
    position: int
    quantity: Decimal
    unit_price: Decimal
    price_per: int
    amount_cents: int
    explanation: str
    rule: str | None

    @property
    def subject(self) -> str:
        return f"document {self.document}, line {self.position}"


def pages() -> Iterator[list[StoredLine]]:
    """All lines in keyset pages."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(PAGE, [last])
            page = [StoredLine(*row) for row in cursor.fetchall()]
        if not page:
            return
        last = page[-1].id
        yield page


def violations_of(page: Sequence[StoredLine]) -> Iterator[Violation]:
    """What is wrong with these lines, in three queries and one for each kind of unit that they name."""
    claims = _claims([line.id for line in page if line.rule not in MASSES])
    masses = claimed_masses([line.id for line in page if line.rule in MASSES])
    for line in page:
        for check, detail in _problems(line, claims[line.id], masses.get(line.id, NOTHING)):
            yield Violation(check, line.subject, detail)


def _problems(line: StoredLine, claims: Sequence[Claimed], mass: ClaimedMass) -> Iterator[tuple[str, str]]:
    try:
        product = amount(line.quantity, line.unit_price, currency=line.currency, price_per=line.price_per)
        explanation = _read(line.explanation)
        explained, currency = recompute(explanation), explanation["inputs"]["currency"]
        named, named_units = named_sources(explanation), named_mass(explanation)
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        yield EXPLAINED, f"its explanation cannot be computed: {problem}"
        return
    if product != line.amount_cents:
        yield MULTIPLIED, f"quantity times price make {product}; it says {line.amount_cents}"
    if (explained, currency) != (line.amount_cents, line.currency):
        said = f"{line.amount_cents} {line.currency}"
        yield RECOMPUTED, f"its explanation makes {explained} {currency}; it says {said}"
    if found := difference(named, claims) if named_units is None else mass_difference(named_units, mass):
        yield NAMED, found
    own = [claim.amount_cents for claim in claims if claim.amount_cents is not None]
    units_cost = sum(own) if own else mass.amount_cents
    if units_cost is not None and units_cost != line.amount_cents:
        yield SUMMED, f"what it bills costs {units_cost}; it says {line.amount_cents}"


def _read(explanation: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(explanation, parse_float=_refuse)
    return found


def _refuse(number: str) -> None:
    raise ValueError(f"{number} is kept as an inexact number")


def _claims(lines: Sequence[int]) -> Mapping[int, list[Claimed]]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIMS, [list(lines)])
        rows = cursor.fetchall()
    references = _references((kind, source) for _, kind, source, *_ in rows)
    found: dict[int, list[Claimed]] = defaultdict(list)
    for line, kind, source, *rest in rows:
        found[line].append(Claimed(kind, references.get((kind, source)), *rest))
    return found


def _references(units: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """The external ids of units that exist, in one query for each kind."""
    keys: dict[str, set[int]] = defaultdict(set)
    for kind, source in units:
        keys[kind].add(source)
    return {
        (kind, source): reference
        for kind, wanted in sorted(keys.items())
        for source, reference in _of_kind(kind, sorted(wanted)).items()
    }


def _of_kind(kind: str, wanted: Sequence[int]) -> Mapping[int, str]:
    try:
        registered = kind_named(kind)
    except LookupError:  # its line then claims what nobody can name, and is found
        return {}
    return registered.references(wanted)
