"""Amounts, times and days as people write them in English and in German; nothing is rounded here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from rating.explanation import plain
from rating.hours import HOUR, decimal_hours
from rating.money import exponent, to_major
from rating.period import MONTHS, BillingPeriod

Language: TypeAlias = Literal["en", "de"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de")

MINUTE: Final = 60
_GERMAN: Final = str.maketrans(",.", ".,")


def number(value: Decimal, language: Language, *, places: int = 0) -> str:
    """All digits that the value has and at least `places` after the point: "1,234.5", in German "1.234,5"."""
    digits = len(plain(value).partition(".")[2].rstrip("0"))
    return _localised(f"{value:,.{max(places, digits)}f}", language)


def money(cents: int, currency: str, language: Language) -> str:
    """An amount in minor units with the currency's code: "1,234.50 EUR". Raises UnknownCurrency."""
    return price(to_major(cents, currency), currency, language)


def price(value: Decimal, currency: str, language: Language) -> str:
    """A price in major units, with all the places it needs and at least those of the currency."""
    return f"{number(value, language, places=exponent(currency))} {currency}"


def duration(seconds: int, language: Language) -> str:
    """Worked time, exact: "1.50 h" where two places say it, else "0:20 h" or "0:01:01 h"."""
    hours = decimal_hours(seconds)
    if hours is not None:
        return f"{number(hours, language, places=2)} h"
    whole, rest = divmod(seconds, HOUR)
    minutes, split = divmod(rest, MINUTE)
    return f"{whole}:{minutes:02}:{split:02} h" if split else f"{whole}:{minutes:02} h"


def day(iso: str, language: Language) -> str:
    """A day written as YYYY-MM-DD: "15 January 2026", in German "15.01.2026". Raises ValueError for what is no day."""
    found = date.fromisoformat(iso)
    if language == "de":
        return f"{found:%d.%m.}{found.year}"
    return f"{found.day} {MONTHS['en'][found.month - 1]} {found.year}"


def month(label: str, language: Language) -> str:
    """A month written as YYYY-MM: "January 2026", in German "Januar 2026". Raises ValueError for what is no month."""
    return BillingPeriod.from_label(label, "UTC").month_label(language)


def minutes(seconds: int, language: Language) -> str:
    """Time on the phone, exact, in minutes and seconds: "112:00 min"."""
    whole, rest = divmod(seconds, MINUTE)
    return f"{number(Decimal(whole), language)}:{rest:02} min"


def _localised(text: str, language: Language) -> str:
    return text.translate(_GERMAN) if language == "de" else text
