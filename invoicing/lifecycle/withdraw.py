"""Take lines off drafts, and give drafts up: the work on them goes back (T-20, T-21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from invoicing import audit
from invoicing.claims import release_lines
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.sources import Release, Then, lock_owners, tell_owners
from invoicing.transitions import InvalidTransition

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
    """Give a draft up and its work back. Raises InvalidTransition for a document that is no draft."""
    draft = _locked_draft(invoice_id)
    lines = list(draft.lines.values_list("pk", flat=True))
    _discard(draft, lines, Release(then, reason, by, at))
    return draft


@transaction.atomic
def withdraw_lines(
    invoice_id: int, line_ids: Sequence[int], *, then: Then = "bill", reason: str, by: str, at: datetime
) -> Invoice:
    """Take lines off a draft and give their work back. Answers the discarded document that keeps them."""
    draft = _locked_draft(invoice_id)
    lines = list(draft.lines.filter(pk__in=list(line_ids)).values_list("pk", flat=True))
    if len(lines) != len(set(line_ids)):
        raise InvoiceLine.DoesNotExist(f"not every line is on the draft {draft.external_id}")
    if not lines:
        raise ValueError("say which lines to take off")
    kept = Invoice.objects.create(client=draft.client, currency=draft.currency, kind=draft.kind, created_at=at)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [kept.pk, lines])
        cursor.execute(RENUMBER, [draft.pk])
        for document in (draft, kept):
            cursor.execute(COUNT, [document.pk, document.pk])
    audit.record("invoice.lines_withdrawn", draft, by=by, at=at, reason=reason, data={"kept_on": kept.external_id})
    _discard(kept, lines, Release(then, reason, by, at))
    return kept


def _locked_draft(invoice_id: int) -> Invoice:
    """The draft, locked after the work on it, as billing locks them."""
    claims = Claim.objects.filter(line__invoice=invoice_id, released_at__isnull=True)
    lock_owners(list(claims.values_list("kind", "source_id")))
    draft = Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
    if draft.status != Invoice.Status.DRAFT:
        raise InvalidTransition(f"document {draft} is {draft.status} and no draft: cancel or credit it")
    return draft


def _discard(draft: Invoice, lines: Sequence[int], release: Release) -> None:
    if not release.reason.strip():
        raise ValueError("say why")
    draft.discard()
    released = release_lines(lines, reason=release.reason, by=release.by, at=release.at)
    tell_owners(released, release)
    data = {"then": release.then, "units": len(released)}
    audit.record("invoice.discarded", draft, by=release.by, at=release.at, reason=release.reason, data=data)
