"""The statement of each company: its lines on an aggregate invoice, and their sum."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from gateway_billing.month_plan import CompanyPart, Sums
from invoicing.export import stored_line
from invoicing.lifecycle.totals import sums_of
from invoicing.models import Invoice, InvoiceLine


def parts_of(document: Invoice) -> tuple[CompanyPart, ...]:
    """The companies of a stored document in the order of its lines, in one query. What each line bills is left out."""
    of_company: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in document.lines.select_related("company").order_by("position"):
        of_company[line.company.external_id if line.company else ""].append(line)
    return tuple(
        CompanyPart(
            company,
            lines[0].company.name if lines[0].company else "",
            tuple(stored_line(line, [], None) for line in lines),
            sum(line.amount_cents for line in lines),
        )
        for company, lines in of_company.items()
    )


def sums_of_document(document: Invoice, *, at: datetime) -> Sums:
    """The sums of a document: as issued, or as issuing the draft now would make them."""
    if document.status != Invoice.Status.DRAFT:
        return Sums(document.subtotal_cents, document.tax_cents, document.total_cents)
    totals = sums_of([document], at=at)[document.pk].totals
    return Sums(document.subtotal_cents, totals.tax, totals.total) if totals else Sums(document.subtotal_cents)
