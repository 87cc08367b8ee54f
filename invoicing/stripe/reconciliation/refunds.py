"""Refunds that failed after they were recorded, whose events were lost: recorded back, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from invoicing.models import Invoice, Payment
from invoicing.stripe import client
from invoicing.stripe.findings import refund_failed
from invoicing.stripe.handlers.refunded import recorded_back
from invoicing.stripe.reconciliation.difference import Difference, pages, show
from invoicing.stripe.reconciliation.documents import LATELY
from invoicing.stripe.shapes import RefundFacts, refund_facts


def failed_refunds(*, at: datetime, dry_run: bool) -> Iterator[Difference]:
    """Each is shown until a person has closed it. Raises StripeProblem."""
    made = map(refund_facts, client.find_refunds(since=int((at - LATELY).timestamp())))
    for page in pages(one for one in made if one.failed):
        refunds = {one.id: one for one in page}
        recorded = Payment.objects.filter(external_id__in=refunds).select_related("invoice").order_by("pk")
        for payment in recorded:
            refund = refunds[payment.external_id]
            if not dry_run:
                _take_back(payment.invoice_id, refund, at)
            found = Difference(refund_failed(payment.invoice, refund), payment.invoice, refund.id)
            yield show(found, at=at, dry_run=dry_run)


@transaction.atomic
def _take_back(document: int, refund: RefundFacts, at: datetime) -> None:
    locked = Invoice.objects.select_for_update(no_key=True).get(pk=document)
    recorded_back(locked, refund, back_at=at, at=at)
