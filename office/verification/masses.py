"""Lines over thousands of units: what is claimed is as many units, as much, and the same list as the line names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from invoicing.display import decimal_text
from rating.naming import NamedMass

# Checksums as the charge sources of the gateway make them: of each unit's key with its price, or else its quantity.
CLAIMED = """
SELECT line_id, string_agg(DISTINCT kind, ', ' ORDER BY kind), count(*), coalesce(sum(quantity), 0), sum(amount_cents),
    sum(hashint8extended(source_id, coalesce(amount_cents, quantity::bigint)))::text
FROM invoicing_claim WHERE line_id = ANY(%s) GROUP BY line_id
"""


class ClaimedMass(NamedTuple):
    """All claims of a line: their kinds, number, sums and checksum; `amount_cents` where units have prices."""

    kind: str
    units: int
    quantity: Decimal
    amount_cents: int | None
    annex: str | None


NOTHING = ClaimedMass("", 0, Decimal(0), None, None)


def claimed_masses(lines: Sequence[int]) -> Mapping[int, ClaimedMass]:
    """What these lines claim, alive or released, added up by the database in one query."""
    if not lines:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, [list(lines)])
        return {line: ClaimedMass(*sums) for line, *sums in cursor.fetchall()}


def difference(named: NamedMass, claimed: ClaimedMass) -> str:
    """How what is claimed differs from what the line names; "" where it does not."""
    return "; ".join(_differences(named, claimed))


def _differences(named: NamedMass, claimed: ClaimedMass) -> Iterator[str]:
    wanted = (named.kind if named.units else "", named.units)
    if wanted != (claimed.kind, claimed.units):
        yield f"it names {_units(wanted)} and claims {_units((claimed.kind, claimed.units))}"
    elif named.quantity != claimed.quantity:
        yield f"it names {decimal_text(named.quantity)} of them and claims {decimal_text(claimed.quantity)}"
    elif named.annex and named.annex != claimed.annex:
        yield "what it claims is not the list that was priced: the checksums differ"


def _units(found: tuple[str, int]) -> str:
    kind, units = found
    return f"{units} of kind {kind.replace('_', ' ')}" if units else "nothing"
