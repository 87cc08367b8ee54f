"""What is safe is done: as if the event that was missed had just come, in one transaction, the document locked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import structlog
from django.db import transaction

from invoicing import audit
from invoicing.halving import database_is_away
from invoicing.models import Invoice
from invoicing.stripe.handlers.case import Case, Found
from invoicing.stripe.handlers.paid import paid
from invoicing.stripe.handlers.uncollectible import marked_uncollectible
from invoicing.stripe.known import record_facts
from invoicing.stripe.reconciliation.comparing import GIVEN_UP, ROW_MISSING
from invoicing.stripe.reconciliation.difference import Difference, Outcome
from invoicing.stripe.shapes import InvoiceFacts

log = structlog.get_logger("billing.stripe")


def mended(
    safe: Collection[Difference], document: Invoice, told: InvoiceFacts, *, by: str, at: datetime
) -> list[Difference]:
    """Repair them together; each as it ended. One document that cannot be repaired keeps no other from it."""
    try:
        _mend({one.finding.kind for one in safe}, document.pk, told, by=by, at=at)
    except Exception as problem:  # whatever it is: the others are looked at, and this one is told
        if database_is_away(problem):
            raise
        log.exception("stripe difference not repaired", invoice=document.pk)
        return [one.failed(f"It could not be repaired: {problem}") for one in safe]
    return [one.ended(Outcome.REPAIRED) for one in safe]


@transaction.atomic
def _mend(kinds: Collection[str], pk: int, told: InvoiceFacts, *, by: str, at: datetime) -> None:
    document = Invoice.objects.select_for_update(no_key=True).get(pk=pk)
    record_facts(pk, told, at)
    if ROW_MISSING in kinds:
        audit.record("stripe.adopted", document, by=by, at=at, data={"stripe_id": told.id})
    case = Case(None, Found(told), document, at)
    if told.payments:
        paid(case)
    if GIVEN_UP in kinds:
        marked_uncollectible(case)
