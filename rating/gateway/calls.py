"""Call minutes: one line per company and month of the calls (G-04, G-05, G-06)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating import numerals
from rating.charge import Charge
from rating.explanation import Explanation, Value
from rating.gateway.metering import Metering
from rating.money import amount, percent_of, to_major
from rating.numerals import MINUTE

if TYPE_CHECKING:
    from rating.gateway.company import Company

RULE: Final = "G-04"
VERSION: Final = 1
KIND: Final = "call_minutes"


@dataclass(frozen=True, slots=True)
class CallTerms:
    """What a company pays for calls: `rate` in major units per minute; `rate_source` says who set it.

    `included_seconds` of None is no allowance; `discount_percent` is taken off the usage (12.5 means 12.5 %).
    """

    rate: Decimal
    rate_source: str
    metering: Metering
    included_seconds: int | None
    unlimited: bool
    discount_percent: Decimal

    @classmethod
    def of(
        cls,
        *,
        company: Decimal | None,
        tenant: Decimal | None,
        plan: Decimal | None,
        setting: Decimal,
        metering: Metering,
        included_minutes: int | None,
        unlimited: bool,
        discount_percent: Decimal,
    ) -> CallTerms:
        """The first rate that is set counts: the company's own, its tenant's, its plan's, the setting; 0 is a price."""
        ladder = (("company", company), ("tenant", tenant), ("plan", plan))
        source, rate = next(((name, rate) for name, rate in ladder if rate is not None), ("setting", setting))
        included = None if included_minutes is None else included_minutes * MINUTE
        return cls(rate, source, metering, included, unlimited, discount_percent)


@dataclass(frozen=True, slots=True)
class CallUsage:
    """Calls of one company in one month ("2026-01", that of the calls), and their seconds, talked and metered.

    `before_seconds` are metered seconds of that company and month that were billed earlier: they have used the included
    minutes first. `annex` is the checksum of the calls behind it; `late` calls came in after their month was closed.
    """

    month: str
    calls: int
    talked_seconds: int
    metered_seconds: int
    before_seconds: int = 0
    annex: str = ""
    late: bool = False


def call_charge(company: Company, usage: CallUsage, terms: CallTerms) -> Charge:
    """The line, also of 0 where nothing is left to bill. With a discount it is one unit at the net price."""
    billable = billable_seconds(
        usage.metered_seconds,
        before_seconds=usage.before_seconds,
        included_seconds=terms.included_seconds,
        unlimited=terms.unlimited,
    )
    steps: tuple[dict[str, Value], ...] = ({"step": "included_minutes", "billable_seconds": billable},)
    quantity, unit, price, price_per = Decimal(billable), "s", terms.rate, MINUTE
    if terms.discount_percent:
        usage_cents = usage_price(billable, terms.rate, company.currency)
        net = net_price(usage_cents, terms.discount_percent)
        steps += ({"step": "discount", "usage_cents": usage_cents, "off_cents": usage_cents - net, "net_cents": net},)
        quantity, unit, price, price_per = Decimal(1), "", to_major(net, company.currency), 1
    return Charge.of(
        KIND,
        _described(company, usage, terms, billable),
        quantity=quantity,
        unit=unit,
        unit_price=price,
        price_per=price_per,
        currency=company.currency,
        explanation=Explanation(RULE, VERSION, _inputs(company, usage, terms), steps),
        company=company.id,
    )


def billable_seconds(
    metered_seconds: int, *, before_seconds: int, included_seconds: int | None, unlimited: bool
) -> int:
    """The metered seconds that the included ones do not pay for, after those of earlier lines of the same month."""
    if unlimited:
        return 0
    included = included_seconds or 0
    return max(0, before_seconds + metered_seconds - included) - max(0, before_seconds - included)


def usage_price(billable: int, rate: Decimal, currency: str) -> int:
    """Minor units of so many seconds at a rate per minute, rounded once."""
    return amount(Decimal(billable), rate, currency=currency, price_per=MINUTE)


def net_price(usage_cents: int, discount_percent: Decimal) -> int:
    """What is left of the usage, in minor units, when its discount was rounded and taken off."""
    return usage_cents - percent_of(usage_cents, discount_percent)


def _inputs(company: Company, usage: CallUsage, terms: CallTerms) -> dict[str, Value]:
    return {
        "company": company.reference,
        "month": usage.month,
        "calls": usage.calls,
        "talked_seconds": usage.talked_seconds,
        "metering": terms.metering.as_text(),
        "metered_seconds": usage.metered_seconds,
        "before_seconds": usage.before_seconds,
        "included_seconds": terms.included_seconds,
        "unlimited": terms.unlimited,
        "rate": terms.rate,
        "rate_source": terms.rate_source,
        "discount_percent": terms.discount_percent,
        "currency": company.currency,
        "annex": usage.annex,
        "late": usage.late,
    }


def _described(company: Company, usage: CallUsage, terms: CallTerms, billable: int) -> str:
    """The month, and what was used where the quantity of the line does not say it."""
    told = company.describe("line_calls_late" if usage.late else "line_calls", month=company.month(usage.month))
    shown = []
    if billable != usage.metered_seconds or terms.discount_percent:
        shown.append(company.describe("line_used", time=numerals.minutes(usage.metered_seconds, company.language)))
    if terms.unlimited:
        shown.append(company.describe("line_unlimited"))
    elif terms.included_seconds:
        minutes = numerals.minutes(terms.included_seconds, company.language)
        shown.append(company.describe("line_included", time=minutes))
    if terms.discount_percent:
        percent = numerals.number(terms.discount_percent, company.language)
        shown.append(company.describe("line_discount", percent=percent))
    return f"{told} ({', '.join(shown)})" if shown else told
