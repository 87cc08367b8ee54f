"""Short ways to write what the gateway's tests are about, and what holds for each of its lines."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rating import numerals
from rating.gateway.calls import CallTerms, CallUsage
from rating.gateway.changes import ChangeTerms
from rating.gateway.company import Company
from rating.gateway.metering import Metering
from rating.gateway.services import ServiceTerms
from rating.money import amount
from rating.naming import named_mass, named_sources
from rating.period import BillingPeriod
from rating.recompute import recompute
from rating.wording import sentences

if TYPE_CHECKING:
    from rating.charge import Charge

SUB = Company(7, "sub1", "EUR")
ENGLISH = Company(7, "sub1", "EUR", "en")
JANUARY = BillingPeriod.for_month(2026, 1, "Europe/Berlin")


def usage(*durations: int, metering: Metering | None = None, **facts: Any) -> CallUsage:
    metered = sum(map((metering or Metering()).seconds, durations))
    return CallUsage(**{"month": "2026-01", "calls": len(durations), "talked_seconds": sum(durations),
                        "metered_seconds": metered, **facts})  # fmt: skip


def call_terms(rate: str = "0.12", **facts: Any) -> CallTerms:
    usual: dict[str, Any] = {
        "company": Decimal(rate), "tenant": None, "plan": None, "setting": Decimal("0.12"), "metering": Metering(),
        "included_minutes": None, "unlimited": False, "discount_percent": Decimal(0),
    }  # fmt: skip
    return CallTerms.of(**usual | facts)


def service(price: str = "29.00", **facts: Any) -> ServiceTerms:
    usual: dict[str, Any] = {
        "id": 3, "reference": "p1", "service": "Phone line", "price": Decimal(price), "quantity": Decimal(1),
        "discount_percent": Decimal(0), "valid_from": date(2025, 1, 1), "valid_to": None, "interval": "monthly",
        "prorate": False,
    }  # fmt: skip
    return ServiceTerms(**usual | facts)


def change(amount: str | None = "250.00", **facts: Any) -> ChangeTerms:
    usual: dict[str, Any] = {
        "id": 5, "reference": "h1", "service_date": date(2026, 1, 15), "category": "", "description": "Number porting",
        "amount": None if amount is None else Decimal(amount), "hours": None, "hourly_rate": None, "recurring": False,
        "recurring_until": None,
    }  # fmt: skip
    return ChangeTerms(**usual | facts)


def stored(line: Charge) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(line.explanation.as_dict()))
    return found


def told(line: Charge, language: numerals.Language = "en") -> list[str]:
    return sentences(stored(line), language=language, currency=line.currency, amount_cents=line.amount_cents)


def proved(line: Charge) -> Charge:
    """The line, after all that must hold for any: it multiplies, is computed again, names its units, and is told."""
    kept = stored(line)
    assert amount(line.quantity, line.unit_price, currency=line.currency, price_per=line.price_per) == line.amount_cents
    assert recompute(kept) == line.amount_cents
    assert kept["inputs"]["currency"] == line.currency
    assert line.company == SUB.id
    # What tables of lines and claims can hold.
    assert -line.unit_price.as_tuple().exponent <= 12  # type: ignore[operator]
    assert all(len(source.part) <= 20 for source in line.sources)
    wanted = Counter((source.kind, source.reference, source.quantity, source.part) for source in line.sources)
    assert Counter(tuple(source) for source in named_sources(kept)) == wanted
    assert bool(line.sources) == (named_mass(kept) is None)
    assert sum(source.amount_cents or 0 for source in line.sources) == (line.amount_cents if line.sources else 0)
    for language in numerals.LANGUAGES:
        *_, last = told(line, language)
        assert last.endswith(f" {numerals.money(line.amount_cents, line.currency, language)}.")
    return line
