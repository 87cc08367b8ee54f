"""Documents that take back what an issued one billed: planned from its stored rows, then written and issued at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

import config
from invoicing import audit
from invoicing.bulk import copy_rows, reserve_ids
from invoicing.claims import release_lines
from invoicing.documents.content import NO_E_INVOICE, content_of
from invoicing.documents.einvoice.checking import problems_of
from invoicing.documents.hint import ask_for_files
from invoicing.lifecycle.drafts import LINE_COLUMNS
from invoicing.lifecycle.issue_plan import date_refusal
from invoicing.lifecycle.snapshots import buyer_snapshot, seller_snapshot
from invoicing.lifecycle.totals import issue_day
from invoicing.models import Claim, Invoice, InvoiceLine, TaxLine
from invoicing.numbering import next_numbers
from invoicing.restored import refusal
from invoicing.sending import send_at_issue
from invoicing.sources import Release, tell_owners
from invoicing.transitions import InvalidTransition
from rating import tax
from rating.charge import Charge
from rating.correction import FirstLine, correction_sums, taken_back

PART_COLUMNS = (*LINE_COLUMNS, "tax_rate", "corrects_id")


@dataclass(frozen=True, slots=True)
class CorrectionPlan:
    """What taking lines back comes to, in minor units below zero. `number` is set when it is done."""

    first: Invoice
    kind: str
    lines: Sequence[tuple[InvoiceLine, Charge]]
    sums: tax.Totals
    reasons: dict[tuple[str, Decimal], str]
    releases: int
    number: str = ""


def plan_correction(first: Invoice, kind: str, positions: Collection[int], *, releases: bool) -> CorrectionPlan:
    """Take the lines at these positions back; those of earlier credit notes are taken into account."""
    rows = list(first.lines.order_by("position"))
    taken = {line.corrects_id for line in InvoiceLine.objects.filter(corrects__invoice=first)}
    firsts = {row.pk: _first_line(row) for row in rows}
    stored = list(TaxLine.objects.filter(invoice=first))
    sums = correction_sums(
        list(firsts.values()),
        [tax.TaxLine(line.category, line.rate, line.taxable_cents, line.tax_cents) for line in stored],
        set(positions),
        {row.position for row in rows if row.pk in taken},
    )
    document = first.number or first.external_id
    chosen = [row for row in rows if row.position in positions]
    units = (
        Claim.objects.filter(line__in=[row.pk for row in chosen], released_at__isnull=True).count() if releases else 0
    )
    return CorrectionPlan(
        first,
        kind,
        [(row, taken_back(firsts[row.pk], document=document, currency=first.currency)) for row in chosen],
        sums,
        {(line.category, line.rate): line.reason for line in stored},
        units,
    )


def _first_line(row: InvoiceLine) -> FirstLine:
    return FirstLine(
        row.position, row.kind, row.description, row.quantity, row.unit, row.unit_price, row.price_per,
        row.amount_cents, row.tax_category, row.tax_rate or Decimal(0), row.company_id, row.goods,
    )  # fmt: skip


def write_correction(plan: CorrectionPlan, *, reason: str, by: str, at: datetime) -> Invoice:
    """Write and issue the document, in the caller's transaction; it is settled at once.

    Raises InvalidTransition where its date would break the order of numbers, or no number may be given.
    """
    issue_on = issue_day(at)
    if refused := refusal() or date_refusal(plan.kind, issue_on, at):
        raise InvalidTransition(refused)
    first = plan.first
    document = Invoice.objects.create(
        kind=plan.kind, client=first.client, currency=first.currency, period_start=first.period_start,
        period_end=first.period_end, created_at=at, cancels=first, reason=reason,
    )  # fmt: skip
    _write_lines(document, plan)
    number = next_numbers(getattr(config.billing().numbers, plan.kind), issue_on, 1)[0]
    _issue(document, plan, number, issue_on, by=by, at=at)
    audit.record(
        "invoice.issued", document, by=by, at=at, reason=reason,
        data={"number": number, "total_cents": plan.sums.total, "cancels": first.number},
    )  # fmt: skip
    document.refresh_from_db()
    _ensure_e_invoice(document)
    send_at_issue([document.pk], at=at, by=by)
    ask_for_files()
    return document


def _ensure_e_invoice(document: Invoice) -> None:
    """Refuse what would be no valid e-invoice: rolled back, the number is not lost. Raises InvalidTransition."""
    wanted = (document.buyer or {})["e_invoice"]
    if wanted != NO_E_INVOICE and (problems := problems_of(content_of(document), wanted)):
        raise InvalidTransition("; ".join(problems))


def _write_lines(document: Invoice, plan: CorrectionPlan) -> None:
    ids = reserve_ids(InvoiceLine, len(plan.lines))
    copy_rows(
        InvoiceLine,
        PART_COLUMNS,
        (
            (
                pk, document.pk, position, charge.kind, charge.company, charge.description, charge.quantity,
                charge.unit, charge.unit_price, charge.price_per, charge.amount_cents, row.item_tax_rate, charge.goods,
                row.tax_category, json.dumps(charge.explanation.as_dict()), row.tax_rate, row.pk,
            )
            for position, (pk, (row, charge)) in enumerate(zip(ids, plan.lines, strict=True), start=1)
        ),
    )  # fmt: skip
    copy_rows(
        TaxLine,
        ("invoice_id", "category", "rate", "taxable_cents", "tax_cents", "reason"),
        (
            (document.pk, line.category, line.rate, line.taxable_cents, line.tax_cents,
             plan.reasons[line.category, line.rate])
            for line in plan.sums.lines
        ),
    )  # fmt: skip


ISSUE = """
UPDATE invoicing_invoice SET status = 'open', number = %s, issue_on = %s, due_on = %s, issued_at = %s, issued_by = %s,
    line_count = %s, subtotal_cents = %s, discount_cents = %s, tax_cents = %s, total_cents = %s, seller = %s::jsonb,
    buyer = %s::jsonb
WHERE id = %s
"""
# Nobody pays a correction: what is owed shows on the document that it corrects.
SETTLE = "UPDATE invoicing_invoice SET status = 'paid' WHERE id = %s"


def _issue(document: Invoice, plan: CorrectionPlan, number: str, issue_on: date, *, by: str, at: datetime) -> None:
    sums = plan.sums
    seller, buyer = seller_snapshot(), buyer_snapshot(document.client)
    values: list[Any] = [
        number, issue_on, issue_on, at, by, len(plan.lines), sums.subtotal, sums.discount, sums.tax, sums.total,
        json.dumps(seller), json.dumps(buyer), document.pk,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, values)
        cursor.execute(SETTLE, [document.pk])


def give_back(plan: CorrectionPlan, document: Invoice, release: Release) -> int:
    """Release what the lines taken back had billed, to the document that takes them back; answer how many units."""
    lines = [row.pk for row, _ in plan.lines]
    released = release_lines(lines, reason=release.reason, by=release.by, at=release.at, to=document.pk)
    tell_owners(released, release)
    return len(released)
