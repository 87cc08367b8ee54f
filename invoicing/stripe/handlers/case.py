"""What a handler is given: the event, what was found out about it, and the document that it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from invoicing.models import Invoice, StripeEvent
from invoicing.stripe import anomalies
from invoicing.stripe.shapes import CreditNoteFacts, DisputeFacts, InvoiceFacts, Object, RefundFacts

BY = "stripe"  # who acted, for the audit trail


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out at Stripe before anything is written. `nothing`: why there is nothing to do."""

    invoice: InvoiceFacts | None = None
    refunds: tuple[RefundFacts, ...] = ()
    dispute: DisputeFacts | None = None
    credit_note: CreditNoteFacts | None = None
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One event in hand, or none where we looked ourselves. The document is locked; all of it is one transaction."""

    event: StripeEvent | None
    found: Found
    document: Invoice
    at: datetime

    @property
    def invoice(self) -> InvoiceFacts:
        """The invoice at Stripe; a case has one, because its document is found by it."""
        if self.found.invoice is None:
            raise LookupError("nothing was found out about the invoice")
        return self.found.invoice

    def note(self, kind: str, text: str, key: str = "") -> None:
        """Write down what does not fit together, for a person."""
        anomalies.note(kind, text, invoice=self.document, event=self.event, key=key, at=self.at)


@dataclass(frozen=True, slots=True)
class Handler:
    """How events of one type are dealt with.

    `look` asks Stripe for what the event's object leaves out, outside of any transaction; `act` applies it, in one,
    and answers what came of it in a sentence.
    """

    look: Callable[[Object], Found]
    act: Callable[[Case], str]
