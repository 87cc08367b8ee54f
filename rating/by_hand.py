"""A line that a person writes on a draft: something that no other rule bills, or the difference to another line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rating.charge import Charge
from rating.explanation import Explanation, Value

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

RULE: Final = "by_hand"
VERSION: Final = 1
KIND: Final = "adjustment"


@dataclass(frozen=True, slots=True)
class HandLine:
    """What a person wants on a draft. `unit_price` is in major units; a `tax_rate` of None is the usual one.

    `company` is the key of the managed company; `adjusts` the text of the line that this one corrects. Why it was
    written is for the house and stays out of it: recipients may read the explanation.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal | None = None
    goods: bool = False
    company: int | None = None
    adjusts: str = ""


def hand_charge(line: HandLine, *, reference: str, written_on: date, currency: str) -> Charge:
    """The line. It bills no unit, so that nothing comes back when its document is taken back."""
    inputs: dict[str, Value] = {
        "line": reference,
        "written_on": written_on.isoformat(),
        "adjusts": line.adjusts,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "currency": currency,
    }
    return Charge.of(
        KIND,
        line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        currency=currency,
        explanation=Explanation(RULE, VERSION, inputs),
        tax_rate=line.tax_rate,
        goods=line.goods,
        company=line.company,
    )
