"""The least that issuing drafts can cost: one transaction of set-based SQL that writes the same rows."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from benchmarks.data import AT
from benchmarks.measure import answers

# All clients of the data are at home and pay the standard rate; nobody has a discount.
READY = """
CREATE TEMP TABLE ready ON COMMIT DROP AS
SELECT i.id, i.subtotal_cents AS cents, round(i.subtotal_cents * 0.19)::bigint AS tax,
    row_number() OVER (ORDER BY i.id) AS place, c.id AS client_id
FROM invoicing_invoice i JOIN contracts_client c ON c.id = i.client_id WHERE i.status = 'draft';
"""
LOCK = """
SELECT id FROM invoicing_invoice WHERE id IN (SELECT id FROM ready) ORDER BY id FOR NO KEY UPDATE;
"""
NUMBERS = """
INSERT INTO invoicing_numberseries (name, last) SELECT 'INV-2026-{number}', count(*) FROM ready
ON CONFLICT (name) DO UPDATE SET last = invoicing_numberseries.last + excluded.last;
"""
TAX = """
INSERT INTO invoicing_taxline (invoice_id, category, rate, taxable_cents, tax_cents, reason)
SELECT id, 'S', 19, cents, tax, '' FROM ready;
"""
LINES = """
UPDATE invoicing_invoiceline l SET tax_category = 'S', tax_rate = 19 FROM ready r WHERE l.invoice_id = r.id;
"""
DOCUMENTS = """
UPDATE invoicing_invoice i SET status = 'open', number = 'INV-2026-' || lpad(r.place::text, 5, '0'),
    issue_on = '2026-11-20', due_on = '2026-12-20', issued_at = %(at)s, issued_by = 'benchmark', discount_cents = 0,
    tax_cents = r.tax, total_cents = r.cents + r.tax, seller = %(seller)s::jsonb,
    buyer = jsonb_build_object('id', c.external_id, 'name', c.name, 'line1', c.address_line1, 'line2', c.address_line2,
        'postcode', c.postcode, 'city', c.city, 'country', c.country, 'vat_id', c.vat_id, 'email', c.email,
        'language', c.language, 'e_invoice', coalesce(nullif(c.e_invoice, ''), 'none'), 'leitweg_id', c.leitweg_id)
FROM ready r JOIN contracts_client c ON c.id = r.client_id WHERE i.id = r.id;
"""
AUDIT = """
INSERT INTO invoicing_auditentry (at, by, action, subject_kind, subject_id, reason, data)
SELECT %(at)s, 'benchmark', 'invoice.issued', 'invoice', r.id, '',
    jsonb_build_object('number', 'INV-2026-' || lpad(r.place::text, 5, '0'), 'total_cents', r.cents + r.tax)
FROM ready r;
"""
STATEMENTS = (READY, "ANALYZE ready", LOCK, NUMBERS, TAX, LINES, DOCUMENTS, AUDIT)


def run() -> None:
    """Issue every draft, as the application's role, with all constraints and triggers."""
    from django.db import connection, transaction

    import config

    values: dict[str, Any] = {"at": AT, "seller": json.dumps(asdict(config.billing().seller))}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)


WRITTEN = {
    "documents": """SELECT count(*), sum(total_cents), md5(string_agg(concat_ws('|', id, number, issue_on, due_on,
        issued_at, tax_cents, total_cents, seller, buyer), '|' ORDER BY id))
        FROM invoicing_invoice WHERE status = 'open'""",
    "tax lines": """SELECT count(*), sum(tax_cents), md5(string_agg(concat_ws('|', invoice_id, category, rate,
        taxable_cents, tax_cents, reason), '|' ORDER BY invoice_id)) FROM invoicing_taxline""",
    "lines": """SELECT count(*), sum(amount_cents), md5(string_agg(concat_ws('|', id, tax_category, tax_rate), '|'
        ORDER BY id)) FROM invoicing_invoiceline""",
    "audit": """SELECT count(*), count(DISTINCT subject_id), md5(string_agg(concat_ws('|', action, subject_id, data),
        '|' ORDER BY id)) FROM invoicing_auditentry WHERE action = 'invoice.issued'""",
    "series": "SELECT count(*), sum(last), md5(string_agg(name, '|')) FROM invoicing_numberseries",
}


def written() -> dict[str, tuple[Any, ...]]:
    """Count, sum and fingerprint of what stands in each table."""
    return answers(WRITTEN)
