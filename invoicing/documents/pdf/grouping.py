"""Which lines stand together: those of a company, or those of the tickets and what recurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from invoicing.documents.content import ContentLine, DocumentContent
from invoicing.documents.pdf.speech import Speech
from rating import recurring
from rating.sources import EXPENSE, TICKET_FEE
from rating.strategies import time_based

SECTIONS: Final = {
    time_based.KIND: "tickets", TICKET_FEE: "tickets", EXPENSE: "tickets", recurring.KIND: "recurring",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one title ("" where the document has only one group), with their sum in minor units."""

    title: str
    lines: Sequence[ContentLine]

    @property
    def cents(self) -> int:
        return sum(line.amount_cents for line in self.lines)


def groups_of(content: DocumentContent, speech: Speech) -> list[Group]:
    """By company where lines name one, else by section; in the order in which the document first has them."""
    by_company = any(line.company for line in content.lines)
    found: dict[str, list[ContentLine]] = {}
    for line in content.lines:
        title = (line.company or speech.say("own")) if by_company else speech.say(SECTIONS.get(line.kind, "other"))
        found.setdefault(title, []).append(line)
    if len(found) == 1 and not by_company:
        return [Group("", content.lines)]
    return [Group(title, lines) for title, lines in found.items()]
