"""VAT ids: form, check digit, and whether one fits the country that it is to stand for."""

from __future__ import annotations

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from rating.vat_territory import PREFIXES, UNION_PREFIXES, fits

LETTERS = 2


def checked(vat_id: str) -> str:
    """The VAT id as it is stored: of the EU without blanks and punctuation, of other countries as it was given.

    Raises ValueError with the rest of a sentence for an id of the EU whose form or check digit is wrong.
    """
    compact = "".join(filter(str.isalnum, vat_id)).upper()
    if compact.startswith("GR"):  # often written for Greece, whose ids begin with EL
        compact = "EL" + compact[LETTERS:]
    if compact[:LETTERS] not in UNION_PREFIXES:
        return vat_id.strip()
    try:
        return str(vat.validate(compact))
    except ValidationError as problem:
        raise ValueError(f"is no valid VAT id of {compact[:LETTERS]}: form or check digit is wrong") from problem


def fitting(vat_id: str, country: str) -> str:
    """As `checked`, for the country (ISO 3166). Raises ValueError also where the id is that of another country."""
    found = checked(vat_id)
    if found and not fits(found[:LETTERS], country):
        raise ValueError(f"does not fit the country {country}: {_wanted(country)}")
    return found


def _wanted(country: str) -> str:
    return f"it must begin with {PREFIXES[country]}" if country in PREFIXES else "that is an id of the EU"
