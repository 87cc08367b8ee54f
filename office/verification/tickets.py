"""Every ticket is billed, waits, or carries a reason; what is settled is settled whole (P2)."""

from __future__ import annotations

from office.verification.violation import QueryCheck

CLAIMED_TICKETS = """
    SELECT coalesce(e.ticket_id, x.ticket_id, CASE c.kind WHEN 'ticket_fee' THEN c.source_id END) AS ticket_id
    FROM invoicing_claim c LEFT JOIN tickets_timeentry e ON c.kind = 'time_entry' AND e.id = c.source_id
    LEFT JOIN tickets_expense x ON c.kind = 'expense' AND x.id = c.source_id
    WHERE c.released_at IS NULL AND c.kind IN ('ticket_fee', 'time_entry', 'expense')
"""
UNCLAIMED = """
    NOT EXISTS (SELECT FROM invoicing_claim c
                WHERE c.kind = '{kind}' AND c.source_id = {row}.id AND c.released_at IS NULL)
"""

CHECKS = (
    QueryCheck(
        "billed_tickets_have_claims",
        f"""
        SELECT 'ticket ' || t.external_id, format('it is %s, and nothing of it is claimed', t.billing_status)
        FROM tickets_ticket t LEFT JOIN ({CLAIMED_TICKETS}) claimed ON claimed.ticket_id = t.id
        WHERE t.billing_status IN ('billed', 'covered') AND claimed.ticket_id IS NULL
        """,
    ),
    QueryCheck(
        "settled_tickets_are_settled_whole",
        f"""
        SELECT 'ticket ' || t.external_id, format('it is %s, and time entry %s is not settled', t.billing_status,
            e.external_id)
        FROM tickets_ticket t JOIN tickets_timeentry e ON e.ticket_id = t.id
        WHERE t.billing_status IN ('billed', 'covered') AND e.billable AND e.status IN ('submitted', 'approved')
            AND e.seconds_worked IS NOT NULL AND e.billed_elsewhere = ''
            AND {UNCLAIMED.format(kind="time_entry", row="e")}
        UNION ALL
        SELECT 'ticket ' || t.external_id, format('it is %s, and expense %s is not settled', t.billing_status,
            x.external_id)
        FROM tickets_ticket t JOIN tickets_expense x ON x.ticket_id = t.id
        WHERE t.billing_status IN ('billed', 'covered') AND x.billed_elsewhere = ''
            AND {UNCLAIMED.format(kind="expense", row="x")}
        """,
    ),
    QueryCheck(
        "set_aside_tickets_have_reasons",
        """
        SELECT 'ticket ' || external_id, format('it is %s without a reason', billing_status) FROM tickets_ticket
        WHERE billing_status IN ('held', 'skipped', 'waived') AND billing_reason = ''
        """,
    ),
)
