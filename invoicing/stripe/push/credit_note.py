"""Our credit note as one of Stripe's on the first document: before payment it lowers what is due there.

After payment no money moves by it: a refund is made by a person, where the payment was made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from invoicing.documents.content import DocumentContent, content_of
from invoicing.models import StripeCall
from invoicing.stripe import client as stripe
from invoicing.stripe.matching import OURS
from invoicing.stripe.push.lines import TAX, group_name
from invoicing.stripe.push.standing import at_stripe, contradiction
from invoicing.stripe.push.step import Already, Contradiction, Object, Request, Step


def prepare(call: StripeCall) -> Request | Already:
    """One line for each tax, with our amounts; so it comes to our total whatever Stripe would round.

    What an earlier try has made is looked for at once: by it the invoice may be paid, and the request another one.
    """
    document = call.invoice
    if document is None or document.cancels is None:
        raise Contradiction("stripe_no_document", f"step {call} names no credit note", parks=True)
    there = at_stripe(call)
    if call.first_tried_at and (made := find(call, Request(there["id"]))) is not None:
        return Already(made)
    if there["status"] not in ("open", "paid"):
        raise contradiction(call, there)
    content = content_of(document)
    params = {
        "invoice": there["id"], "metadata": {OURS: document.external_id}, "memo": document.number,
        "email_type": "none", "lines": _lines(content, _rates(there["id"])),
        **({"out_of_band_amount": -content.total_cents} if there["status"] == "paid" else {}),
    }  # fmt: skip
    return Request(there["id"], params)


def _rates(invoice: str) -> dict[str, str]:
    """Stripe's tax rates by our category and rate, as they were made for the lines of the first document."""
    return {
        line["metadata"].get(TAX, ""): tax["tax_rate_details"]["tax_rate"]
        for line in stripe.invoice_lines(invoice)
        for tax in line["taxes"]
    }


def _lines(content: DocumentContent, rates: dict[str, str]) -> list[Object]:
    made = []
    for tax in content.taxes:
        rate = rates.get(group_name(tax.category, f"{tax.rate.normalize():f}"))
        if rate is None:
            text = f"{content.number} has tax {tax.category} {tax.rate} %, which its first document has not at Stripe"
            raise Contradiction("stripe_tax_unknown", text, parks=True)
        taxes = [{"amount": -tax.tax_cents, "taxable_amount": -tax.taxable_cents, "tax_rate": rate}]
        made.append({
            "type": "custom_line_item", "description": f"{content.number}: {content.reason}"[:500], "quantity": 1,
            "unit_amount": -tax.taxable_cents, "tax_amounts": taxes,
        })  # fmt: skip
    return made


def send(request: Request, key: str) -> Object:
    """Make it."""
    return stripe.create_credit_note(request.params, key)


def find(call: StripeCall, request: Request) -> Object | None:
    """A credit note of the first document with our document's id."""
    ours = call.invoice.external_id if call.invoice else ""
    return next((one for one in stripe.credit_notes(request.target) if one["metadata"].get(OURS) == ours), None)


def note(call: StripeCall, answer: Object, at: datetime) -> None:
    """The step's row keeps its id; what is due there is told by an event."""


STEP: Final = Step("credit_note", prepare, send, find, note)
