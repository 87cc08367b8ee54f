"""Take lines off drafts, and give drafts up: the work on them goes back (T-20, T-21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from invoicing import audit
from invoicing.claims import release_lines
from invoicing.lifecycle.giving_back import lock_document, release_of
from invoicing.models import Invoice, InvoiceLine
from invoicing.sources import Release, Then, tell_owners
from invoicing.transitions import InvalidTransition
from invoicing.withdrawn import tell_withdrawn

# A line is never deleted: its claims tell what it billed. It moves to a document of its own, which is discarded.
MOVE = """
UPDATE invoicing_invoiceline l SET invoice_id = %s, position = n.position
FROM (SELECT id, row_number() OVER (ORDER BY position) AS position FROM invoicing_invoiceline WHERE id = ANY(%s)) n
WHERE l.id = n.id
"""
RENUMBER = """
UPDATE invoicing_invoiceline l SET position = n.position
FROM (SELECT id, row_number() OVER (ORDER BY position) AS position FROM invoicing_invoiceline WHERE invoice_id = %s) n
WHERE l.id = n.id AND l.position <> n.position
"""
COUNT = """
UPDATE invoicing_invoice i SET line_count = n.lines, subtotal_cents = n.cents
FROM (SELECT count(*) AS lines, coalesce(sum(amount_cents), 0) AS cents FROM invoicing_invoiceline
      WHERE invoice_id = %s) n
WHERE i.id = %s
"""


@transaction.atomic
def discard_draft(invoice_id: int, *, then: Then = "bill", reason: str, by: str, at: datetime) -> Invoice:
    """Give a draft up and its work back: billed again, held or waived.

    Raises InvalidTransition for a document that is no draft, ValueError without a reason.
    """
    release = release_of(then, reason, by, at)
    draft = _locked_draft(invoice_id)
    lines = list(draft.lines.values_list("pk", flat=True))
    _discard(draft, lines, release)
    return draft


@transaction.atomic
def withdraw_lines(
    invoice_id: int, line_ids: Sequence[int], *, then: Then = "bill", reason: str, by: str, at: datetime
) -> Invoice:
    """Take lines off a draft and give their work back. Answers the discarded document that keeps them.

    Raises as `discard_draft` does, and InvoiceLine.DoesNotExist for lines that are not on the draft.
    """
    release = release_of(then, reason, by, at)
    if not line_ids:
        raise ValueError("say which lines to take off")
    draft = _locked_draft(invoice_id)
    lines = list(draft.lines.filter(pk__in=list(line_ids)).values_list("pk", flat=True))
    if len(lines) != len(set(line_ids)):
        raise InvoiceLine.DoesNotExist(f"not every line is on the draft {draft.external_id}")
    kept = Invoice.objects.create(client=draft.client, currency=draft.currency, kind=draft.kind, created_at=at)
    before = _sums(draft)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [kept.pk, lines])
        cursor.execute(RENUMBER, [draft.pk])
        for document in (draft, kept):
            cursor.execute(COUNT, [document.pk, document.pk])
    for document in (draft, kept):
        document.refresh_from_db(fields=["line_count", "subtotal_cents"])
    data = {"before": before, "after": _sums(draft), "kept_on": kept.external_id}
    audit.record("invoice.lines_withdrawn", draft, by=by, at=at, reason=release.reason, data=data)
    _discard(kept, lines, release)
    return kept


def ensure_draft(document: Invoice) -> None:
    """Raise InvalidTransition for a document that was issued or discarded."""
    if document.status == Invoice.Status.DISCARDED:
        raise InvalidTransition(f"{document} was discarded before")
    if document.status != Invoice.Status.DRAFT:
        raise InvalidTransition(f"document {document} is {document.status} and no draft: cancel or credit it")


def _locked_draft(invoice_id: int) -> Invoice:
    draft = lock_document(invoice_id)
    ensure_draft(draft)
    return draft


def _discard(draft: Invoice, lines: Sequence[int], release: Release) -> None:
    draft.discard()
    released = release_lines(lines, reason=release.reason, by=release.by, at=release.at)
    tell_owners(released, release)
    tell_withdrawn(draft, release)
    data = {"then": release.then, "units": len(released), **_sums(draft)}
    audit.record("invoice.discarded", draft, by=release.by, at=release.at, reason=release.reason, data=data)


def _sums(document: Invoice) -> dict[str, int]:
    return {"lines": document.line_count, "subtotal_cents": document.subtotal_cents}
