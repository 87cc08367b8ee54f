"""Documents with their lines, tax, sources and explanations, read in pages for the export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from contracts.models import Client
from invoicing.display import decimal_text
from invoicing.exported_sources import sources_of
from invoicing.lifecycle.replacements import replacements_of
from invoicing.lifecycle.totals import DocumentSums, sums_of
from invoicing.models import DiscountUse, Invoice, InvoiceLine, TaxLine
from invoicing.tax import Treatments
from rating.period import BillingPeriod

Row = dict[str, object]
Sources = list[Row] | Iterator[Row]

DOCUMENTS_A_PAGE = 200
LINES_A_PAGE = 500


@dataclass(frozen=True, slots=True)
class ExportedDocument:
    """A document as scripts read it: what precedes its lines, the lines as they are read, and its sums."""

    head: Row
    lines: Iterator[Row]
    tail: Row


def documents(
    *, status: str = "", client: Client | None = None, month: BillingPeriod | None = None
) -> QuerySet[Invoice]:
    """The documents in this state, of this client, of this month.

    Issued documents are of the month of their issue; others of that of their period, or else of their creation.
    """
    found = Invoice.objects.all()
    if status:
        found = found.filter(status=status)
    if client is not None:
        found = found.filter(client=client)
    if month is not None:
        days = month.to_date_range()
        unissued = Q(issue_on__isnull=True)
        found = found.filter(
            Q(issue_on__range=days)
            | unissued & Q(period_start__range=days)
            | unissued & Q(period_start__isnull=True, created_at__gte=month.start, created_at__lt=month.end)
        )
    return found


def pages_of_ids(found: QuerySet[Invoice]) -> Iterator[list[int]]:
    """Their keys in order, each page one keyset query."""
    last = 0
    keys = found.order_by("pk").values_list("pk", flat=True)
    while page := list(keys.filter(pk__gt=last)[:DOCUMENTS_A_PAGE]):
        last = page[-1]
        yield page


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read a draft and its lines as of one moment, while others add to it. Inside a transaction: as that one does."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def read_documents(ids: Sequence[int], *, at: datetime) -> Iterator[ExportedDocument]:
    """Read a page of documents, in the order of their keys. The lines of one are read before the next is asked for.

    Drafts have the sums that they would have if issued at that moment. The number of queries grows with pages of lines,
    not with documents. Raises LookupError for an unknown source kind.
    """
    found = list(Invoice.objects.filter(pk__in=ids).select_related("client", "cancels").order_by("pk"))
    drafts = sums_of([one for one in found if one.status == Invoice.Status.DRAFT], at=at)
    taxes: dict[int, list[Row]] = defaultdict(list)
    for tax in TaxLine.objects.filter(invoice__in=ids).order_by("invoice", "category", "rate"):
        taxes[tax.invoice_id].append(_tax(tax.category, tax.rate, tax.taxable_cents, tax.tax_cents))
    beside = _beside(found)
    groups = groupby(_lines(ids), key=lambda read: read[0].invoice_id)
    group = next(groups, None)
    for one in found:
        draft = drafts.get(one.pk)
        rows: Iterator[Row] = iter(())
        if group is not None and group[0] == one.pk:
            rows = (stored_line(line, sources, draft.treatments if draft else None) for line, sources in group[1])
        yield ExportedDocument(_head(one), rows, _tail(one, draft, taxes[one.pk]) | beside[one.pk])
        if group is not None and group[0] == one.pk:
            group = next(groups, None)


def _lines(ids: Sequence[int]) -> Iterator[tuple[InvoiceLine, Sources]]:
    """Lines with their sources, by document and position, in keyset pages. Those of one are read before the next."""
    wanted = InvoiceLine.objects.filter(invoice__in=ids).select_related("company").order_by("invoice_id", "position")
    after: Q = Q()
    while page := list(wanted.filter(after)[:LINES_A_PAGE]):
        document, position = page[-1].invoice_id, page[-1].position
        after = Q(invoice__gt=document) | Q(invoice=document, position__gt=position)
        sources = sources_of(page)
        for line in page:
            yield line, sources(line)


def _head(document: Invoice) -> Row:
    return {
        "id": document.external_id,
        "kind": document.kind,
        "number": document.number,
        "status": document.status,
        "client": document.client.external_id,
        "currency": document.currency,
        "issue_date": _day(document.issue_on),
        "due_date": _day(document.due_on),
        "period_start": _day(document.period_start),
        "period_end": _day(document.period_end),
        "cancels": document.cancels.external_id if document.cancels else None,
    }


def stored_line(line: InvoiceLine, sources: Sources, planned: Treatments | None) -> Row:
    """A line; on a draft with the tax that its issue would give it."""
    category, rate = line.tax_category or None, line.item_tax_rate if line.tax_rate is None else line.tax_rate
    if planned is not None:
        treated = planned.of(line.goods)
        category, rate = treated.category_of(line.item_tax_rate), treated.rate_of(line.item_tax_rate)
    return {
        "kind": line.kind,
        "company": line.company.external_id if line.company else None,
        "description": line.description,
        "quantity": _decimal(line.quantity),
        "unit": line.unit,
        "unit_price": _decimal(line.unit_price),
        "price_per": line.price_per,
        "amount_cents": line.amount_cents,
        "tax_category": category,
        "tax_rate": _decimal(rate),
        "sources": sources,
        "explanation": line.explanation,
    }


def _tail(document: Invoice, draft: DocumentSums | None, taxes: list[Row]) -> Row:
    """The sums as issued; those of a draft as its issue would make them, none where it could not be issued."""
    discount, tax, total = document.discount_cents, document.tax_cents, document.total_cents
    if draft is not None and draft.totals is not None:
        planned = draft.totals
        discount, tax, total = planned.discount, planned.tax, planned.total
        taxes = [_tax(*attrgetter("category", "rate", "taxable_cents", "tax_cents")(one)) for one in planned.lines]
    return {
        "subtotal_cents": document.subtotal_cents,
        "discount_cents": discount,
        "tax": taxes,
        "tax_cents": tax,
        "total_cents": total,
        "paid_cents": document.paid_cents,
        "credited_cents": document.credited_cents,
        "reason": document.reason,
    }


def _beside(documents: Sequence[Invoice]) -> Mapping[int, Row]:
    """The discounts that issued documents took, and which documents bill again what they gave back; by key."""
    discounts: dict[int, list[Row]] = defaultdict(list)
    for use in (
        DiscountUse.objects.filter(invoice__in=[one.pk for one in documents]).select_related("discount").order_by("pk")
    ):
        taken = {"id": use.discount.external_id, "reason": use.discount.reason, "amount_cents": use.amount_cents}
        discounts[use.invoice_id].append(taken)
    taken_back = [one.pk for one in documents if one.credited_cents]
    again = replacements_of(taken_back) if taken_back else {}
    return {one.pk: {"discounts": discounts[one.pk], "replaced_by": list(again.get(one.pk, ()))} for one in documents}


def _tax(category: str, rate: Decimal, taxable: int, tax: int) -> Row:
    return {"category": category, "rate": decimal_text(rate), "taxable_cents": taxable, "tax_cents": tax}


def _decimal(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
