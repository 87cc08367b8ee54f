"""The lines of the draft, all in one call: named by company, with their tax, the discount as negative lines."""

from __future__ import annotations

from collections import Counter
from typing import Final

from invoicing.documents.content import DocumentContent, content_of
from invoicing.models import Invoice, StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.push.amounts import StripeLine, stripe_lines, tax_name
from invoicing.stripe.push.standing import note_standing
from invoicing.stripe.push.step import Object, Request, Step, first_of, stripe_id_of

POSITION, TAX = "billing_position", "billing_tax"  # in the metadata of a line
# What Stripe calls the reasons for which there is no tax.
NO_TAX: Final = {
    "Z": "zero_rated", "E": "product_exempt", "AE": "reverse_charge", "G": "zero_rated", "K": "zero_rated",
    "O": "not_subject_to_tax",
}  # fmt: skip


def prepare(call: StripeCall) -> Request:
    """All lines of the document."""
    document = first_of(call)
    content = content_of(document)
    return Request(stripe_id_of(document), {"lines": [_line(line, content) for line in stripe_lines(content)]})


def some_are_missing(document: Invoice, stripe_id: str) -> bool:
    """Whether the draft there has lines of ours alone, and not all of them: somebody took lines out."""
    ours = Counter(_mark(_line(line, content)) for content in [content_of(document)] for line in stripe_lines(content))
    theirs = Counter(map(_mark, stripe.invoice_lines(stripe_id)))
    return theirs < ours


def _mark(line: Object) -> tuple[int, str, str]:
    named = line["metadata"] or {}
    return line["amount"], named.get(POSITION, ""), named.get(TAX, "")


def group_name(category: str, rate: object) -> str:
    """A category and rate as they are noted with a line."""
    return f"{category} {rate}"


def _line(line: StripeLine, content: DocumentContent) -> Object:
    category, rate = line.group
    percent = f"{rate.normalize():f}"
    tax = {
        "amount": line.tax_cents, "taxable_amount": line.amount_cents,
        "taxability_reason": NO_TAX.get(category, "standard_rated"),
        "tax_rate_data": {
            "display_name": tax_name(content.language), "percentage": percent, "inclusive": False,
            "country": str(content.seller.get("country") or "DE"),
        },
    }  # fmt: skip
    metadata = {TAX: group_name(category, percent)} | ({POSITION: line.position} if line.position else {})
    return {
        "amount": line.amount_cents, "description": line.description, "discountable": False, "tax_amounts": [tax],
        "metadata": metadata,
    }  # fmt: skip


def send(request: Request, key: str) -> Object:
    """Add them, all or none."""
    return stripe.add_lines(request.target, request.params, key)


def find(_call: StripeCall, request: Request) -> Object | None:
    """The invoice, where it has lines: an earlier try added them all."""
    if not stripe.invoice_lines(request.target):
        return None
    return stripe.retrieve_invoice(request.target)


STEP: Final = Step("lines", prepare, send, find, note_standing)
