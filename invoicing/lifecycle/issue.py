"""Issue drafts: number, dates, tax, sums and snapshots, in one transaction for many documents (D-02)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

import config
from invoicing import audit
from invoicing.bulk import copy_rows
from invoicing.discounts import record_uses
from invoicing.documents.hint import ask_for_files
from invoicing.lifecycle.issue_plan import HELD, ISSUED, IssuePlan, plan_issues
from invoicing.lifecycle.snapshots import seller_snapshot
from invoicing.models import TaxLine
from invoicing.numbering import next_numbers
from invoicing.sending import send_at_issue

__all__ = [
    "HELD",
    "ISSUED",
    "IssuePlan",
    "issue_invoices",
    "plan_issues",
]


@transaction.atomic
def issue_invoices(ids: Sequence[int], *, at: datetime, by: str, within_bounds: bool = False) -> list[IssuePlan]:
    """Issue drafts in sets; those that cannot be issued stay drafts and answer why. No number is lost.

    `within_bounds`, for automation: what is out of the ordinary stays a draft for a person.
    """
    plans = plan_issues(ids, at=at, lock=True, within_bounds=within_bounds)
    ready = [plan for plan in plans if plan.outcome == ISSUED]
    if not ready:
        return plans
    # By kind and key: concurrent issuers take the counters in the same order.
    numbers: dict[int, str] = {}
    for kind in sorted({plan.invoice.kind for plan in ready}):
        of_kind = [plan for plan in ready if plan.invoice.kind == kind]
        pattern = getattr(config.billing().numbers, kind)
        given = next_numbers(pattern, of_kind[0].issue_on, len(of_kind))
        numbers |= {plan.invoice.pk: number for plan, number in zip(of_kind, given, strict=True)}
    _write(ready, numbers, at=at, by=by)
    ask_for_files()
    send_at_issue(list(numbers), at=at, by=by)
    return [_numbered(plan, numbers) for plan in plans]


def _write(plans: Sequence[IssuePlan], numbers: dict[int, str], *, at: datetime, by: str) -> None:
    _tax_lines(plans)
    _line_tax(plans)
    record_uses(((plan.invoice.pk, taken) for plan in plans for taken in plan.sums.discounts), at=at)
    _issue(plans, numbers, at=at, by=by)
    _settle_zero(plans)
    audit.record_all(
        (
            audit.Action(
                "invoice.issued",
                "invoice",
                plan.invoice.pk,
                data={"number": numbers[plan.invoice.pk], "total_cents": plan.totals.total},
            )
            for plan in plans
        ),
        by=by,
        at=at,
    )


def _tax_lines(plans: Iterable[IssuePlan]) -> None:
    copy_rows(
        TaxLine,
        ("invoice_id", "category", "rate", "taxable_cents", "tax_cents", "reason"),
        (
            (
                plan.invoice.pk, line.category, line.rate, line.taxable_cents, line.tax_cents,
                plan.treatments.reason_of(line.category),
            )
            for plan in plans
            for line in plan.totals.lines
        ),
    )  # fmt: skip


# As invoicing.tax.Treatment.category_of and rate_of have it: what would be taxed at 0 % is zero-rated.
LINE_TAX = """
UPDATE invoicing_invoiceline l SET
    tax_category = CASE WHEN u.category = 'S' AND coalesce(l.item_tax_rate, u.rate) = 0 THEN 'Z' ELSE u.category END,
    tax_rate = CASE WHEN u.category = 'S' THEN coalesce(l.item_tax_rate, u.rate) ELSE u.rate END
FROM unnest(%s::bigint[], %s::bool[], %s::text[], %s::numeric[]) u(invoice_id, goods, category, rate)
WHERE l.invoice_id = u.invoice_id AND l.goods = coalesce(u.goods, l.goods)
"""
ISSUE = """
UPDATE invoicing_invoice i SET status = 'open', number = u.number, issue_on = u.issue_on, due_on = u.due_on,
    issued_at = %s, issued_by = %s, discount_cents = u.discount, tax_cents = u.tax, total_cents = u.total,
    seller = %s::jsonb, buyer = u.buyer::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
    u(id, number, issue_on, due_on, discount, tax, total, buyer) WHERE i.id = u.id AND i.status = 'draft'
"""
SETTLE_ZERO = "UPDATE invoicing_invoice SET status = 'paid' WHERE id = ANY(%s) AND status = 'open' AND total_cents = 0"


def _line_tax(plans: Sequence[IssuePlan]) -> None:
    columns = zip(*(row for plan in plans for row in _line_treatments(plan)), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(LINE_TAX, [list(column) for column in columns])


def _line_treatments(plan: IssuePlan) -> list[tuple[int, bool | None, str, Decimal]]:
    """(document, goods or None for all lines, category, rate); services and goods are mostly treated alike."""
    both, pk = plan.treatments, plan.invoice.pk
    if both.services == both.goods:
        return [(pk, None, both.services.category, both.services.rate)]
    return [(pk, goods, both.of(goods).category, both.of(goods).rate) for goods in (False, True)]


def _issue(plans: Sequence[IssuePlan], numbers: dict[int, str], *, at: datetime, by: str) -> None:
    rows = [
        (
            plan.invoice.pk, numbers[plan.invoice.pk], plan.issue_on, plan.due_on, plan.totals.discount,
            plan.totals.tax, plan.totals.total, json.dumps(plan.buyer),
        )
        for plan in plans
    ]  # fmt: skip
    seller = json.dumps(seller_snapshot())
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, [at, by, seller, *(list(column) for column in zip(*rows, strict=True))])


def _settle_zero(plans: Sequence[IssuePlan]) -> None:
    """Nothing to pay is paid at issue."""
    free = [plan.invoice.pk for plan in plans if plan.totals.total == 0]
    if free:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE_ZERO, [free])


def _numbered(plan: IssuePlan, numbers: dict[int, str]) -> IssuePlan:
    return replace(plan, number=numbers.get(plan.invoice.pk, ""))
