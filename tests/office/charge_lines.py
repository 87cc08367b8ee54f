"""Import lines of charges and balances: one of each type, complete."""

from __future__ import annotations

from typing import Any

from .lines import GONE
from .lines import line as usual

LINES: dict[str, dict[str, Any]] = {
    "recurring_charge": {
        "id": "m1", "contract": "c1", "description": "Managed seat", "quantity": "12", "unit_price": "19.00",
        "valid_from": "2026-01-01",
    },
    "charge": {
        "id": "z1", "client": "acme", "date": "2026-01-15", "description": "Rack", "quantity": "1",
        "unit_price": "10.00",
    },
    "allocation": {"id": "b1", "contract": "c1", "month": "2026-01", "tickets": 4, "hours": "18.50"},
    "manual_bill": {"id": "n1", "ticket": "t1", "amount_cents": 12000, "reference": "A-17"},
}  # fmt: skip

AGREED = [usual("client"), usual("contract")]
OTHERS = [usual("client", id="other"), usual("contract", id="c2", client="other")]


def line(kind: str, **changes: Any) -> dict[str, Any]:
    """A complete line of this type with changes; GONE takes a key away."""
    record = {"type": kind, **LINES[kind], **changes}
    return {key: value for key, value in record.items() if value is not GONE}
