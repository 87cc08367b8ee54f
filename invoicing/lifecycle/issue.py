"""Issue drafts: number, dates, tax, sums and snapshots, in one transaction for many documents (D-02)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import Max

import config
from contracts.models import Client
from invoicing import audit
from invoicing.bulk import copy_rows
from invoicing.lifecycle.totals import DocumentSums, sums_of
from invoicing.models import Invoice, TaxLine
from invoicing.numbering import next_numbers
from invoicing.tax import Treatment
from rating.period import due_on
from rating.tax import Totals

ISSUED, HELD = "issued", "held"


@dataclass(frozen=True, slots=True)
class IssuePlan:
    """What issuing one draft comes to: issued with these sums, or held for these reasons. `number` is set when done."""

    invoice: Invoice
    issue_on: date
    due_on: date
    sums: DocumentSums
    problems: tuple[str, ...] = ()
    number: str = ""

    @property
    def outcome(self) -> str:
        return HELD if self.problems else ISSUED

    @property
    def totals(self) -> Totals:
        """The sums of a draft that can be issued."""
        if self.sums.totals is None:
            raise ValueError(self.sums.problem)
        return self.sums.totals

    @property
    def treatment(self) -> Treatment:
        """The tax treatment of a draft that can be issued."""
        if self.sums.treatment is None:
            raise ValueError(self.sums.problem)
        return self.sums.treatment


def plan_issues(ids: Sequence[int], *, at: datetime, lock: bool = False) -> list[IssuePlan]:
    """What issuing these drafts would do, in the order of their keys. Documents that are no drafts are left out."""
    drafts = (
        Invoice.objects.filter(pk__in=list(ids), status=Invoice.Status.DRAFT).select_related("client").order_by("pk")
    )
    if lock:
        drafts = drafts.select_for_update(no_key=True, of=("self",))
    found = list(drafts)
    sums = sums_of((draft.pk, draft.client) for draft in found)
    issue_on = at.astimezone(config.billing().zone).date()
    refusals = {kind: _date_refusal(kind, issue_on, at) for kind in {draft.kind for draft in found}}
    return [_plan(draft, issue_on, sums[draft.pk], refusals[draft.kind]) for draft in found]


@transaction.atomic
def issue_invoices(ids: Sequence[int], *, at: datetime, by: str) -> list[IssuePlan]:
    """Issue drafts in sets; those that cannot be issued stay drafts and answer why. No number is lost."""
    plans = plan_issues(ids, at=at, lock=True)
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
    return [_numbered(plan, numbers) for plan in plans]


def _plan(draft: Invoice, issue_on: date, sums: DocumentSums, refusal: str) -> IssuePlan:
    settings = config.billing()
    days = draft.client.payment_terms_days
    problems = [refusal, sums.problem, *_missing(draft.client)]
    if not draft.line_count:
        problems.append("the draft has no lines")
    return IssuePlan(
        draft,
        issue_on,
        due_on(issue_on, settings.due_days if days is None else days),
        sums,
        tuple(problem for problem in problems if problem),
    )


def _missing(client: Client) -> list[str]:
    """What the law asks of the recipient's address and is not there."""
    wanted = {"name": client.name, "address": client.address_line1, "postcode": client.postcode, "city": client.city}
    missing = [name for name, value in wanted.items() if not value.strip()]
    return [f"client {client.external_id} has no {', no '.join(missing)}"] if missing else []


def _date_refusal(kind: str, issue_on: date, at: datetime) -> str:
    """Documents of a kind leave in the order of their dates, none dated ahead; tests and trials may do otherwise."""
    if django_settings.APP_ENV != "production":
        return ""
    newest = Invoice.objects.filter(kind=kind, issue_on__isnull=False).aggregate(newest=Max("issue_on"))["newest"]
    if newest is not None and issue_on < newest:
        return f"the issue date {issue_on} is before {newest}, the date of a document already issued"
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() < %s", [at])
        (ahead,) = cursor.fetchone()
    return f"the issue date {issue_on} is in the future" if ahead else ""


def _write(plans: Sequence[IssuePlan], numbers: dict[int, str], *, at: datetime, by: str) -> None:
    _tax_lines(plans)
    _line_tax(plans)
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
            (plan.invoice.pk, line.category, line.rate, line.taxable_cents, line.tax_cents, plan.treatment.reason)
            for plan in plans
            for line in plan.totals.lines
        ),
    )


LINE_TAX = """
UPDATE invoicing_invoiceline l SET tax_category = u.category,
    tax_rate = CASE WHEN u.category = 'S' THEN coalesce(l.item_tax_rate, u.rate) ELSE u.rate END
FROM unnest(%s::bigint[], %s::text[], %s::numeric[]) u(invoice_id, category, rate) WHERE l.invoice_id = u.invoice_id
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
    columns = zip(*((p.invoice.pk, p.treatment.category, p.treatment.rate) for p in plans), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(LINE_TAX, [list(column) for column in columns])


def _issue(plans: Sequence[IssuePlan], numbers: dict[int, str], *, at: datetime, by: str) -> None:
    rows = [
        (
            plan.invoice.pk, numbers[plan.invoice.pk], plan.issue_on, plan.due_on, plan.totals.discount,
            plan.totals.tax, plan.totals.total, json.dumps(buyer_snapshot(plan.invoice.client)),
        )
        for plan in plans
    ]  # fmt: skip
    seller = json.dumps(asdict(config.billing().seller))
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, [at, by, seller, *(list(column) for column in zip(*rows, strict=True))])


def _settle_zero(plans: Sequence[IssuePlan]) -> None:
    """Nothing to pay is paid at issue."""
    free = [plan.invoice.pk for plan in plans if plan.totals.total == 0]
    if free:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE_ZERO, [free])


def buyer_snapshot(client: Client) -> dict[str, Any]:
    """The recipient as the document names them, for ever."""
    return {
        "id": client.external_id,
        "name": client.name,
        "line1": client.address_line1,
        "line2": client.address_line2,
        "postcode": client.postcode,
        "city": client.city,
        "country": client.country,
        "vat_id": client.vat_id,
        "email": client.email,
        "language": client.language,
        "e_invoice": client.e_invoice or config.billing().e_invoice,
        "leitweg_id": client.leitweg_id,
    }


def _numbered(plan: IssuePlan, numbers: dict[int, str]) -> IssuePlan:
    number = numbers.get(plan.invoice.pk, "")
    return IssuePlan(plan.invoice, plan.issue_on, plan.due_on, plan.sums, plan.problems, number)
