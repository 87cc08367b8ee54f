"""Documents add up, are complete once they are issued, and are never undone without a document (P6)."""

from __future__ import annotations

from office.verification.names import DOCUMENT, ISSUED
from office.verification.violation import QueryCheck

# What an issued document must have, and the expression that is true while it lacks it.
REQUIRED = {
    "number": "i.number IS NULL",
    "issue date": "i.issue_on IS NULL",
    "due date": "i.due_on IS NULL",
    "moment of issue": "i.issued_at IS NULL",
    "issuer": "i.issued_by = ''",
    "seller": "coalesce(i.seller ->> 'name', '') = ''",
    "recipient": "coalesce(i.buyer ->> 'name', '') = ''",
    "discount": "i.discount_cents IS NULL",
    "tax": "i.tax_cents IS NULL",
    "total": "i.total_cents IS NULL",
    "lines": "NOT EXISTS (SELECT FROM invoicing_invoiceline WHERE invoice_id = i.id)",
    "tax on every line": """EXISTS (SELECT FROM invoicing_invoiceline
        WHERE invoice_id = i.id AND (tax_category = '' OR tax_rate IS NULL))""",
}
LACKS = ", ".join(f"CASE WHEN {lacks} THEN '{what}' END" for what, lacks in REQUIRED.items())

CHECKS = (
    QueryCheck(
        "subtotal_is_the_sum_of_lines",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('its %s lines make %s; it says %s lines and %s',
            count(l.id), coalesce(sum(l.amount_cents), 0), i.line_count, i.subtotal_cents)
        FROM invoicing_invoice i LEFT JOIN invoicing_invoiceline l ON l.invoice_id = i.id GROUP BY i.id
        HAVING i.subtotal_cents <> coalesce(sum(l.amount_cents), 0) OR i.line_count <> count(l.id)
        """,
    ),
    QueryCheck(
        "total_adds_up",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('%s - %s + tax of %s make %s; it says tax of %s and a total of %s',
            i.subtotal_cents, i.discount_cents, coalesce(sum(t.tax_cents), 0),
            i.subtotal_cents - i.discount_cents + coalesce(sum(t.tax_cents), 0), i.tax_cents, i.total_cents)
        FROM invoicing_invoice i LEFT JOIN invoicing_taxline t ON t.invoice_id = i.id WHERE {ISSUED} GROUP BY i.id
        HAVING i.tax_cents <> coalesce(sum(t.tax_cents), 0)
            OR i.total_cents <> i.subtotal_cents - i.discount_cents + i.tax_cents
        """,
    ),
    QueryCheck(
        "issued_is_complete",
        f"""
        SELECT 'document ' || {DOCUMENT}, 'it is issued and lacks: ' || lacks
        FROM invoicing_invoice i CROSS JOIN LATERAL (SELECT concat_ws(', ', {LACKS}) AS lacks) found
        WHERE {ISSUED} AND lacks <> ''
        """,
    ),
    QueryCheck(
        "drafts_have_no_number",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('it is %s and has a number or a date', i.status)
        FROM invoicing_invoice i
        WHERE NOT ({ISSUED}) AND num_nonnulls(i.number, i.issue_on, i.due_on, i.issued_at) > 0
        """,
    ),
    QueryCheck(
        "issue_is_in_the_audit_trail",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('the audit trail has its issue under this number %s times',
            count(a.id))
        FROM invoicing_invoice i LEFT JOIN invoicing_auditentry a ON a.subject_kind = 'invoice' AND a.subject_id = i.id
            AND a.action = 'invoice.issued' AND a.data ->> 'number' = i.number
        WHERE {ISSUED} GROUP BY i.id HAVING count(a.id) <> 1
        """,
    ),
    QueryCheck(
        "void_has_its_cancellation",
        f"""
        SELECT 'document ' || {DOCUMENT}, 'it is void, and no cancellation was issued for it'
        FROM invoicing_invoice i WHERE i.status = 'void' AND NOT EXISTS (
            SELECT FROM invoicing_invoice c
            WHERE c.cancels_id = i.id AND c.kind = 'cancellation' AND c.number IS NOT NULL)
        """,
    ),
    QueryCheck(
        "currency_is_the_clients",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('it is in %s, its client %s pays in %s', i.currency, c.external_id,
            c.currency)
        FROM invoicing_invoice i JOIN contracts_client c ON c.id = i.client_id
        WHERE i.currency <> c.currency AND i.line_count > 0
        """,
    ),
)
