"""What an electronic invoice says, as texts ready to be written: both syntaxes are made from this.

Amounts are the document's own integers with the decimal places of the currency; nothing is computed anew. Credit notes
and cancellations are kept below zero here and are documents of their own type with positive amounts there: the sign
changes in this module and nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from invoicing.documents.content import ContentLine, ContentTax, DocumentContent
from invoicing.documents.einvoice.parties import Party, buyer_of, clean, seller_of
from invoicing.documents.einvoice.units import EXEMPTIONS, unit_code
from rating.money import exponent, to_major

INVOICE, CREDIT_NOTE = "380", "381"
OUTSIDE, INTRA_COMMUNITY = "O", "K"
SEPA_TRANSFER, TRANSFER = "58", "30"
LONGEST_NAME = 200
LARGEST_EXPONENT = 2  # the standard allows no more decimal places
WORDS = {
    "de": ("Rabatt", "Zahlbar bis", "%d.%m.%Y", "Firma"),
    "en": ("Discount", "Payable by", "%Y-%m-%d", "Company"),
}


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A position. `base` is the quantity that the price is for, "" for one; `rate` is "" outside the scope of tax."""

    number: str
    name: str
    description: str
    company: str
    quantity: str
    unit: str
    price: str
    base: str
    amount: str
    category: str
    rate: str


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """Tax of one category and rate, with the part of the discount that was taken off it ("" for none).

    The breakdown always has a rate, as XRechnung wants it; a discount outside the scope of tax has none.
    """

    category: str
    rate: str
    basis: str
    tax: str
    reason: str
    code: str
    discount: str
    discount_rate: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A whole document."""

    type_code: str
    number: str
    currency: str
    issue_on: date
    due_on: date
    first_day: date | None
    last_day: date | None
    delivered_on: date
    buyer_reference: str
    notes: Sequence[str]
    seller: Party
    buyer: Party
    shipped: bool
    means: str
    iban: str
    bic: str
    discount_reason: str
    terms: str
    company_word: str
    lines: Sequence[LineFacts]
    taxes: Sequence[TaxFacts]
    subtotal: str
    discount: str
    taxable: str
    tax: str
    total: str
    preceding: str
    preceding_on: date | None

    @property
    def credits(self) -> bool:
        """Whether it takes another document back."""
        return self.type_code == CREDIT_NOTE


def facts_of(content: DocumentContent) -> Facts:
    """The facts of a document's content."""
    sign = -1 if content.corrects else 1
    outside = any(tax.category == OUTSIDE for tax in content.taxes)
    discount_word, terms_word, day_format, company_word = WORDS[content.language]
    seller, buyer = content.seller, content.buyer

    def money(cents: int) -> str:
        return amount(sign * cents, content.currency)

    last_day = content.period_end - timedelta(days=1) if content.period_end else None
    return Facts(
        type_code=CREDIT_NOTE if content.corrects else INVOICE,
        number=clean(content.number),
        currency=content.currency,
        issue_on=content.issue_on,
        due_on=content.due_on,
        first_day=content.period_start,
        last_day=last_day,
        delivered_on=last_day or content.issue_on,
        buyer_reference=clean(str(buyer.get("leitweg_id", ""))),
        notes=[clean(content.reason)] if content.reason else [],
        seller=seller_of(seller, outside=outside),
        buyer=buyer_of(buyer, outside=outside),
        shipped=any(tax.category == INTRA_COMMUNITY for tax in content.taxes),
        means=SEPA_TRANSFER if content.currency == "EUR" else TRANSFER,
        iban=str(seller.get("iban", "")),
        bic=str(seller.get("bic", "")),
        discount_reason=clean("; ".join(one.reason for one in content.discounts)) or discount_word,
        terms=f"{terms_word} {content.due_on:{day_format}}",
        company_word=company_word,
        lines=[_line(line, sign, content.currency) for line in content.lines],
        taxes=_taxes(content, sign),
        subtotal=money(content.subtotal_cents),
        discount=money(content.discount_cents),
        taxable=money(content.subtotal_cents - content.discount_cents),
        tax=money(content.tax_cents),
        total=money(content.total_cents),
        preceding=clean(content.cancels_number),
        preceding_on=content.cancels_issue_on,
    )


def amount(cents: int, currency: str) -> str:
    """Minor units as the standard writes them; a third decimal place is written only where it says something."""
    text = f"{to_major(cents, currency):f}"
    for _ in range(exponent(currency) - LARGEST_EXPONENT):
        text = text.removesuffix("0")
    return text


def plain(number: Decimal) -> str:
    """A decimal number with exactly the places that it needs."""
    return f"{number.normalize():f}" if number else "0"


def _line(line: ContentLine, sign: int, currency: str) -> LineFacts:
    quantity, price = sign * line.quantity, line.unit_price
    if price < 0:  # the standard knows no negative price
        quantity, price = -quantity, -price
    name, description = _name(line)
    return LineFacts(
        number=str(line.position),
        name=name,
        description=description,
        company=clean(line.company),
        quantity=plain(quantity),
        unit=unit_code(line.unit),
        price=plain(price),
        base="" if line.price_per == 1 else str(line.price_per),
        amount=amount(sign * line.amount_cents, currency),
        category=line.tax_category,
        rate=_rate(line.tax_category, line.tax_rate),
    )


def _name(line: ContentLine) -> tuple[str, str]:
    """The first line of the description as the name of the item, and all of it where that was not all."""
    text = clean(line.description).strip()
    first = text.splitlines()[0].strip() if text else ""
    name = re.sub(r"\s+", " ", first)[:LONGEST_NAME].strip() or line.kind.replace("_", " ")
    return name, "" if name == text or not text else text


def _taxes(content: DocumentContent, sign: int) -> list[TaxFacts]:
    whole = Counter[tuple[str, Decimal]]()
    for line in content.lines:
        whole[line.tax_category, line.tax_rate] += line.amount_cents
    return [
        _tax(tax, whole[tax.category, tax.rate] - tax.taxable_cents, sign, content.currency) for tax in content.taxes
    ]


def _tax(tax: ContentTax, discount_cents: int, sign: int, currency: str) -> TaxFacts:
    return TaxFacts(
        category=tax.category,
        rate=plain(tax.rate),
        basis=amount(sign * tax.taxable_cents, currency),
        tax=amount(sign * tax.tax_cents, currency),
        reason=clean(tax.reason),
        code=EXEMPTIONS.get(tax.category, ""),
        discount=amount(sign * discount_cents, currency) if discount_cents else "",
        discount_rate=_rate(tax.category, tax.rate),
    )


def _rate(category: str, rate: Decimal) -> str:
    return "" if category == OUTSIDE else plain(rate)
