"""Cancel an issued document by a second one: the work goes back, nothing of the first is edited (D-03, T-20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from invoicing import audit
from invoicing.follow_ups import VOIDED, tell_change
from invoicing.lifecycle.correction import CorrectionPlan, give_back, plan_correction, write_correction
from invoicing.lifecycle.giving_back import lock_document, release_of
from invoicing.models import DiscountUse, Invoice, InvoiceLine
from invoicing.sources import Then
from invoicing.transitions import InvalidTransition
from invoicing.withdrawn import tell_withdrawn

VOIDABLE: Final = (Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE)


def plan_void(document: Invoice) -> CorrectionPlan:
    """The cancellation of the document. Raises InvalidTransition with what speaks against it."""
    ensure_voidable(document)
    positions = list(document.lines.values_list("position", flat=True))
    return plan_correction(document, Invoice.Kind.CANCELLATION, positions, releases=True)


def ensure_voidable(document: Invoice) -> None:
    """Raise InvalidTransition for a document that cannot be cancelled, with what can be done instead."""
    if document.cancels_id is not None:
        raise InvalidTransition(f"{document} takes back another document and cannot be cancelled itself")
    if document.status in (Invoice.Status.DRAFT, Invoice.Status.DISCARDED):
        raise InvalidTransition(f"{document} was not issued: discard the draft instead")
    if document.paid_cents:
        raise InvalidTransition(f"document {document} has payments: credit it instead")
    # Lines that cost nothing leave no sum behind: what counts is whether any line was taken back.
    if InvoiceLine.objects.filter(corrects__invoice=document).exists():
        raise InvalidTransition(f"document {document} was credited in part: credit the rest instead")
    if document.status not in VOIDABLE:
        raise InvalidTransition(f"document {document} is {document.status} and cannot be cancelled")


@transaction.atomic
def void_invoice(invoice_id: int, *, then: Then = "bill", reason: str, by: str, at: datetime) -> CorrectionPlan:
    """Cancel a document that nobody has paid. Its work is billed again, held or waived.

    Raises InvalidTransition with what speaks against it, ValueError without a reason.
    """
    release = release_of(then, reason, by, at)
    first = lock_document(invoice_id)
    plan = plan_void(first)
    document = write_correction(plan, reason=release.reason, by=by, at=at)
    # Void first: a month that its document closed is open again before its work comes back.
    first.move_to(Invoice.Status.VOID)
    units = give_back(plan, document, release)
    DiscountUse.objects.filter(invoice=first, released_at__isnull=True).update(released_at=at)
    tell_withdrawn(first, release)
    tell_change(VOIDED, first, correction=document, by=by, at=at)
    data = {"cancellation": document.number, "then": then, "units": units, "total_cents": first.total_cents}
    audit.record("invoice.voided", first, by=by, at=at, reason=release.reason, data=data)
    return replace(plan, number=document.number or "")
