"""Services by the month or the year: which price counts for a month, and what it comes to (G-07)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rating import numerals
from rating.charge import Charge, Source
from rating.explanation import Explanation, Value
from rating.gateway.kinds import SERVICE_PRICE
from rating.money import EXACT, amount, to_major
from rating.proration import MONTHS_A_YEAR, months_after
from rating.recurring import DAY, ChargedPeriod, period_price

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rating.gateway.company import Company
    from rating.period import BillingPeriod

RULE: Final = "G-07"
VERSION: Final = 1
KIND: Final = "monthly_service"
MONTHLY: Final = "monthly"
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """The price of one service from one day to another (inclusive, None: open), in major units for one unit.

    `interval` is monthly or yearly; a `discount_percent` of 10 means 10 %.
    """

    id: int
    reference: str
    service: str
    price: Decimal
    quantity: Decimal
    discount_percent: Decimal
    valid_from: date
    valid_to: date | None
    interval: str
    prorate: bool

    def valid_on(self, day: date) -> bool:
        """Whether the price is in force on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def service_charges(company: Company, prices: Sequence[ServiceTerms], month: BillingPeriod) -> list[Charge]:
    """The lines of a company's services for that calendar month, by service and day.

    The price that is valid on the last day counts for the month; a prorated one for its days. Where the price of the
    last day counts for the whole month, the prorated prices before it are not charged as well.
    """
    ordered = sorted(prices, key=lambda price: (price.service, price.valid_from, price.id))
    charges = []
    for _, group in groupby(ordered, key=lambda price: price.service):
        of_service = list(group)
        taken = any(_takes_the_month(price, month) for price in of_service)
        for price in of_service:
            left_out = taken and price.interval == MONTHLY and price.prorate
            period = None if left_out else charged_period(price, month)
            if period is not None:
                charges.append(_charge(company, price, month.label(), period))
    return charges


def _takes_the_month(price: ServiceTerms, month: BillingPeriod) -> bool:
    return price.interval == MONTHLY and not price.prorate and price.valid_on(month.last_day)


def charged_period(price: ServiceTerms, month: BillingPeriod) -> ChargedPeriod | None:
    """The month, or the year that begins in it, and the days of it that are charged; None where none are."""
    if price.interval == MONTHLY:
        span = (month.first_day, month.last_day + DAY)
    else:
        years = month.first_day.year - price.valid_from.year
        start, after = (months_after(price.valid_from, count * MONTHS_A_YEAR) for count in (years, years + 1))
        if years < 0 or start is None or after is None or not month.first_day <= start <= month.last_day:
            return None
        span = (start, after)
    return _in_force(price, month, *span)


def _in_force(price: ServiceTerms, month: BillingPeriod, start: date, after: date) -> ChargedPeriod | None:
    first, last = start, after - DAY
    if not price.prorate:
        return ChargedPeriod(start, after, first, last, first) if price.valid_on(month.last_day) else None
    first = max(first, price.valid_from)
    last = last if price.valid_to is None else min(last, price.valid_to)
    return ChargedPeriod(start, after, first, last, first) if first <= last else None


def net_unit_price(price: Decimal, discount_percent: Decimal) -> Decimal:
    """The price less its discount, exact: nothing is rounded before the line is."""
    if not discount_percent:
        return price
    return EXACT.multiply(price, EXACT.subtract(HUNDRED, discount_percent)).scaleb(-2, context=EXACT)


def _charge(company: Company, price: ServiceTerms, month: str, period: ChargedPeriod) -> Charge:
    unit_price = net_unit_price(price.price, price.discount_percent)
    steps: tuple[dict[str, Value], ...] = ()
    if price.discount_percent:
        steps += ({"step": "discount", "net_unit_price": unit_price},)
    quantity, each = price.quantity, unit_price
    if period.offsets != (0, period.days):
        cents = period_price(price.quantity, unit_price, company.currency, period)
        steps += (_proration(company, price.quantity, unit_price, period, cents),)
        quantity, each = Decimal(1), to_major(cents, company.currency)
    line = Charge.of(
        KIND,
        _described(company, price, month, period),
        quantity=quantity,
        unit_price=each,
        currency=company.currency,
        explanation=Explanation(RULE, VERSION, _inputs(company, price, month, period), steps),
        company=company.id,
    )
    source = Source(SERVICE_PRICE, price.id, price.quantity, line.amount_cents, month, price.reference)
    return replace(line, sources=(source,))


def _proration(
    company: Company, quantity: Decimal, unit_price: Decimal, period: ChargedPeriod, cents: int
) -> dict[str, Value]:
    first, after = period.offsets
    return {
        "step": "proration",
        "days": after - first,
        "days_of_period": period.days,
        "whole_period_cents": amount(quantity, unit_price, currency=company.currency),
        "part_cents": cents,
    }


def _inputs(company: Company, price: ServiceTerms, month: str, period: ChargedPeriod) -> dict[str, Value]:
    return {
        "company": company.reference,
        "month": month,
        "service_price": price.reference,
        "service": price.service,
        "quantity": price.quantity,
        "unit_price": price.price,
        "discount_percent": price.discount_percent,
        "currency": company.currency,
        "interval": price.interval,
        "prorate": price.prorate,
        "period_first_day": period.start.isoformat(),
        "period_last_day": (period.after - DAY).isoformat(),
        "charged_first_day": period.first_day.isoformat(),
        "charged_last_day": period.last_day.isoformat(),
    }


def _described(company: Company, price: ServiceTerms, month: str, period: ChargedPeriod) -> str:
    when = company.month(month)
    if price.interval != MONTHLY:
        days = (numerals.day(day.isoformat(), company.language) for day in (period.first_day, period.last_day))
        when = company.describe("line_days", **dict(zip(("first", "last"), days, strict=True)))
    first, after = period.offsets
    shown = []
    if after - first != period.days:
        shown.append(company.describe("line_part", days=after - first, all=period.days))
    if price.discount_percent:
        percent = numerals.number(price.discount_percent, company.language)
        shown.append(company.describe("line_discount", percent=percent))
    told = company.describe("line_service", service=price.service, when=when)
    return f"{told} ({', '.join(shown)})" if shown else told
