"""A document's lines, tax and sums, ready to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from invoicing.display import decimal_text, money
from invoicing.explaining import in_words, price
from invoicing.lifecycle.totals import sums_of
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.sources import kind_named


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Where the admin shows sources of a kind (the name of an address), and how it writes their quantity."""

    name: str
    quantity: Callable[[Decimal], str] = decimal_text


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


@dataclass(frozen=True, slots=True)
class ShownLine:
    position: int
    kind: str
    description: str
    quantity: str
    unit_price: str
    amount: str
    tax: str
    words: tuple[str, ...]
    sources: tuple[ShownSource, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownSum:
    """One row below the lines. `strong`: the last word."""

    label: str
    amount: str
    strong: bool = False


def shown_lines(lines: Sequence[InvoiceLine], currency: str) -> list[ShownLine]:
    """Lines with sources and explanations; one query for the claims and one for each kind of source."""
    sources = _sources([line.pk for line in lines], currency)
    return [
        ShownLine(
            line.position,
            line.kind.replace("_", " "),
            line.description,
            quantity_text(line.quantity, line.unit),
            price_text(line.unit_price, line.price_per, currency),
            money(line.amount_cents, currency),
            f"{line.tax_category} {decimal_text(line.tax_rate)} %" if line.tax_rate is not None else "",
            in_words(line.explanation),
            tuple(sources[line.pk]),
        )
        for line in lines
    ]


def quantity_text(quantity: Decimal, unit: str) -> str:
    """The quantity with its unit."""
    return f"{decimal_text(quantity)} {unit}".strip()


def price_text(unit_price: Decimal, price_per: int, currency: str) -> str:
    """The price, and of how many units it is the price."""
    return price(unit_price, currency) + (f" / {price_per}" if price_per != 1 else "")


def shown_sums(invoice: Invoice, *, at: datetime) -> tuple[list[ShownSum], str]:
    """Sums as issued; of a draft as they would be issued now, or what stands in the way."""
    if invoice.status in (Invoice.Status.DRAFT, Invoice.Status.DISCARDED):
        return _draft_sums(invoice, at)
    taxes = [(line.category, line.rate, line.taxable_cents, line.tax_cents) for line in invoice.tax_lines.all()]
    rows = _rows(invoice, invoice.subtotal_cents, invoice.discount_cents or 0, taxes, invoice.total_cents or 0)
    if invoice.paid_cents:
        rows.append(ShownSum("Paid", money(invoice.paid_cents, invoice.currency)))
    return rows, _joined(line.reason for line in invoice.tax_lines.all())


def _draft_sums(invoice: Invoice, at: datetime) -> tuple[list[ShownSum], str]:
    sums = sums_of([invoice], at=at)[invoice.pk]
    if sums.totals is None or sums.treatments is None:
        return [ShownSum("Subtotal", money(invoice.subtotal_cents, invoice.currency))], sums.problem
    taxes = [(line.category, line.rate, line.taxable_cents, line.tax_cents) for line in sums.totals.lines]
    reason = _joined(sums.treatments.reason_of(line.category) for line in sums.totals.lines)
    return _rows(invoice, sums.totals.subtotal, sums.totals.discount, taxes, sums.totals.total), reason


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))


def _rows(
    invoice: Invoice, subtotal: int, discount: int, taxes: Iterable[tuple[str, Decimal, int, int]], total: int
) -> list[ShownSum]:
    currency = invoice.currency
    rows = [ShownSum("Subtotal", money(subtotal, currency))]
    if discount:
        rows.append(ShownSum("Discount", money(-discount, currency)))
    for category, rate, taxable, tax in taxes:
        label = f"Tax {category} {decimal_text(rate)} % of {money(taxable, currency)}"
        rows.append(ShownSum(label, money(tax, currency)))
    return [*rows, ShownSum("Total", money(total, currency), strong=True)]


def _sources(lines: Sequence[int], currency: str) -> dict[int, list[ShownSource]]:
    claims = list(Claim.objects.filter(line__in=lines).order_by("pk"))
    names = references((claim.kind, claim.source_id) for claim in claims)
    found: dict[int, list[ShownSource]] = defaultdict(list)
    for claim in claims:
        found[claim.line_id or 0].append(
            ShownSource(
                label_of(claim.kind),
                names[claim.kind, claim.source_id],
                page_of(claim.kind, claim.source_id),
                money(claim.amount_cents, currency) if claim.amount_cents is not None else "",
                claim.released_at is not None,
            )
        )
    return found


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
        return kind_named(kind).label
    except LookupError:
        return kind.replace("_", " ")


def page_of(kind: str, key: int) -> str:
    """The address of a source's page, "" where its kind has none."""
    return reverse(PAGES[kind].name, args=[key]) if kind in PAGES else ""


def quantity_of(kind: str, quantity: Decimal) -> str:
    """The quantity of a source as people read it."""
    return PAGES[kind].quantity(quantity) if kind in PAGES else decimal_text(quantity)


def _names(kind: str, keys: list[int]) -> Mapping[int, str]:
    try:
        return kind_named(kind).references(keys)
    except LookupError:
        return {}
