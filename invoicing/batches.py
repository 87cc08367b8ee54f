"""Issuing and sending many documents as long work: in pages, through the same use cases as one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.language import within
from invoicing.display import sums
from invoicing.handing_over import PARKED, QUEUED, REFUSED
from invoicing.jobs import JobKind, Progress
from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice
from invoicing.sending import send_invoices

ISSUE, SEND = "issue drafts", "send documents"
PAGE: Final = 100
MOST_SHOWN: Final = 500
TEMPLATE = "invoicing/admin/batch.html"


class Row(TypedDict):
    """One document of a result: its key, how people name it, its client, and a sentence."""

    id: int
    name: str
    client: str
    said: str


def issue_drafts(parameters: Mapping[str, object], by: str, progress: Progress) -> Mapping[str, object]:
    """Issue the drafts named by `documents`. What was issued before, as by a worker that died, stays as it is."""
    ids, problems = _ids(parameters), dict[int, str]()
    progress.of(len(ids))
    for page in _pages(ids):
        for plan in issue_invoices(page, at=timezone.now(), by=by):
            if plan.problems:
                problems[plan.invoice.pk] = "; ".join(plan.problems)
        progress.step(len(page))
    done, left, totals = list[Row](), list[Row](), dict[str, int]()
    for one in _documents(ids):
        if one.number is None:
            left.append(
                _row(one, problems.get(one.pk) or _("it is %(state)s") % {"state": within(one.get_status_display())})
            )
        else:
            done.append(_row(one, ""))
            totals[one.currency] = totals.get(one.currency, 0) + (one.total_cents or 0)
    return _result("issued", done, left, sums(totals))


def send_documents(parameters: Mapping[str, object], by: str, progress: Progress) -> Mapping[str, object]:
    """Send the documents named by `documents`, each once: what is sent or on its way already is left alone."""
    ids, reasons = _ids(parameters), dict[int, tuple[str, str]]()
    progress.of(len(ids))
    for page in _pages(ids):
        for one in send_invoices(page, at=timezone.now(), by=by):
            reasons[one.document.pk] = (one.outcome, one.reason)
        progress.step(len(page))
    done, left = list[Row](), list[Row]()
    for document in _documents(ids):
        outcome, reason = reasons.get(document.pk, (REFUSED, ""))
        (left if outcome in (PARKED, REFUSED) else done).append(_row(document, "" if outcome == QUEUED else reason))
    return _result("sent", done, left, "")


def _result(what: str, done: Sequence[Row], left: Sequence[Row], total: str) -> dict[str, object]:
    return {
        "what": what, "done": done[:MOST_SHOWN], "left": left[:MOST_SHOWN], "done_count": len(done),
        "left_count": len(left), "total": total,
    }  # fmt: skip


def _ids(parameters: Mapping[str, object]) -> list[int]:
    documents = parameters["documents"]
    if not isinstance(documents, list):
        raise TypeError("the documents are not a list")
    return sorted(int(pk) for pk in documents)


def _pages(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))


def _documents(ids: Sequence[int]) -> Iterator[Invoice]:
    found = Invoice.objects.filter(pk__in=ids).select_related("client").order_by("pk")
    return found.iterator(chunk_size=1000)


def _row(document: Invoice, said: str) -> Row:
    return {"id": document.pk, "name": str(document), "client": document.client.name, "said": said}


KINDS: Final = (
    JobKind(ISSUE, gettext_noop("Issue drafts"), issue_drafts, TEMPLATE, lambda _: ["invoicing.issue_invoice"]),
    JobKind(SEND, gettext_noop("Send documents"), send_documents, TEMPLATE, lambda _: ["invoicing.send_invoice"]),
)
