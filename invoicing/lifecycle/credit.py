"""Credit an issued document, whole or by line, by a document of its own (D-03, T-20)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from invoicing import audit
from invoicing.follow_ups import CREDITED, tell_change
from invoicing.lifecycle.correction import CorrectionPlan, give_back, plan_correction, write_correction
from invoicing.lifecycle.giving_back import lock_document, release_of
from invoicing.lifecycle.payments import settle_where_due
from invoicing.models import Invoice, InvoiceLine
from invoicing.sources import Then
from invoicing.transitions import InvalidTransition

CREDITABLE: Final = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.UNCOLLECTIBLE)


def plan_credit(document: Invoice, positions: Collection[int] = (), *, goodwill: bool = False) -> CorrectionPlan:
    """The credit note over the lines at these positions; without any, over all that was not credited yet.

    Raises InvalidTransition with what speaks against it, LookupError for a position that the document has not.
    """
    ensure_creditable(document)
    taken = set(InvoiceLine.objects.filter(corrects__invoice=document).values_list("corrects__position", flat=True))
    all_of_it = set(document.lines.values_list("position", flat=True))
    wanted = set(positions) or all_of_it - taken
    if strange := wanted - all_of_it:
        raise LookupError(f"document {document} has no line {', '.join(map(str, sorted(strange)))}")
    if twice := wanted & taken:
        raise InvalidTransition(f"line {', '.join(map(str, sorted(twice)))} of document {document} was credited before")
    if not wanted:
        raise InvalidTransition(f"all of document {document} was credited before")
    return plan_correction(document, Invoice.Kind.CREDIT_NOTE, wanted, releases=not goodwill)


def ensure_creditable(document: Invoice) -> None:
    """Raise InvalidTransition for a document that cannot be credited."""
    if document.cancels_id is not None:
        raise InvalidTransition(f"{document} takes back another document and cannot be credited itself")
    if document.status not in CREDITABLE:
        hint = ": discard the draft instead" if document.status == Invoice.Status.DRAFT else ""
        raise InvalidTransition(f"document {document} is {document.status} and cannot be credited{hint}")


@transaction.atomic
def credit_invoice(
    invoice_id: int,
    positions: Collection[int] = (),
    *,
    then: Then = "bill",
    goodwill: bool = False,
    reason: str,
    by: str,
    at: datetime,
) -> CorrectionPlan:
    """Credit lines, and give their work back: billed again, held or waived. A goodwill credit gives none back.

    Raises as `plan_credit` does, and ValueError without a reason.
    """
    release = release_of(then, reason, by, at)
    first = lock_document(invoice_id)
    plan = plan_credit(first, positions, goodwill=goodwill)
    document = write_correction(plan, reason=release.reason, by=by, at=at)
    units = 0 if goodwill else give_back(plan, document, release)
    data = {
        "credit_note": document.number, "lines": sorted(row.position for row, _ in plan.lines), "units": units,
        "then": None if goodwill else then, "total_cents": plan.sums.total,
    }  # fmt: skip
    audit.record("invoice.credited", first, by=by, at=at, reason=release.reason, data=data)
    tell_change(CREDITED, first, correction=document, by=by, at=at)
    settle_where_due(first.pk, by=by, at=at)
    return replace(plan, number=document.number or "")
