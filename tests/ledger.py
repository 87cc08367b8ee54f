"""What billing left behind for tickets, read in plain SQL and without ids, so that two histories can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

TICKET = "SELECT billing_status, billing_reason, billing_attempts, lost_workers FROM tickets_ticket WHERE id = %s"
UNITS = """
    SELECT 'time_entry' AS kind, id FROM tickets_timeentry WHERE ticket_id = %(ticket)s
    UNION ALL SELECT 'expense', id FROM tickets_expense WHERE ticket_id = %(ticket)s
    UNION ALL SELECT 'ticket_fee', %(ticket)s
"""
CLAIMS = f"""
SELECT c.kind, c.outcome, c.quantity, c.amount_cents, c.line_id IS NOT NULL, c.allocation_id IS NOT NULL,
    c.released_at IS NULL
FROM invoicing_claim c JOIN ({UNITS}) u ON u.kind = c.kind AND u.id = c.source_id ORDER BY c.kind, c.source_id, c.id
"""
LINES = f"""
SELECT i.status, i.kind, l.kind, l.quantity, l.unit_price, l.price_per, l.amount_cents
FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id WHERE l.id IN (
    SELECT c.line_id FROM invoicing_claim c JOIN ({UNITS}) u ON u.kind = c.kind AND u.id = c.source_id)
ORDER BY l.position, l.kind
"""
ALLOCATIONS = f"""
SELECT a.month, a.kind, a.tickets, a.seconds, a.released_at IS NULL FROM contracts_allocation a
JOIN ({UNITS} UNION ALL SELECT 'ticket', %(ticket)s) u ON u.kind = a.kind AND u.id = a.source_id
ORDER BY a.month, a.kind, a.id
"""
DOCUMENTS = """
SELECT status, kind, subtotal_cents, line_count, currency FROM invoicing_invoice
WHERE client_id = (SELECT client_id FROM tickets_ticket WHERE id = %s) ORDER BY id
"""
AUDIT = """
SELECT action, by, data -> 'amount_cents' FROM invoicing_auditentry
WHERE subject_kind = 'ticket' AND subject_id = %s ORDER BY id
"""


def book_of(ticket: int) -> dict[str, list[Any]]:
    """Everything that billing wrote about a ticket with a client of its own."""
    return {
        "ticket": _rows(TICKET, [ticket]),
        "claims": _rows(CLAIMS, {"ticket": ticket}),
        "lines": _rows(LINES, {"ticket": ticket}),
        "allocations": _rows(ALLOCATIONS, {"ticket": ticket}),
        "documents": _rows(DOCUMENTS, [ticket]),
        "audit": _rows(AUDIT, [ticket]),
    }


def statuses(tickets: Iterable[int]) -> Counter[str]:
    """How many of the tickets are billed, held and so on."""
    rows = _rows("SELECT billing_status, count(*) FROM tickets_ticket WHERE id = ANY(%s) GROUP BY 1", [list(tickets)])
    return Counter(dict(rows))


ONCE = """
SELECT t.id, t.billing_status, count(DISTINCT l.id) AS lines, count(DISTINCT l.invoice_id) AS documents,
    count(c.id) AS claims, count(DISTINCT e.id) AS entries,
    (SELECT count(*) FROM invoicing_auditentry a
     WHERE a.action = 'ticket.billed' AND a.subject_kind = 'ticket' AND a.subject_id = t.id) AS times
FROM tickets_ticket t JOIN tickets_timeentry e ON e.ticket_id = t.id
LEFT JOIN invoicing_claim c ON c.kind = 'time_entry' AND c.source_id = e.id
LEFT JOIN invoicing_invoiceline l ON l.id = c.line_id WHERE t.id = ANY(%s) GROUP BY t.id
"""
LINES_WITHOUT_CLAIM = """
SELECT l.id FROM invoicing_invoiceline l WHERE NOT EXISTS (SELECT 1 FROM invoicing_claim c WHERE c.line_id = l.id)
"""


def not_billed_once(tickets: Sequence[int]) -> list[Any]:
    """Tickets of one rate that are not billed by exactly one line, with one claim per entry and one audit entry."""
    wrong = [
        (ticket, status, lines, documents, claims, entries, times)
        for ticket, status, lines, documents, claims, entries, times in _rows(ONCE, [list(tickets)])
        if (status, lines, documents, claims, times) != ("billed", 1, 1, entries, 1)
    ]
    return wrong + _rows(LINES_WITHOUT_CLAIM, [])


def _rows(query: str, arguments: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())
