"""The annex of an aggregate invoice as a table: one row a unit, for files."""

from __future__ import annotations

from gateway_billing.annex import AnnexUnit
from invoicing.display import decimal_text
from invoicing.management.writing import cell
from invoicing.models import Invoice

HEAD = (
    "document", "line", "company", "type", "id", "time", "duration_seconds", "metered_seconds", "amount_cents",
    "subject",
)  # fmt: skip


def annex_row(document: Invoice, unit: AnnexUnit) -> list[str]:
    """Times are the partner's. No cell is a formula."""
    at = unit.at.astimezone(document.client.zone).isoformat() if unit.at else None
    metered = decimal_text(unit.quantity) if unit.duration_seconds is not None else None
    values = (
        document.number or document.external_id, unit.line, unit.company, unit.kind, unit.reference, at,
        unit.duration_seconds, metered, unit.amount_cents, unit.subject,
    )  # fmt: skip
    return [cell(value) for value in values]
