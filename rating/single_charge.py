"""A single charge to a client: one line, billed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rating.charge import Charge, Source
from rating.explanation import Explanation, Value

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

RULE: Final = "charge"
VERSION: Final = 1
KIND: Final = "charge"


@dataclass(frozen=True, slots=True)
class Single:
    """A single charge. `unit_price` is in major units; a `tax_rate` of None is the usual one."""

    id: int
    reference: str
    charged_on: date
    description: str
    quantity: Decimal
    unit_price: Decimal
    currency: str
    tax_rate: Decimal | None = None
    goods: bool = False


def single_charge(item: Single) -> Charge:
    """Its line, with its own tax rate."""
    inputs: dict[str, Value] = {
        "charge": item.reference,
        "charged_on": item.charged_on.isoformat(),
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "currency": item.currency,
    }
    line = Charge.of(
        KIND,
        item.description,
        quantity=item.quantity,
        unit_price=item.unit_price,
        currency=item.currency,
        explanation=Explanation(RULE, VERSION, inputs),
        tax_rate=item.tax_rate,
        goods=item.goods,
    )
    return replace(line, sources=(Source(KIND, item.id, item.quantity, line.amount_cents, reference=item.reference),))
