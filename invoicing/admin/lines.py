"""A document's lines, with what they bill, ready to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.language import active, word
from invoicing.display import figure, money
from invoicing.explaining import in_words, price
from invoicing.models import Claim, InvoiceLine
from invoicing.sources import kind_named
from rating import by_hand
from rating.numerals import number


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Where the admin shows sources of a kind (the name of an address), and how it writes their quantity.

    `headings` answers what sources belong to, by their keys, in one query: lines stand together under it.
    """

    name: str
    quantity: Callable[[Decimal], str] = figure
    headings: Callable[[Iterable[int]], Mapping[int, str]] | None = None


# A line may bill a hundred thousand calls: its page shows the first, the annex lists all.
MOST_SOURCES: Final = 100
FIRST_OF_EACH_LINE: Final = """
SELECT c.* FROM unnest(%s::bigint[]) AS l (id) CROSS JOIN LATERAL (
    SELECT * FROM invoicing_claim WHERE line_id = l.id ORDER BY id LIMIT %s
) c ORDER BY c.id
"""

# By kind; the apps that own the sources add theirs.
PAGES: dict[str, SourcePage] = {}


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A unit that a line bills. `released`: given back by a later document, or with a discarded draft."""

    label: str
    reference: str
    url: str
    amount: str
    released: bool
    heading: str = ""


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line in words. `heading`: the company or ticket that it belongs to; `by_hand`: a person wrote it.

    `more`: it bills more units than `sources` shows.
    """

    position: int
    kind: str
    description: str
    quantity: str
    unit_price: str
    amount: str
    tax: str
    words: tuple[str, ...]
    sources: tuple[ShownSource, ...] = ()
    pk: int = 0
    heading: str = ""
    by_hand: bool = False
    more: bool = False


def shown_lines(lines: Sequence[InvoiceLine], currency: str) -> list[ShownLine]:
    """Lines with sources and explanations; a query for the claims and two for each kind of source. Reads `company`."""
    sources = _sources([line.pk for line in lines], currency)
    return [
        ShownLine(
            line.position,
            word(line.kind),
            line.description,
            quantity_text(line.quantity, line.unit),
            price_text(line.unit_price, line.price_per, currency),
            money(line.amount_cents, currency),
            f"{line.tax_category} {number(line.tax_rate, active())} %" if line.tax_rate is not None else "",
            in_words(line.explanation),
            tuple(sources[line.pk][:MOST_SOURCES]),
            line.pk,
            line.company.name if line.company else next((one.heading for one in sources[line.pk] if one.heading), ""),
            line.explanation.get("rule") == by_hand.RULE,
            len(sources[line.pk]) > MOST_SOURCES,
        )
        for line in lines
    ]


def headed(lines: Sequence[ShownLine]) -> list[ShownLine]:
    """Lines whose heading says nothing that a line standing alone does not say itself go without it."""
    found: list[ShownLine] = []
    for heading, run in groupby(lines, lambda line: line.heading):
        together = list(run)
        alone = len(together) == 1 and heading in together[0].description
        found += [replace(line, heading="") for line in together] if alone else together
    return found


def quantity_text(quantity: Decimal, unit: str) -> str:
    """The quantity with its unit."""
    return f"{number(quantity, active())} {unit}".strip()


def price_text(unit_price: Decimal, price_per: int, currency: str) -> str:
    """The price, and of how many units it is the price."""
    return price(unit_price, currency) + (f" / {price_per}" if price_per != 1 else "")


def _sources(lines: Sequence[int], currency: str) -> dict[int, list[ShownSource]]:
    claims = list(Claim.objects.raw(FIRST_OF_EACH_LINE, [list(lines), MOST_SOURCES + 1]))
    names = references((claim.kind, claim.source_id) for claim in claims)
    headings = _headings(claims)
    found: dict[int, list[ShownSource]] = defaultdict(list)
    for claim in claims:
        found[claim.line_id or 0].append(
            ShownSource(
                label_of(claim.kind),
                names[claim.kind, claim.source_id],
                page_of(claim.kind, claim.source_id),
                money(claim.amount_cents, currency) if claim.amount_cents is not None else "",
                claim.released_at is not None,
                headings.get((claim.kind, claim.source_id), ""),
            )
        )
    return found


def _headings(claims: Iterable[Claim]) -> dict[tuple[str, int], str]:
    by_kind: dict[str, set[int]] = defaultdict(set)
    for claim in claims:
        by_kind[claim.kind].add(claim.source_id)
    return {
        (kind, key): heading
        for kind, keys in by_kind.items()
        if kind in PAGES and (ask := PAGES[kind].headings) is not None
        for key, heading in ask(keys).items()
    }


def references(sources: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The ids by which people know these (kind, key), in one query for each kind; the key where nobody says more."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, key in sources:
        by_kind[kind].append(key)
    found: dict[tuple[str, int], str] = {}
    for kind, keys in by_kind.items():
        names = _names(kind, keys)
        found.update({(kind, key): names.get(key, str(key)) for key in keys})
    return found


def label_of(kind: str) -> str:
    """What people call this kind of source; its bare name where no app of this installation knows it any more."""
    try:
        return _(kind_named(kind).label)
    except LookupError:
        return kind.replace("_", " ")


def page_of(kind: str, key: int) -> str:
    """The address of a source's page, "" where its kind has none."""
    return reverse(PAGES[kind].name, args=[key]) if kind in PAGES else ""


def quantity_of(kind: str, quantity: Decimal) -> str:
    """The quantity of a source as people read it."""
    return PAGES[kind].quantity(quantity) if kind in PAGES else figure(quantity)


def _names(kind: str, keys: list[int]) -> Mapping[int, str]:
    try:
        return kind_named(kind).references(keys)
    except LookupError:
        return {}
