"""Words, numbers and dates of one document, as its reader writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel import Locale

from invoicing.documents.pdf.words import WORDS
from rating import numerals
from rating.hours import HOUR
from rating.money import exponent, to_major
from rating.numerals import MINUTE, Language


@dataclass(frozen=True, slots=True)
class Speech:
    """The language and the currency of a document."""

    language: Language
    currency: str

    def say(self, word: str, **parts: object) -> str:
        """The word or sentence of that name with its parts filled in."""
        return WORDS[self.language][word].format(**parts)

    def day(self, day: date) -> str:
        """A day: "31.01.2026", in English "31 January 2026"."""
        return numerals.day(day.isoformat(), self.language)

    def period(self, first: date, after: date) -> str:
        """The days before `after`: a calendar month by its name, else the first and the last day."""
        if first.day == 1 and after == (first + timedelta(days=31)).replace(day=1):
            return numerals.month(f"{first:%Y-%m}", self.language)
        return f"{self.day(first)} –\n{self.day(after - timedelta(days=1))}"

    def money(self, cents: int) -> str:
        """Minor units with the code of the currency."""
        return numerals.money(cents, self.currency, self.language)

    def amount(self, cents: int) -> str:
        """Minor units without the code, for columns that name it."""
        return numerals.number(to_major(cents, self.currency), self.language, places=exponent(self.currency))

    def number(self, value: Decimal) -> str:
        """A number with the digits that it has."""
        return numerals.number(value, self.language)

    def quantity(self, value: Decimal, unit: str, price_per: int) -> str:
        """A quantity with its unit; seconds as time, in minutes where the price is for a minute."""
        if unit != "s" or value != int(value) or price_per not in (HOUR, MINUTE):
            return f"{self.number(value)} {unit}".strip()
        sign, seconds = ("-" if value < 0 else ""), abs(int(value))
        shown = numerals.duration if price_per == HOUR else numerals.minutes
        return f"{sign}{shown(seconds, self.language)}"

    def price(self, value: Decimal, unit: str, price_per: int) -> str:
        """A price in major units, and for how much of the unit it is where that is not one."""
        shown = numerals.number(value, self.language, places=exponent(self.currency))
        if price_per == 1:
            return shown
        if unit == "s" and price_per in (HOUR, MINUTE):
            return self.say("per_hour" if price_per == HOUR else "per_minute", price=shown)
        return self.say("per", price=shown, count=price_per, unit=unit).rstrip()

    def country(self, code: str) -> str:
        """The name of a country in capital letters, as the last line of an address abroad; its code where unknown."""
        return str(Locale(self.language).territories.get(code, code)).upper()
