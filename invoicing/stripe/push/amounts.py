"""A document in Stripe's terms: amounts with their tax amounts, the discount as negative lines, all adding up to ours.

Stripe rounds tax on each line; given amounts it adds them up. So tax of each (category, rate) is shared among its
lines, and the total there is the total here to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from invoicing.documents.content import ContentLine, DocumentContent
from rating.money import percent_of, share
from rating.numerals import Language

MOST_LINES: Final = 250  # Stripe's limit for one invoice
LONGEST_TEXT: Final = 500

Group = tuple[str, Decimal]  # tax category, rate in percent

_WORDS: Final = {
    "de": {"discount": "Rabatt", "positions": "Positionen, siehe Rechnung", "tax": "USt"},
    "en": {"discount": "Discount", "positions": "positions, see the invoice", "tax": "VAT"},
}


@dataclass(frozen=True, slots=True)
class StripeLine:
    """One line there. Amounts in minor units; `position` is ours, "" where it stands for several or for a discount."""

    description: str
    amount_cents: int
    group: Group
    position: str = ""
    tax_cents: int = 0


def tax_name(language: Language) -> str:
    """What the tax is called."""
    return _WORDS[language]["tax"]


def stripe_lines(content: DocumentContent) -> list[StripeLine]:
    """The lines of a document with their tax; summed by company where there are more than Stripe takes."""
    taxed = {(tax.category, tax.rate): tax for tax in content.taxes}
    words = _WORDS[content.language]
    lines = _few_enough(content.lines, MOST_LINES - len(taxed), words["positions"])
    reasons = "; ".join(dict.fromkeys(one.reason for one in content.discounts if one.reason))
    for group, tax in taxed.items():
        discount = sum(line.amount_cents for line in lines if line.group == group) - tax.taxable_cents
        if discount:
            lines.append(StripeLine(_named(words["discount"], reasons), -discount, group))
    return [one for group, tax in taxed.items() for one in _with_tax(lines, group, tax.tax_cents)]


def _few_enough(lines: Sequence[ContentLine], most: int, word: str) -> list[StripeLine]:
    each = [
        StripeLine(_named(line.company, line.description), line.amount_cents, _group(line), str(line.position))
        for line in lines
    ]
    if len(each) <= most:
        return each
    rows = [(line.company, _group(line), line.amount_cents) for line in lines]
    by_company = _summed(rows, word)
    return by_company if len(by_company) <= most else _summed([("", group, cents) for _, group, cents in rows], word)


def _summed(rows: Iterable[tuple[str, Group, int]], word: str) -> list[StripeLine]:
    sums: dict[tuple[str, Group], list[int]] = {}
    for company, group, cents in rows:
        sums.setdefault((company, group), []).append(cents)
    return [
        StripeLine(_named(company, f"{len(cents)} {word}"), sum(cents), group)
        for (company, group), cents in sums.items()
    ]


def _with_tax(lines: Iterable[StripeLine], group: Group, tax_cents: int) -> list[StripeLine]:
    """The lines of a group with their shares of its tax, by the largest remainder; those below zero take theirs off."""
    own = [line for line in lines if line.group == group]
    below = [max(-line.amount_cents, 0) for line in own]
    above = [max(line.amount_cents, 0) for line in own]
    off = percent_of(sum(below), group[1]) if any(above) else -tax_cents
    taken, added = share(off, below), share(tax_cents + off, above)
    return [
        StripeLine(line.description, line.amount_cents, group, line.position, plus - minus)
        for line, plus, minus in zip(own, added, taken, strict=True)
    ]


def _group(line: ContentLine) -> Group:
    return line.tax_category, line.tax_rate


def _named(company: str, text: str) -> str:
    return ": ".join(part for part in (company, text) if part)[:LONGEST_TEXT]
