"""Bill a fixed fee for the ticket; the time on it is paid with the fee."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating.charge import Charge
from rating.explanation import Explanation, Value
from rating.money import amount
from rating.outcome import Priced
from rating.phrases import PHRASES
from rating.sources import TICKET_FEE, fee_source, time_source
from rating.work import Work, in_order

if TYPE_CHECKING:
    from rating.terms import Terms

RULE: Final = "ticket_fee"
VERSION: Final = 1
ONE: Final = Decimal(1)


def applies(work: Work, _terms: Terms) -> bool:
    """Where there is a fee and no time."""
    return work.has_fee and not work.time


def rate(work: Work, terms: Terms) -> Priced:
    """One line with the fee, which claims the time entries too; without a fee there is no line."""
    time = tuple(time_source(entry) for entry in in_order(work.time))
    fee = work.fee
    if fee is None or not work.has_fee:
        return Priced(free=time)
    inputs: dict[str, Value] = {
        "fee": fee.unit_price,
        "fee_source": fee.origin,
        "currency": terms.currency,
        "time_entries": [source.reference for source in time],
    }
    cents = amount(ONE, fee.unit_price, currency=terms.currency)
    charge = Charge.of(
        TICKET_FEE,
        PHRASES[terms.language]["line_fee"].format(number=work.number),
        quantity=ONE,
        unit_price=fee.unit_price,
        currency=terms.currency,
        sources=(fee_source(fee, cents), *time),
        explanation=Explanation(RULE, VERSION, inputs),
    )
    return Priced((charge,))
