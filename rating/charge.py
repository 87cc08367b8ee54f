"""A charge: one future line of a document, what it claims and why it costs what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rating.explanation import Explanation, Value
from rating.money import amount

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Source:
    """A billable unit that a charge claims: a time entry, a ticket's fee, an expense, a call, ...

    `quantity` is in the unit of the kind (seconds for time); `amount_cents` is set where the unit has a price of its
    own. `part` tells apart what may be claimed more than once, such as the months of one price.
    """

    kind: str
    id: int
    quantity: Decimal | None = None
    amount_cents: int | None = None
    part: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """A priced line. `unit_price` is per `price_per` units, in major units; `amount_cents` in minor units.

    A `tax_rate` of None is the usual one; `goods` tells deliveries from services; `company` is the managed company.
    """

    kind: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    price_per: int
    currency: str
    amount_cents: int
    sources: tuple[Source, ...]
    explanation: Explanation
    tax_rate: Decimal | None = None
    goods: bool = False
    company: int | None = None

    @classmethod
    def of(
        cls,
        kind: str,
        description: str,
        *,
        quantity: Decimal,
        unit_price: Decimal,
        currency: str,
        explanation: Explanation,
        unit: str = "",
        price_per: int = 1,
        sources: tuple[Source, ...] = (),
        tax_rate: Decimal | None = None,
        goods: bool = False,
        company: int | None = None,
    ) -> Charge:
        """The charge with its amount, rounded once; that last step is added to the explanation."""
        cents = amount(quantity, unit_price, currency=currency, price_per=price_per)
        step: dict[str, Value] = {"step": "amount", "quantity": quantity, "unit_price": unit_price}
        step |= {"price_per": price_per, "amount_cents": cents}
        explained = Explanation(explanation.rule, explanation.version, explanation.inputs, (*explanation.steps, step))
        return cls(
            kind, description, quantity, unit, unit_price, price_per, currency, cents,
            sources, explained, tax_rate, goods, company,
        )  # fmt: skip
