"""Amounts and numbers as text: for people with their currency, for scripts as plain decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_currency

from accounts.language import active
from rating.explanation import plain
from rating.money import exponent, to_major


def money(cents: int, currency: str, *, locale: str = "") -> str:
    """An amount in minor units as people of that locale write it, with the currency's code: "1,234.50 EUR".

    Without a locale it is written in the language of the page, and elsewhere in English.
    """
    places = "0" * exponent(currency)
    pattern = f"#,##0{'.' if places else ''}{places} ¤¤"
    amount, locale = to_major(cents, currency), locale or active()
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=False)


def signed_money(cents: int, currency: str) -> str:
    """An amount by which something is more or less: "+12.00 EUR", "-3.00 EUR"."""
    return f"{'+' if cents > 0 else ''}{money(cents, currency)}"


def sums(by_currency: dict[str, int]) -> str:
    """One amount per currency, in minor units: "10.00 EUR, 5.00 USD"; a dash where there is none."""
    return ", ".join(money(cents, code) for code, cents in sorted(by_currency.items())) or "-"


def decimal_text(number: Decimal) -> str:
    """The decimal in digits, without needless zeros and never with an exponent: "1.5", "100", "0"."""
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(number: Decimal) -> str:
    """The decimal without needless zeros, with the point of the page's language: "99.5", in German "99,5"."""
    text = decimal_text(number)
    return text.replace(".", ",") if active() == "de" else text


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """The rows as lines with aligned columns; the columns named in `right` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
