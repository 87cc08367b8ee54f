"""Which countries are one territory for VAT, and how their VAT ids begin. Data and nothing else."""

from __future__ import annotations

from typing import Final

# Country (ISO 3166) -> the letters with which its VAT ids begin. Monaco is French territory for VAT.
_UNION = "AT BE BG CY CZ DE DK EE ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
PREFIXES: Final = {**{code: code for code in _UNION.split()}, "GR": "EL", "MC": "FR"}
# Northern Ireland belongs to the territory for goods alone. Its ids begin so; its country is XI or GB.
NORTHERN_IRELAND: Final = "XI"
UNION_PREFIXES: Final = frozenset({*PREFIXES.values(), NORTHERN_IRELAND})
# Countries and first letters that go together.
PAIRS: Final = frozenset({*PREFIXES.items(), ("GB", NORTHERN_IRELAND), (NORTHERN_IRELAND, NORTHERN_IRELAND)})


def territory(country: str, vat_id: str = "") -> str:
    """The country as VAT sees it: Monaco is France, a company in Great Britain with an id of Northern Ireland is XI."""
    if country == "GB" and vat_id.startswith(NORTHERN_IRELAND):
        return NORTHERN_IRELAND
    return "FR" if country == "MC" else country


def in_union(country: str, *, goods: bool) -> bool:
    """Whether the country belongs to the EU's VAT territory for goods, or for services."""
    return country in PREFIXES or (goods and country == NORTHERN_IRELAND)


def fits(prefix: str, country: str) -> bool:
    """Whether a VAT id that begins with these letters may be one of the country; outside the EU, any but the EU's."""
    return (country, prefix) in PAIRS or not (country in PREFIXES or prefix in UNION_PREFIXES)
