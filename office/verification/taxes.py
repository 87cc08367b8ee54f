"""Tax of issued documents is computed once for each category and rate, after the discount (M-04, M-05)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from office.verification.names import DOCUMENT, ISSUED
from office.verification.violation import Violation
from rating.money import percent_of
from rating.tax import totals

CHECK = "tax_is_computed_once"
DOCUMENTS_A_PAGE = 1000
TaxRow = tuple[str, Decimal, int, int]

# Corrections are looked at together with what they correct.
PAGE = f"""
SELECT i.id, {DOCUMENT}, i.discount_cents FROM invoicing_invoice i
WHERE {ISSUED} AND i.cancels_id IS NULL AND i.id > %s ORDER BY i.id LIMIT {DOCUMENTS_A_PAGE}
"""
# A line without its tax makes the document incomplete; that is another check's finding.
AMOUNTS = """
SELECT invoice_id, tax_category, tax_rate, sum(amount_cents)::bigint FROM invoicing_invoiceline
WHERE invoice_id = ANY(%s) AND tax_rate IS NOT NULL GROUP BY 1, 2, 3
"""
STORED = "SELECT invoice_id, category, rate, taxable_cents, tax_cents FROM invoicing_taxline WHERE invoice_id = ANY(%s)"


def violations() -> Iterator[Violation]:
    """Documents whose tax lines are not those that their lines make, in keyset pages."""
    last = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(PAGE, [last])
            page = cursor.fetchall()
            if not page:
                return
            last = page[-1][0]
            yield from _of_page(page)


def _of_page(page: Sequence[tuple[int, str, int | None]]) -> Iterator[Violation]:
    keys = [key for key, _, _ in page]
    amounts, stored = _grouped(AMOUNTS, keys), _grouped(STORED, keys)
    for key, document, discount in page:
        expected, found = _expected(amounts[key], discount or 0), sorted(stored[key])
        if expected != found:
            detail = f"its lines make the tax {_shown(expected)}; it says {_shown(found)}"
            yield Violation(CHECK, f"document {document}", detail)


def _grouped(query: str, keys: list[int]) -> dict[int, list[Any]]:
    """The rows of the query, as tuples, by the document that they begin with."""
    found: dict[int, list[Any]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(query, [keys])
        for key, *row in cursor.fetchall():
            found[key].append(tuple(row))
    return found


def _expected(amounts: Sequence[tuple[str, Decimal, int]], discount: int) -> list[TaxRow]:
    if not discount:
        return sorted((category, rate, cents, percent_of(cents, rate)) for category, rate, cents in amounts)
    shared = totals(amounts, discount).lines
    return sorted((line.category, line.rate, line.taxable_cents, line.tax_cents) for line in shared)


def _shown(rows: Sequence[TaxRow]) -> str:
    told = (f"{category} {rate.normalize():f} % of {taxable} = {tax}" for category, rate, taxable, tax in rows)
    return ", ".join(told) or "none"
