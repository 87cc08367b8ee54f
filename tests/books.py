"""The promises of billing as queries: each finds what must not be there."""

from __future__ import annotations

from django.db import connection

MUST_BE_EMPTY = {
    "a unit has two live claims": """
        SELECT kind, source_id, part FROM invoicing_claim WHERE released_at IS NULL
        GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "a subtotal is not the sum of its lines": """
        SELECT i.id, i.subtotal_cents, coalesce(sum(l.amount_cents), 0) FROM invoicing_invoice i
        LEFT JOIN invoicing_invoiceline l ON l.invoice_id = i.id GROUP BY i.id
        HAVING i.subtotal_cents <> coalesce(sum(l.amount_cents), 0) OR i.line_count <> count(l.id)""",
    "an issued total does not add up": """
        SELECT i.id FROM invoicing_invoice i LEFT JOIN invoicing_taxline t ON t.invoice_id = i.id
        WHERE i.number IS NOT NULL GROUP BY i.id
        HAVING i.tax_cents <> coalesce(sum(t.tax_cents), 0)
            OR i.total_cents <> i.subtotal_cents - i.discount_cents + i.tax_cents""",
    "a draft has a number": "SELECT id FROM invoicing_invoice WHERE status = 'draft' AND number IS NOT NULL",
    "a line of a ticket claims nothing": """
        SELECT l.id FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
        WHERE l.kind IN ('time', 'ticket_fee', 'expense') AND i.status <> 'discarded'
            AND NOT EXISTS (SELECT 1 FROM invoicing_claim c WHERE c.line_id = l.id)""",
    "a billed ticket has no claim": """
        SELECT t.id FROM tickets_ticket t WHERE t.billing_status IN ('billed', 'covered') AND NOT EXISTS (
            SELECT 1 FROM invoicing_claim c WHERE c.released_at IS NULL AND (
                (c.kind = 'ticket_fee' AND c.source_id = t.id)
                OR (c.kind = 'time_entry'
                    AND c.source_id IN (SELECT id FROM tickets_timeentry e WHERE e.ticket_id = t.id))
                OR (c.kind = 'expense'
                    AND c.source_id IN (SELECT id FROM tickets_expense x WHERE x.ticket_id = t.id))))""",
    "a set-aside ticket has no reason": """
        SELECT id FROM tickets_ticket WHERE billing_status IN ('held', 'skipped', 'waived') AND billing_reason = ''""",
    "a claimed entry is draft, rejected or not billable": """
        SELECT e.id FROM tickets_timeentry e JOIN invoicing_claim c ON c.kind = 'time_entry' AND c.source_id = e.id
        WHERE c.released_at IS NULL AND c.outcome <> 'elsewhere'
            AND (e.status IN ('draft', 'rejected')
                OR (NOT e.billable AND NOT (SELECT t.forced FROM tickets_ticket t WHERE t.id = e.ticket_id)))""",
    "numbers of a series have a gap": """
        SELECT s.name FROM invoicing_numberseries s JOIN invoicing_invoice i
            ON i.number LIKE replace(s.name, '{number}', '%')
        GROUP BY s.name, s.last HAVING count(*) > s.last""",
    "an allowance was overdrawn": """
        SELECT c.id, a.month FROM contracts_allocation a JOIN contracts_contract c ON c.id = a.contract_id
        WHERE a.released_at IS NULL AND a.kind <> 'opening' AND c.rollover_months = 0 AND NOT c.unlimited_rollover
        GROUP BY c.id, a.month
        HAVING sum(a.tickets) > c.included_tickets OR sum(a.seconds) > c.included_seconds""",
}


def violations() -> list[str]:
    """Every invariant that does not hold, with the first rows that show it."""
    found = []
    with connection.cursor() as cursor:
        for sentence, query in MUST_BE_EMPTY.items():
            cursor.execute(query)
            if rows := cursor.fetchmany(3):
                found.append(f"{sentence}: {rows}")
    return found
