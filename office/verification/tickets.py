"""Every ticket is billed, waits, or carries a reason; what is settled is settled whole (P2)."""

from __future__ import annotations

from office.verification.violation import QueryCheck

# Scalar subqueries stay one probe of an index per unit; joins depend on statistics, which lag behind mass billing.
CLAIM = """
    (SELECT c.id FROM invoicing_claim c
     WHERE c.kind = '{kind}' AND c.source_id = {unit}.id AND c.released_at IS NULL LIMIT 1)
"""
CLAIM_OF_UNITS = """
    (SELECT c.id FROM {table} u CROSS JOIN LATERAL (
        SELECT id FROM invoicing_claim WHERE kind = '{kind}' AND source_id = u.id AND released_at IS NULL OFFSET 0) c
     WHERE u.ticket_id = t.id LIMIT 1)
"""
OF_FEE = CLAIM.format(kind="ticket_fee", unit="t")
OF_TIME = CLAIM_OF_UNITS.format(kind="time_entry", table="tickets_timeentry")
OF_EXPENSES = CLAIM_OF_UNITS.format(kind="expense", table="tickets_expense")

CHECKS = (
    QueryCheck(
        "billed_tickets_have_claims",
        f"""
        SELECT 'ticket ' || t.external_id, format('it is %s, and nothing of it is claimed', t.billing_status)
        FROM tickets_ticket t WHERE t.billing_status IN ('billed', 'covered')
            AND coalesce({OF_TIME}, {OF_FEE}, {OF_EXPENSES}) IS NULL
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
            AND {CLAIM.format(kind="time_entry", unit="e")} IS NULL
        UNION ALL
        SELECT 'ticket ' || t.external_id, format('it is %s, and expense %s is not settled', t.billing_status,
            x.external_id)
        FROM tickets_ticket t JOIN tickets_expense x ON x.ticket_id = t.id
        WHERE t.billing_status IN ('billed', 'covered') AND x.billed_elsewhere = ''
            AND {CLAIM.format(kind="expense", unit="x")} IS NULL
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
