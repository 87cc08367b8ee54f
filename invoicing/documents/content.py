"""All that a rendered document says, as frozen values: PDF and e-invoice are made from this and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.lifecycle.totals import DocumentSums
from invoicing.models import Invoice, InvoiceLine, TaxLine
from invoicing.tax import Treatments
from rating.numerals import Language

NO_E_INVOICE = "none"  # the recipient gets the PDF alone


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One position. Amounts in minor units; the price in major units per `price_per` units; the rate in percent."""

    position: int
    kind: str
    company: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    price_per: int
    amount_cents: int
    tax_category: str
    tax_rate: Decimal
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContentTax:
    """Tax of one category and rate (percent), in minor units, with the reason where the law asks for one."""

    category: str
    rate: Decimal
    taxable_cents: int
    tax_cents: int
    reason: str


@dataclass(frozen=True, slots=True)
class ContentDiscount:
    """What was taken off the subtotal, in minor units, and why."""

    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document. `period_end` is the first day after the period. Seller and buyer are the snapshots of the issue.

    Sums of credit notes and cancellations are below zero, as stored; `cancels_*` name the document taken back.
    """

    kind: str
    number: str
    language: Language
    currency: str
    issue_on: date
    due_on: date
    period_start: date | None
    period_end: date | None
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    lines: Sequence[ContentLine]
    taxes: Sequence[ContentTax]
    discounts: Sequence[ContentDiscount]
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    cancels_number: str = ""
    cancels_issue_on: date | None = None
    reason: str = ""

    @property
    def corrects(self) -> bool:
        """Whether it takes another document back, wholly or in part."""
        return self.kind in (Invoice.Kind.CREDIT_NOTE, Invoice.Kind.CANCELLATION)


def content_of(invoice: Invoice) -> DocumentContent:
    """The content of an issued document, from its own rows alone. Raises ValueError for one that was not issued."""
    if invoice.number is None or invoice.issue_on is None or invoice.due_on is None:
        raise ValueError(f"{invoice} is not issued: it has no content yet")
    first = invoice.cancels
    seller, buyer = invoice.seller or {}, invoice.buyer or {}
    return DocumentContent(
        kind=invoice.kind,
        number=invoice.number,
        language=_language(buyer),
        currency=invoice.currency,
        issue_on=invoice.issue_on,
        due_on=invoice.due_on,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        seller=seller,
        buyer=buyer,
        lines=[_line(line) for line in invoice.lines.select_related("company").order_by("position")],
        taxes=[_tax(tax) for tax in invoice.tax_lines.order_by("category", "-rate")],
        discounts=_discounts(invoice),
        subtotal_cents=invoice.subtotal_cents,
        discount_cents=invoice.discount_cents or 0,
        tax_cents=invoice.tax_cents or 0,
        total_cents=invoice.total_cents or 0,
        cancels_number=(first.number or "") if first else "",
        cancels_issue_on=first.issue_on if first else None,
        reason=invoice.reason,
    )


def lines_of(ids: Sequence[int]) -> dict[int, list[InvoiceLine]]:
    """The lines of these documents with their companies, in order, by the document's key; one query."""
    found: dict[int, list[InvoiceLine]] = {pk: [] for pk in ids}
    if ids:
        lines = InvoiceLine.objects.filter(invoice__in=ids).select_related("company")
        for line in lines.order_by("invoice_id", "position"):
            found[line.invoice_id].append(line)
    return found


def draft_content(
    draft: Invoice,
    lines: Sequence[InvoiceLine],
    sums: DocumentSums,
    *,
    issue_on: date,
    due_on: date,
    seller: Mapping[str, Any],
    buyer: Mapping[str, Any],
) -> DocumentContent:
    """What a draft would say if it were issued: with its id in place of a number. `sums` has no problem."""
    totals, treated = sums.totals, sums.treatments
    if totals is None or treated is None:
        raise ValueError(sums.problem)
    return DocumentContent(
        kind=draft.kind,
        number=draft.external_id,
        language=_language(buyer),
        currency=draft.currency,
        issue_on=issue_on,
        due_on=due_on,
        period_start=draft.period_start,
        period_end=draft.period_end,
        seller=seller,
        buyer=buyer,
        lines=[_planned_line(line, treated) for line in lines],
        taxes=[
            ContentTax(tax.category, tax.rate, tax.taxable_cents, tax.tax_cents, treated.reason_of(tax.category))
            for tax in totals.lines
        ],
        discounts=[ContentDiscount(taken.offer.reason, taken.cents) for taken in sums.discounts],
        subtotal_cents=totals.subtotal,
        discount_cents=totals.discount,
        tax_cents=totals.tax,
        total_cents=totals.total,
    )


def _language(buyer: Mapping[str, Any]) -> Language:
    return "en" if buyer.get("language") == "en" else "de"


def _planned_line(line: InvoiceLine, treated: Treatments) -> ContentLine:
    how = treated.of(line.goods)
    return replace(
        _line(line), tax_category=how.category_of(line.item_tax_rate), tax_rate=how.rate_of(line.item_tax_rate)
    )


def _line(line: InvoiceLine) -> ContentLine:
    return ContentLine(
        line.position, line.kind, line.company.name if line.company else "", line.description, line.quantity, line.unit,
        line.unit_price, line.price_per, line.amount_cents, line.tax_category, line.tax_rate or Decimal(0),
        line.explanation,
    )  # fmt: skip


def _tax(tax: TaxLine) -> ContentTax:
    return ContentTax(tax.category, tax.rate, tax.taxable_cents, tax.tax_cents, tax.reason)


def _discounts(invoice: Invoice) -> list[ContentDiscount]:
    uses = invoice.discount_uses.select_related("discount").order_by("pk")
    return [ContentDiscount(use.discount.reason, use.amount_cents) for use in uses]
