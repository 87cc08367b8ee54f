"""Lines that are planned and not yet written, as scripts read them."""

from __future__ import annotations

from typing import Any

from invoicing.display import decimal_text
from rating.charge import Charge


def line_as_dict(charge: Charge, *, company: str | None = None) -> dict[str, Any]:
    """A line as scripts read it, with the id of its managed company; the stored line of the same charge reads alike."""
    return {
        "kind": charge.kind,
        "company": company,
        "description": charge.description,
        "quantity": decimal_text(charge.quantity),
        "unit": charge.unit,
        "unit_price": decimal_text(charge.unit_price),
        "price_per": charge.price_per,
        "amount_cents": charge.amount_cents,
        "tax_category": None,
        "tax_rate": None if charge.tax_rate is None else decimal_text(charge.tax_rate),
        "sources": [
            {
                "type": source.kind,
                "id": source.reference,
                "quantity": None if source.quantity is None else decimal_text(source.quantity),
                "amount_cents": source.amount_cents,
            }
            for source in charge.sources
        ],
        "explanation": charge.explanation.as_dict(),
    }
