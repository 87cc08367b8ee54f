"""Open drafts that collect the machine's lines, and putting lines on them in sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from contracts.models import Client
from contracts.models.base import new_external_id
from invoicing.bulk import copy_rows, reserve_ids
from invoicing.models import Invoice, InvoiceLine
from rating.charge import Charge

LINE_COLUMNS = (
    "id", "invoice_id", "position", "kind", "company_id", "description", "quantity", "unit", "unit_price", "price_per",
    "amount_cents", "item_tax_rate", "goods", "tax_category", "explanation",
)  # fmt: skip


class Collector(NamedTuple):
    """Which open draft takes a charge: one of a client that collects for a month, or for one ticket."""

    client: int
    collects: str
    currency: str
    period_start: date | None = None
    period_end: date | None = None


@dataclass(slots=True)
class Draft:
    """An open draft, locked until the transaction ends."""

    id: int
    reference: str
    line_count: int
    subtotal_cents: int = 0  # what this batch adds


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """Where a charge went."""

    line: int
    draft: Draft


def add_to_drafts(charges: Sequence[tuple[Collector, Charge]], *, at: datetime) -> list[PlacedLine]:
    """Put each charge on the open draft of its collector, opening drafts as needed; one answer per charge, in order."""
    if not charges:
        return []
    drafts = _open({collector for collector, _ in charges}, at=at)
    line_ids = reserve_ids(InvoiceLine, len(charges))
    placed = []
    rows = []
    for line, (collector, charge) in zip(line_ids, charges, strict=True):
        draft = drafts[collector.client, collector.collects]
        draft.line_count += 1
        draft.subtotal_cents += charge.amount_cents
        placed.append(PlacedLine(line, draft))
        rows.append(_row(line, draft, draft.line_count, charge))
    copy_rows(InvoiceLine, LINE_COLUMNS, rows)
    _add_up(drafts.values())
    return placed


def write_draft(
    kind: str, client: Client, charges: Sequence[Charge], *, period_start: date, period_end: date, at: datetime
) -> list[PlacedLine]:
    """A new draft of these charges, in their order, which collects nothing else; one answer per charge.

    `period_end` is the first day after the period.
    """
    made = Invoice.objects.create(
        kind=kind, client=client, currency=client.currency, period_start=period_start, period_end=period_end,
        created_at=at,
    )  # fmt: skip
    draft = Draft(made.pk, made.external_id, len(charges), sum(charge.amount_cents for charge in charges))
    placed = [PlacedLine(line, draft) for line in reserve_ids(InvoiceLine, len(charges))]
    copy_rows(
        InvoiceLine,
        LINE_COLUMNS,
        (
            _row(one.line, draft, place, charge)
            for place, (one, charge) in enumerate(zip(placed, charges, strict=True), 1)
        ),
    )
    _add_up([draft])
    return placed


def add_to_draft(document: Invoice, charge: Charge) -> int:
    """Put one more line on a draft that the caller has locked; answers the line's key."""
    draft = Draft(document.pk, document.external_id, document.line_count + 1, charge.amount_cents)
    (line,) = reserve_ids(InvoiceLine, 1)
    copy_rows(InvoiceLine, LINE_COLUMNS, [_row(line, draft, draft.line_count, charge)])
    _add_up([draft])
    return line


def _row(line: int, draft: Draft, position: int, charge: Charge) -> tuple[object, ...]:
    return (
        line, draft.id, position, charge.kind, charge.company, charge.description, charge.quantity, charge.unit,
        charge.unit_price, charge.price_per, charge.amount_cents, charge.tax_rate, charge.goods, "",
        json.dumps(charge.explanation.as_dict()),
    )  # fmt: skip


INSERT_DRAFTS = """
INSERT INTO invoicing_invoice (created_at, client_id, collects, currency, period_start, period_end, external_id, kind,
    status, issued_by, subtotal_cents, paid_cents, line_count)
SELECT %s, u.*, 'invoice', 'draft', '', 0, 0, 0
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::date[], %s::date[], %s::text[]) u
ON CONFLICT (client_id, collects) WHERE status = 'draft' AND NOT (collects = '') DO NOTHING
"""
LOCK_DRAFTS = """
SELECT client_id, collects, id, external_id, line_count FROM invoicing_invoice
WHERE (client_id, collects) IN (SELECT * FROM unnest(%s::bigint[], %s::text[])) AND status = 'draft'
ORDER BY id FOR NO KEY UPDATE
"""
MOST_TRIES = 5


def _open(collectors: Iterable[Collector], *, at: datetime) -> dict[tuple[int, str], Draft]:
    """The open draft of each collector, locked in the order of their ids; opened where there is none."""
    wanted = sorted(set(collectors), key=lambda collector: collector[:2])
    found: dict[tuple[int, str], Draft] = {}
    for _ in range(MOST_TRIES):
        missing = [collector for collector in wanted if collector[:2] not in found]
        if not missing:
            return found
        # A draft that was there may be issued while we wait for its lock: then the next turn opens another.
        found |= _insert_and_lock(missing, at=at)
    raise RuntimeError(f"the drafts of {len(wanted)} clients could not be opened: they are issued again and again")


def _insert_and_lock(collectors: Sequence[Collector], *, at: datetime) -> dict[tuple[int, str], Draft]:
    clients, collects, *rest = (list(column) for column in zip(*collectors, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(INSERT_DRAFTS, [at, clients, collects, *rest, [new_external_id() for _ in collectors]])
        cursor.execute(LOCK_DRAFTS, [clients, collects])
        return {(client, month): Draft(*rest) for client, month, *rest in cursor.fetchall()}


def _add_up(drafts: Iterable[Draft]) -> None:
    grown = list(drafts)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE invoicing_invoice i SET subtotal_cents = i.subtotal_cents + u.added, line_count = u.line_count
            FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u(id, added, line_count) WHERE i.id = u.id
            """,
            [
                [draft.id for draft in grown],
                [draft.subtotal_cents for draft in grown],
                [draft.line_count for draft in grown],
            ],
        )
