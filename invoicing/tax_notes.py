"""Why a document carries no tax, in the words of the law and the language of the document."""

from __future__ import annotations

from typing import Final

from rating.numerals import Language

NOTES: Final[dict[str, dict[Language, str]]] = {
    "AE": {
        "de": "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge)",
        "en": "Reverse charge: VAT is to be accounted for by the recipient",
    },
    "K": {
        "de": "Steuerfreie innergemeinschaftliche Lieferung",
        "en": "VAT-exempt intra-Community supply of goods",
    },
    "G": {"de": "Steuerfreie Ausfuhrlieferung", "en": "VAT-exempt export of goods"},
    "O": {
        "de": "Im Inland nicht steuerbare Leistung",
        "en": "Not subject to VAT: place of supply outside the seller's country",
    },
}
# Of a small-business seller, by the country whose law exempts it.
_SMALL_BUSINESS: Final[dict[str, dict[Language, str]]] = {
    "DE": {
        "de": "Steuerfreier Umsatz eines Kleinunternehmers (§ 19 UStG)",
        "en": "Exempt supply of a small business (section 19 UStG)",
    },
    "AT": {
        "de": "Steuerfreier Umsatz eines Kleinunternehmers (§ 6 Abs. 1 Z 27 UStG)",
        "en": "Exempt supply of a small business (section 6 (1) no. 27 UStG)",
    },
}
_SMALL_ELSEWHERE: Final[dict[Language, str]] = {
    "de": "Steuerfreier Umsatz eines Kleinunternehmers",
    "en": "Exempt supply of a small business",
}


def note(category: str, language: Language) -> str:
    """The reason for a category of EN 16931 other than S and Z, which need none."""
    return NOTES[category][language]


def small_business_note(country: str, language: Language) -> str:
    """Why a small-business seller of that country charges no tax."""
    return _SMALL_BUSINESS.get(country, _SMALL_ELSEWHERE)[language]
