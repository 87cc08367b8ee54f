"""The managed company that a line is about, and how its month is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rating import numerals
from rating.phrases import PHRASES

if TYPE_CHECKING:
    from rating.numerals import Language


@dataclass(frozen=True, slots=True)
class Company:
    """A managed company: its key, its reference, the currency that it shares with its partner.

    `language` is that of the partner's document, for descriptions.
    """

    id: int
    reference: str
    currency: str
    language: Language = "de"

    def describe(self, phrase: str, **parts: object) -> str:
        """The description of a line: the phrase of that name in the language of the document."""
        return PHRASES[self.language][phrase].format(**parts)

    def month(self, label: str) -> str:
        """A month such as "2026-01" in words. Raises ValueError for what is no month."""
        return numerals.month(label, self.language)
