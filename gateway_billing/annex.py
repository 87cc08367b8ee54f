"""The annex of an aggregate invoice: every call and case behind its lines, read as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from contracts.models import Client
from invoicing.models import Invoice

UNITS_A_PAGE = 2000
# Claims alive or released since: a document that was cancelled keeps its annex.
UNITS = """
SELECT l.position, p.external_id, c.kind, coalesce(k.external_id, s.external_id),
    coalesce(k.started_at, s.output_sent_at), k.duration_seconds, c.quantity, c.amount_cents, coalesce(s.subject, '')
FROM invoicing_invoiceline l JOIN contracts_client p ON p.id = l.company_id
    JOIN invoicing_claim c ON c.line_id = l.id AND c.kind IN ('call', 'service_case')
    LEFT JOIN gateway_billing_call k ON c.kind = 'call' AND k.id = c.source_id
    LEFT JOIN gateway_billing_servicecase s ON c.kind = 'service_case' AND s.id = c.source_id
WHERE l.invoice_id = %(document)s AND (%(company)s::bigint IS NULL OR l.company_id = %(company)s)
ORDER BY l.position, 5, c.id
"""


class AnnexUnit(NamedTuple):
    """A call with its seconds, talked and metered, or a case with its price in minor units; `line` is the position."""

    line: int
    company: str
    kind: str
    reference: str | None
    at: datetime | None
    duration_seconds: int | None
    quantity: Decimal
    amount_cents: int | None
    subject: str


def annex_units(document: Invoice, company: Client | None = None) -> Iterator[AnnexUnit]:
    """The units of a document, or of one of its companies, by line and time, in bounded memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(UNITS, {"document": document.pk, "company": company.pk if company else None})
        while page := cursor.fetchmany(UNITS_A_PAGE):
            yield from map(AnnexUnit._make, page)
