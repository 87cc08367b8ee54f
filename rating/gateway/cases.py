"""Service cases by the case, and outputs at a flat price by the month (G-10, G-11, G-12)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating.charge import Charge, Source
from rating.explanation import Explanation, Value
from rating.gateway.kinds import FLAT_FEE
from rating.money import to_major

if TYPE_CHECKING:
    from rating.gateway.company import Company

CASE_RULE: Final = "G-11"
CASE_VERSION: Final = 1
CASE_KIND: Final = "service_cases"
FLAT_RULE: Final = "G-12"
FLAT_VERSION: Final = 1
FLAT_KIND: Final = "monthly_flat"

EMAIL_CENTS: Final = 50
WEBHOOK_CENTS: Final = 50
FLAT_CENTS: Final = 2900
ONE: Final = Decimal(1)
_PARTS: Final = {"email": (True, False), "webhook": (False, True), "hybrid": (True, True)}


@dataclass(frozen=True, slots=True)
class OutputPrices:
    """How cases are put out (email, webhook, hybrid) and the parts of their price in minor units.

    None is the default (base 0, email 50, webhook 50), 0 is free.
    """

    output_type: str
    base_cents: int | None
    email_cents: int | None
    webhook_cents: int | None


def case_price(prices: OutputPrices) -> int:
    """Minor units of one case: base, email part and webhook part. Raises ValueError for an unknown output."""
    try:
        by_email, by_webhook = _PARTS[prices.output_type]
    except KeyError:
        raise ValueError(f"{prices.output_type!r} is no output; there are {', '.join(_PARTS)}.") from None
    price = prices.base_cents or 0
    if by_email:
        price += EMAIL_CENTS if prices.email_cents is None else prices.email_cents
    if by_webhook:
        price += WEBHOOK_CENTS if prices.webhook_cents is None else prices.webhook_cents
    return price


def case_charge(
    company: Company, *, month: str, price_cents: int, cases: int, annex: str = "", late: bool = False
) -> Charge:
    """The line of all cases of one price that were sent in that month ("2026-01").

    `annex` is the checksum of the cases behind it; each of them is claimed at its own price.
    """
    inputs: dict[str, Value] = {
        "company": company.reference,
        "month": month,
        "cases": cases,
        "price_cents": price_cents,
        "currency": company.currency,
        "annex": annex,
        "late": late,
    }
    return Charge.of(
        CASE_KIND,
        company.describe("line_cases_late" if late else "line_cases", month=company.month(month)),
        quantity=Decimal(cases),
        unit_price=to_major(price_cents, company.currency),
        currency=company.currency,
        explanation=Explanation(CASE_RULE, CASE_VERSION, inputs),
        company=company.id,
    )


def flat_charge(company: Company, *, month: str, configuration: int, reference: str, price_cents: int | None) -> Charge:
    """The line of one flat configuration for that month ("2026-01"); a price of None is the default."""
    cents = FLAT_CENTS if price_cents is None else price_cents
    inputs: dict[str, Value] = {
        "company": company.reference,
        "month": month,
        "output_configuration": reference,
        "price_cents": cents,
        "default_price": price_cents is None,
        "currency": company.currency,
    }
    return Charge.of(
        FLAT_KIND,
        company.describe("line_flat", month=company.month(month)),
        quantity=ONE,
        unit_price=to_major(cents, company.currency),
        currency=company.currency,
        explanation=Explanation(FLAT_RULE, FLAT_VERSION, inputs),
        sources=(Source(FLAT_FEE, configuration, ONE, cents, month, reference),),
        company=company.id,
    )
