"""Hands an issued aggregate invoice to whoever delivers it."""

from __future__ import annotations

from datetime import datetime

from invoicing.models import Invoice
from invoicing.sending import send_invoices


def send(document: Invoice, *, at: datetime, by: str) -> str:
    """Send an issued document; "" where it is on its way, else why it is not."""
    return "; ".join(sending.problem for sending in send_invoices([document.pk], at=at, by=by))
