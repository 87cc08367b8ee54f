"""The rules that people meet most, and those of XRechnung, in our own words: what is missing and where to add it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from invoicing.documents.content import DocumentContent
from invoicing.documents.einvoice.facts import INTRA_COMMUNITY, OUTSIDE, Facts
from invoicing.documents.einvoice.writing import EInvoiceFormat

REVERSE_CHARGE = "AE"
# Categories under which the seller must be known to the tax office.
TAXABLE = frozenset({"S", "Z", "E", "AE", "K", "G"})
_PHONE = re.compile(r"(.*\d){3}", re.DOTALL)
_TOO_FINE = re.compile(r"\.\d{3}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken, and what to do about it."""

    rule: str
    sentence: str


def findings(facts: Facts, content: DocumentContent, format: EInvoiceFormat) -> list[Finding]:  # noqa: A002
    """The rules that the document breaks, of those that are told here."""
    found = list(_taxes(facts, str(content.buyer.get("id", ""))))
    if any(_TOO_FINE.search(text) for text in (facts.subtotal, facts.tax, *(line.amount for line in facts.lines))):
        found.append(
            Finding("BR-DEC-23", f"an e-invoice counts {facts.currency} in two decimal places; send this one as PDF")
        )
    if format.is_xrechnung:
        found += _xrechnung(facts, str(content.buyer.get("id", "")))
    return found


def _taxes(facts: Facts, client: str) -> Iterator[Finding]:
    categories = {tax.category for tax in facts.taxes}
    if OUTSIDE in categories and len(categories) > 1:
        yield Finding(
            "BR-O-11",
            "an e-invoice cannot have services outside the scope of tax (O) together with anything else "
            f"({', '.join(sorted(categories - {OUTSIDE}))}): bill the goods separately",
        )
    if categories & TAXABLE and not (facts.seller.vat_id or facts.seller.tax_number):
        yield Finding("BR-S-02", "set SELLER_VAT_ID or SELLER_TAX_NUMBER")
    if REVERSE_CHARGE in categories and not facts.buyer.vat_id:
        yield Finding("BR-AE-02", f"client {client} has no VAT id, which reverse charge needs")
    if INTRA_COMMUNITY in categories and not facts.buyer.vat_id:
        yield Finding("BR-IC-02", f"client {client} has no VAT id, which an intra-community supply needs")


def _xrechnung(facts: Facts, client: str) -> Iterator[Finding]:
    """Of the German rules, what is not sure to hold; no package carries them in a form that could be run."""
    seller = facts.seller
    if not facts.iban:
        yield Finding("BR-DE-1", "set SELLER_IBAN: an XRechnung says how it is to be paid")
    if not seller.phone:
        yield Finding("BR-DE-6", "set SELLER_PHONE: an XRechnung names the seller's telephone")
    elif not _PHONE.match(seller.phone):
        yield Finding("BR-DE-27", "SELLER_PHONE must have at least three digits")
    if not seller.email:
        yield Finding("BR-DE-7", "set SELLER_EMAIL: an XRechnung names the seller's address for questions")
    if not facts.buyer_reference:
        yield Finding("BR-DE-15", f"client {client} has no Leitweg-ID (buyer reference)")
    if not facts.buyer.endpoint:
        yield Finding("PEPPOL-EN16931-R010", f"client {client} has neither a Leitweg-ID nor an e-mail address")
