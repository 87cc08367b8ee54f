"""Readers: a JSON value -> the value for its column, or Problem with the rest of a sentence.

Each maker returns a reader for one kind of value. Readers never see null: whether a field may be cleared is said where
the field is declared. No reader ever makes a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from contracts.vat_ids import checked
from rating.money import UnknownCurrency, exponent

from .problem import Inexact, Problem, quoted

Value = str | int | bool | None
Reader = Callable[[object], Value]

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNPRINTABLE_BUT_LAYOUT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Short enough that 3600 times the number is exact in the 28 digits of decimal arithmetic.
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)
_LARGEST = 10**12
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def text(longest: int, *, empty: bool = False, layout: bool = False) -> Reader:
    """Text of at most `longest` characters; `layout` lets line ends and tabs pass."""
    refused = _UNPRINTABLE_BUT_LAYOUT if layout else _UNPRINTABLE

    def read(value: object) -> str:
        found = as_text(value)
        if not empty and not found.strip():
            raise Problem("must not be empty")
        if len(found) > longest:
            raise Problem(f"is longer than {longest} characters ({len(found)})")
        if bad := refused.search(found):
            raise Problem(f"contains the character U+{ord(bad.group()):04X}, which is not allowed")
        return found

    return read


def choice(*allowed: str) -> Reader:
    """One of the words."""
    words = frozenset(allowed)

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise Problem(f"must be one of {', '.join(allowed)}, not {quoted(value)}")

    return read


def boolean(value: object) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    raise Problem(f"must be true or false, not {quoted(value)}")


def integer(least: int, most: int) -> Reader:
    """A whole number as JSON number, both ends included."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Problem(f"must be a whole number, not {quoted(value)}")
        if not least <= value <= most:
            raise Problem(f"must be between {least} and {most}, not {quoted(value)}")
        return value

    return read


def exact(value: object) -> Decimal:
    """A decimal string or a JSON integer, with nothing lost."""
    if isinstance(value, Inexact):
        raise Problem(f'must be a decimal in quotes such as "1.50", not the number {value}')
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return Decimal(value)
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise Problem(f'must be a decimal in quotes such as "1.50", not {quoted(value)}')
    return Decimal(value)


def decimal(digits: int, places: int, *, least: int = 0, most: int | None = None) -> Reader:
    """A decimal string that fits a column of `digits` digits, `places` of them after the point."""
    too_much = Decimal(10) ** (digits - places)

    def read(value: object) -> str:
        found = exact(value)
        if found < least:
            raise Problem("must not be negative" if least == 0 else f"must be at least {least}, not {quoted(value)}")
        if most is not None and found > most:
            raise Problem(f"must be at most {most}, not {quoted(value)}")
        if abs(found) >= too_much:
            raise Problem(f"is too large: {quoted(value)}")
        if found != round(found, places):
            raise Problem(f"has more than {places} decimal places: {quoted(value)}")
        return format(found, "f")

    return read


def hours(most: int) -> Reader:
    """Decimal hours -> whole seconds. `most` is in hours; what is no whole number of seconds is refused."""

    def read(value: object) -> int:
        seconds = exact(value) * 3600
        if seconds < 0:
            raise Problem("must not be negative")
        if seconds > most * 3600:
            raise Problem(f"must be at most {most} hours, not {quoted(value)}")
        if seconds != seconds.to_integral_value():
            raise Problem(f"is not a whole number of seconds: {quoted(value)} h")
        return int(seconds)

    return read


def email(value: object) -> str:
    """An address with one @ and a domain; whether it is reached is not ours to know."""
    found = str(text(254)(value))
    if not _EMAIL.fullmatch(found):
        raise Problem(f"is no e-mail address: {quoted(value)}")
    return found


def country(value: object) -> str:
    """ISO 3166 alpha-2, in capitals."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise Problem(f"must be a country of two capital letters such as DE, not {quoted(value)}")
    return value


def currency(value: object) -> str:
    """An ISO 4217 code that money can be counted in."""
    try:
        exponent(as_text(value))
    except UnknownCurrency as error:
        raise Problem(f"must be a currency of ISO 4217 such as EUR, not {quoted(value)}") from error
    return str(value)


def vat_id(value: object) -> str:
    """A VAT id, one of the EU with the right check digit; whether it fits the country is judged with the country."""
    found = str(text(30, empty=True)(value))
    try:
        return checked(found)
    except ValueError as error:
        raise Problem(f"{error}: {quoted(value)}") from error


def zone(value: object) -> str:
    """The name of a time zone."""
    if not isinstance(value, str) or value not in _zones():
        raise Problem(f"must be a time zone such as Europe/Berlin, not {quoted(value)}")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def as_text(value: object) -> str:
    """Text of any length and any characters. Raises Problem for everything else."""
    if not isinstance(value, str) or isinstance(value, Inexact):
        raise Problem(f"must be text in quotes, not {quoted(value)}")
    return value
