"""Numbers as people type them: with a point or a comma, with or without separated thousands; never guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from rating.numerals import Language

POINT: Final[dict[Language, str]] = {"en": ".", "de": ","}
LONGEST: Final = 60
_TYPED: Final = re.compile(r"([+-]?)([0-9][0-9.,]*|[.,][0-9]+)")
_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:,[0-9]{3})+")


class NotANumber(ValueError):  # noqa: N818 - a finding about what was typed
    """What was typed is no number."""


class TwoReadings(ValueError):  # noqa: N818 - a finding about what was typed
    """What was typed may mean `whole` or `part`, each written so that it has one meaning."""

    def __init__(self, whole: str, part: str) -> None:
        super().__init__(f"{whole} or {part}")
        self.whole, self.part = whole, part


def number_typed(text: str, language: Language) -> Decimal:
    """The number: "1.234,50" and "1,234.50" are 1234.50 and "12,5" is 12.5, in both languages.

    Raises TwoReadings where a single mark that is not the language's own point stands before three digits, as in
    "1.234" in German and "1,234" in English; NotANumber for all that is no number.
    """
    found = _TYPED.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    if found is None or len(text) > LONGEST:
        raise NotANumber(text)
    sign, digits = found.groups()
    marks = [one for one in digits if one in ".,"]
    if not marks:
        return Decimal(sign + digits)
    whole, part = digits.rsplit(marks[-1], 1)
    if _THOUSANDS.fullmatch(digits) and len(marks) > 1:
        return Decimal(sign + _bare(digits))
    if _THOUSANDS.fullmatch(digits) and marks[-1] != POINT[language]:
        raise TwoReadings(f"{sign}{whole}{part}", f"{sign}{whole}{POINT[language]}{part}")
    if not part or (marks[:-1] and (marks[-1] in whole or not _THOUSANDS.fullmatch(whole))):
        raise NotANumber(text)
    return Decimal(f"{sign}{_bare(whole) or '0'}.{part}")


def _bare(digits: str) -> str:
    return digits.replace(".", "").replace(",", "")
