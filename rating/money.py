"""Money is an integer of minor units; this module holds the only rounding there is."""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# Products and shifts of prices are exact or refused: an inexact one would be a second, hidden rounding.
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

_PLACES_BY_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
        "CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL "
        "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR "
        "MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK "
        "SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD "
        "XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_PLACES: Final = {code: places for places, codes in _PLACES_BY_CODES.items() for code in codes.split()}


class UnknownCurrency(ValueError):  # noqa: N818 - says what was found, as a sentence
    """The code is no currency of ISO 4217 that has minor units."""


def exponent(currency: str) -> int:
    """Decimal places of the currency's minor unit: JPY 0, EUR 2, KWD 3. Raises UnknownCurrency."""
    try:
        return _PLACES[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not an ISO 4217 currency code such as EUR.") from None


def currencies(places: int) -> tuple[str, ...]:
    """The codes of all currencies whose minor unit has so many decimal places."""
    return tuple(_PLACES_BY_CODES.get(places, "").split())


def _minor_units(currency: str) -> int:
    scale: int = 10 ** exponent(currency)
    return scale


def round_half_up(numerator: int, denominator: int = 1) -> int:
    """The nearest integer to the fraction, halves away from zero. The denominator is positive, else ValueError."""
    if denominator <= 0:
        raise ValueError(f"A denominator must be positive, not {denominator}.")
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def amount(quantity: Decimal, unit_price: Decimal, *, currency: str, price_per: int = 1) -> int:
    """Quantity x unit price / price_per in minor units, rounded once. Both are in major units, price_per >= 1."""
    if price_per < 1:
        raise ValueError(f"A price is per 1 unit or more, not per {price_per}.")
    count, count_parts = quantity.as_integer_ratio()
    price, price_parts = unit_price.as_integer_ratio()
    return round_half_up(count * price * _minor_units(currency), count_parts * price_parts * price_per)


def percent_of(cents: int, percent: Decimal) -> int:
    """So many percent (19 means 19 %) of an amount, in minor units, rounded half away from zero."""
    numerator, denominator = percent.as_integer_ratio()
    return round_half_up(cents * numerator, 100 * denominator)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to the weights by the largest remainder; the parts sum to it exactly.

    On equal remainders the earlier part gets the unit. Raises ValueError for a negative weight, and where there is
    something to split but no weight to split it by.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A share cannot be computed with a negative weight.")
    whole = sum(weights)
    if not whole:
        if total:
            raise ValueError(f"{total} cannot be shared: all weights are zero.")
        return [0] * len(weights)
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % whole), place))
    for place in by_remainder[: size - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]


def to_minor(value: Decimal, currency: str) -> int:
    """Minor units of an amount in major units. Raises ValueError where it has more places than the currency."""
    numerator, denominator = value.as_integer_ratio()
    cents, rest = divmod(numerator * _minor_units(currency), denominator)
    if rest:
        raise ValueError(f"{value} has more decimal places than {currency} ({exponent(currency)}).")
    return cents


def to_major(cents: int, currency: str) -> Decimal:
    """Major units, with all places of the currency: 150 EUR cents are Decimal("1.50")."""
    return Decimal(cents).scaleb(-exponent(currency), context=EXACT)
