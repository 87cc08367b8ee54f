"""A document's sums, worked out from its lines: the same for the preview of a draft and for its issue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

import config
from contracts.models import Client
from invoicing.tax import STANDARD, Treatment, treatment
from rating.tax import Totals, totals


@dataclass(frozen=True, slots=True)
class DocumentSums:
    """Totals with their tax lines, or the problem that keeps a draft from having them."""

    totals: Totals | None = None
    treatment: Treatment | None = None
    problem: str = ""


BY_RATE = """
SELECT invoice_id, item_tax_rate, sum(amount_cents) FROM invoicing_invoiceline
WHERE invoice_id = ANY(%s) GROUP BY invoice_id, item_tax_rate
"""


def sums_of(drafts: Iterable[tuple[int, Client]]) -> dict[int, DocumentSums]:
    """The sums of drafts, given as (primary key, client), in one query."""
    clients = dict(drafts)
    by_rate: dict[int, list[tuple[Decimal | None, int]]] = {pk: [] for pk in clients}
    with connection.cursor() as cursor:
        cursor.execute(BY_RATE, [list(clients)])
        for pk, rate, cents in cursor.fetchall():
            by_rate[pk].append((rate, int(cents)))
    return {pk: _sums(clients[pk], amounts) for pk, amounts in by_rate.items()}


def _sums(client: Client, amounts: list[tuple[Decimal | None, int]]) -> DocumentSums:
    settings = config.billing()
    try:
        treated = treatment(client, settings)
    except ValueError as problem:
        return DocumentSums(problem=str(problem))
    known = {settings.standard_tax_rate, *settings.reduced_tax_rates, Decimal(0)}
    if treated.category == STANDARD and (strange := {rate for rate, _ in amounts if rate is not None} - known):
        rates = ", ".join(f"{rate.normalize():f} %" for rate in sorted(strange))
        return DocumentSums(
            problem=f"a line has the tax rate {rates}, which is not among the rates of this installation"
        )
    rated = [(treated.category, treated.rate_of(rate), cents) for rate, cents in amounts]
    return DocumentSums(totals(rated), treated)
