"""Short ways to write the facts and terms that these tests are about."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rating.hours import parse_hours
from rating.terms import CardRate, Rate, Rounding, Terms
from rating.ticket import rate_ticket
from rating.work import ExpenseItem, Fee, Work, WorkedTime

if TYPE_CHECKING:
    from rating.outcome import Rated

DAY = date(2026, 1, 15)  # a Thursday
MONTH = date(2026, 1, 1)
EXACT = Rounding(direction="none", minimum_seconds=0)


def rate(hourly: str, origin: str = "contract") -> Rate:
    return Rate(origin, Decimal(hourly), origin)


def terms(hourly: str | None = "100.00", **changes: Any) -> Terms:
    ladder = () if hourly is None else (rate(hourly),)
    return Terms("EUR", "Europe/Berlin", **{"contract": 1, "contract_reference": "c1", "ladder": ladder, **changes})


def entry(hours: str, number: int = 1, *, hourly: str | None = None, on: date = DAY, **facts: Any) -> WorkedTime:
    own = None if hourly is None else Decimal(hourly)
    return WorkedTime(number, f"e{number}", on, parse_hours(hours), hourly_rate=own, **facts)


def started(start: str, hours: str = "1", **facts: Any) -> WorkedTime:
    at = datetime.fromisoformat(start)
    return entry(hours, on=at.date(), started_at=at, **facts)


def fee(price: str, origin: str = "contract") -> Fee:
    return Fee(7, Decimal(price), origin, "t7")


def expense(price: str, quantity: str = "1", number: int = 1, **facts: Any) -> ExpenseItem:
    return ExpenseItem(number, f"x{number}", DAY, "SSD", Decimal(quantity), Decimal(price), **facts)


def work(*time: WorkedTime, **facts: Any) -> Work:
    return Work("1001", "Mail down", **{"time": time, "ticket_id": 7, "closed_on": DAY, **facts})


def hours(*texts: str) -> Work:
    return work(*(entry(text, number) for number, text in enumerate(texts, 1)))


def card(reference: str, **facts: Any) -> CardRate:
    for name in ("hourly_rate", "multiplier"):
        if name in facts:
            facts[name] = Decimal(facts[name])
    return CardRate(reference, **{"valid_from": MONTH, **facts})


def rated(of: Work, under: Terms | None = None, left: Any = None) -> Rated:
    return rate_ticket(of, under or terms(), left or {})


def cents(result: Rated) -> list[int]:
    return [charge.amount_cents for charge in result.charges]


def quantities(result: Rated) -> list[tuple[Decimal, Decimal]]:
    return [(charge.quantity, charge.unit_price) for charge in result.charges]
