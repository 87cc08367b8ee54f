"""Changes that were made for a company: once, or every month until they end (G-08)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating import numerals
from rating.charge import Charge, Source
from rating.explanation import Explanation, Value
from rating.gateway.kinds import SERVICE_CHANGE
from rating.proration import months_after

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from rating.gateway.company import Company
    from rating.period import BillingPeriod

RULE: Final = "G-08"
VERSION: Final = 1
KIND: Final = "service_change"
ONCE: Final = ""
ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """An approved change. Its price is `amount`, or `hours` x `hourly_rate`, in major units.

    A recurring one comes back every month on the day of `service_date`, up to `recurring_until` (inclusive; None: open
    end).
    """

    id: int
    reference: str
    service_date: date
    category: str
    description: str
    amount: Decimal | None
    hours: Decimal | None
    hourly_rate: Decimal | None
    recurring: bool
    recurring_until: date | None

    @property
    def price(self) -> tuple[Decimal, str, Decimal]:
        """Quantity, unit and unit price. Raises ValueError for a change without a price."""
        if self.amount is not None:
            return ONE, "", self.amount
        if self.hours is None or self.hourly_rate is None:
            raise ValueError(f"Service change {self.reference} has neither an amount nor hours and their rate.")
        return self.hours, "h", self.hourly_rate


def change_charges(
    company: Company, change: ChangeTerms, month: BillingPeriod, billed_parts: frozenset[str]
) -> list[Charge]:
    """The lines that are due by the end of that month and not billed yet, the oldest first.

    `billed_parts` are the parts of the change that live claims settle: "" for a change that is made once (or that was
    settled as a whole elsewhere), months such as "2026-01" for a recurring one.
    """
    if ONCE in billed_parts:
        return []
    if change.recurring:
        days = [day for day in _recurrences(change, month) if _label(day) not in billed_parts]
        return [_charge(company, change, day, _label(day)) for day in days]
    return [_charge(company, change, change.service_date, ONCE)] if change.service_date <= month.last_day else []


def _recurrences(change: ChangeTerms, month: BillingPeriod) -> Iterator[date]:
    until = change.recurring_until
    last = month.last_day if until is None else min(month.last_day, until)
    day: date | None = change.service_date
    months = 0
    while day is not None and day <= last:
        yield day
        months += 1
        day = months_after(change.service_date, months)


def _label(day: date) -> str:
    return f"{day:%Y-%m}"


def _charge(company: Company, change: ChangeTerms, day: date, part: str) -> Charge:
    quantity, unit, unit_price = change.price
    inputs: dict[str, Value] = {
        "company": company.reference,
        "service_change": change.reference,
        "service_date": change.service_date.isoformat(),
        "month": part,
        "quantity": quantity,
        "unit_price": unit_price,
        "currency": company.currency,
    }
    line = Charge.of(
        KIND,
        _described(company, change, day, part),
        quantity=quantity,
        unit=unit,
        unit_price=unit_price,
        currency=company.currency,
        explanation=Explanation(RULE, VERSION, inputs),
        company=company.id,
    )
    source = Source(SERVICE_CHANGE, change.id, quantity, line.amount_cents, part, change.reference)
    return replace(line, sources=(source,))


def _described(company: Company, change: ChangeTerms, day: date, part: str) -> str:
    named = change.description or change.category or company.describe("line_change")
    when = company.month(part) if part else numerals.day(day.isoformat(), company.language)
    return company.describe("line_service", service=named, when=when)
