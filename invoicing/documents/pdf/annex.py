"""How each amount came about, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog

from invoicing.documents.content import ContentLine, DocumentContent
from invoicing.documents.pdf.characters import one_line
from invoicing.documents.pdf.speech import Speech
from rating.wording import sentences

log = structlog.get_logger("billing.documents")

# Nobody reads more on paper; the export has all of it.
MOST_LINES = 200
MOST_SENTENCES = 2000


def annex_of(content: DocumentContent, speech: Speech) -> dict[str, Any]:
    """The explanations of the first lines, and a sentence where that are not all."""
    shown = list(_limited(content))
    missing = len(content.lines) - len(shown)
    return {
        "annex": [
            {
                "position": str(line.position),
                "title": one_line(f"{line.company}: {line.description}" if line.company else line.description),
                "amount": speech.money(line.amount_cents),
                "sentences": [one_line(sentence) for sentence in told],
            }
            for line, told in shown
        ],
        "annex-opening": [_some(content, len(shown), speech)] if shown and missing else [],
    }


def _limited(content: DocumentContent) -> Iterator[tuple[ContentLine, list[str]]]:
    left = MOST_SENTENCES
    for line in content.lines[:MOST_LINES]:
        told = _told(line, content)
        left -= len(told)
        if left < 0:
            return
        if told:
            yield line, told


def _told(line: ContentLine, content: DocumentContent) -> list[str]:
    """The sentences of one line; none, and a warning, where its explanation cannot be told."""
    if not line.explanation:
        return []
    try:
        return sentences(
            line.explanation, language=content.language, currency=content.currency, amount_cents=line.amount_cents
        )
    except ValueError as problem:
        log.warning("explanation cannot be told", document=content.number, position=line.position, problem=str(problem))
        return []


def _some(content: DocumentContent, shown: int, speech: Speech) -> str:
    email = one_line(str(content.seller.get("email", "")))
    where = speech.say("where", email=email) if email else ""
    return speech.say("some", shown=shown, all=len(content.lines), where=where)
