"""The setup fee of a company, charged once (G-09)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating.charge import Charge, Source
from rating.explanation import Explanation, Value
from rating.gateway.kinds import SETUP_FEE
from rating.money import amount

if TYPE_CHECKING:
    from rating.gateway.company import Company

RULE: Final = "G-09"
VERSION: Final = 1
KIND: Final = "setup_fee"
ONE: Final = Decimal(1)


def setup_charge(company: Company, *, schedule: int, reference: str, fee: Decimal) -> Charge:
    """The line of the fee (major units); `schedule` and `reference` are key and id of the company's fee schedule."""
    cents = amount(ONE, fee, currency=company.currency)
    inputs: dict[str, Value] = {
        "company": company.reference,
        "fee_schedule": reference,
        "fee": fee,
        "currency": company.currency,
    }
    return Charge.of(
        KIND,
        company.describe("line_setup"),
        quantity=ONE,
        unit_price=fee,
        currency=company.currency,
        explanation=Explanation(RULE, VERSION, inputs),
        sources=(Source(SETUP_FEE, schedule, ONE, cents, reference=reference),),
        company=company.id,
    )
