"""Refunds that failed after they were recorded: the bank sent the money back, and no event of ours tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from invoicing.display import money
from invoicing.models import Payment
from invoicing.stripe import client
from invoicing.stripe.findings import Finding
from invoicing.stripe.reconciliation.difference import Difference, pages, show
from invoicing.stripe.reconciliation.documents import LATELY

FAILED: Final = ("failed", "canceled")


def failed_refunds(*, at: datetime, dry_run: bool) -> Iterator[Difference]:
    """Each is shown until a person has closed it. Raises StripeProblem."""
    made = client.find_refunds(since=int((at - LATELY).timestamp()))
    for page in pages(one["id"] for one in made if one["status"] in FAILED):
        recorded = Payment.objects.filter(external_id__in=page).select_related("invoice").order_by("pk")
        for refund in recorded:
            amount = money(-refund.amount_cents, refund.invoice.currency)
            text = f"The refund of {amount} for {refund.invoice} ({refund.external_id}) failed: record it back."
            finding = Finding("stripe_refund_failed", text, refund.external_id)
            found = Difference(finding, refund.invoice, refund.external_id)
            yield show(found, at=at, dry_run=dry_run)
