"""Kinds of values with a meaning in the trade: hours, currencies, countries, zones, VAT ids, opening hours."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from stdnum import iban as iban_number
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from config.declaration import Kind
from config.kinds import shaped
from rating.business_hours import BusinessHours
from rating.hours import parse_hours
from rating.money import UnknownCurrency, exponent

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTRY = shaped("[A-Z]{2}", 'two capital letters of ISO 3166, such as "DE"')
REGION = shaped("[A-Za-z0-9 -]{1,40}", 'a region of the holiday country, such as "BY"')
EMAIL = shaped(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", "an e-mail address")
BIC = shaped("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", "a BIC of 8 or 11 characters")


def hours(low: str, high: str) -> Kind[int]:
    """Typed as decimal hours ("0.25") or h:mm ("0:15"), kept in exact whole seconds."""
    lowest, highest = parse_hours(low), parse_hours(high)

    def parse(text: str) -> int:
        try:
            seconds = parse_hours(text)
        except ValueError as problem:
            raise ValueError("neither decimal hours nor h:mm in whole seconds") from problem
        if not lowest <= seconds <= highest:
            raise ValueError(f"below {low} h" if seconds < lowest else f"above {high} h")
        return seconds

    return Kind(f"hours from {low} to {high}, as 0.25 or 0:15", parse, _shown_hours, number=True)


def _shown_hours(seconds: int) -> str:
    # Hours end after some decimal places exactly where nine divides the seconds; the rest were typed as h:mm.
    if seconds % 9 == 0:
        return f"{(Decimal(seconds) / 3600).normalize():f}"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


def _currency(text: str) -> str:
    try:
        exponent(text)
    except UnknownCurrency as problem:
        raise ValueError("no currency code with minor units") from problem
    return text


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("no known time zone")
    return text


def _vat_id(text: str) -> str:
    try:
        return str(vat.validate(text)) if text else ""
    except ValidationError as problem:
        raise ValueError("no valid VAT id of an EU country") from problem


def _iban(text: str) -> str:
    try:
        return str(iban_number.validate(text)) if text else ""
    except ValidationError as problem:
        raise ValueError("not a valid IBAN") from problem


def _business_hours(text: str) -> Mapping[str, str]:
    try:
        value = json.loads(text, object_pairs_hook=_once_each)
    except (json.JSONDecodeError, RecursionError) as problem:
        raise ValueError("not valid JSON") from problem
    if not isinstance(value, dict) or not all(isinstance(span, str) for span in value.values()):
        raise ValueError("not an object from days to times")
    try:
        BusinessHours.parse(value)
    except ValueError as problem:
        raise ValueError(str(problem).rstrip(".")) from problem
    return value


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("names a day twice")
    return value


CURRENCY = Kind('a currency of ISO 4217, such as "EUR"', _currency)
ZONE = Kind('a time zone of the IANA database, such as "Europe/Berlin"', _zone)
VAT_ID = Kind("a VAT id with its country and check digit", _vat_id)
IBAN = Kind("an IBAN", _iban)
BUSINESS_HOURS = Kind(
    'JSON such as {"mon-fri":"08:00-18:00"}', _business_hours, lambda value: json.dumps(value, sort_keys=True)
)
