"""Each unit is billed at most once, to its own client, and only as much of it as was worked (P1, P6, P10)."""

from __future__ import annotations

from office.verification.names import DOCUMENT, ISSUED, REFERENCE, TABLES, UNIT
from office.verification.violation import QueryCheck

ON_LINES = """
    FROM invoicing_claim c JOIN invoicing_invoiceline l ON l.id = c.line_id
    JOIN invoicing_invoice i ON i.id = l.invoice_id
"""
# One probe of the unique index per charge, whatever the statistics say.
LIVE_CLAIM = """
    (SELECT c.id FROM invoicing_claim c
     WHERE c.kind = 'charge' AND c.source_id = s.id AND c.released_at IS NULL LIMIT 1)
"""
KINDS = ", ".join(f"'{kind}'" for kind in TABLES)

CHECKS = (
    QueryCheck(
        "claimed_once",
        f"""
        SELECT {UNIT}, format('it has %s live claims', c.claims)
        FROM (SELECT kind, source_id, part, count(*) AS claims FROM invoicing_claim WHERE released_at IS NULL
              GROUP BY 1, 2, 3 HAVING count(*) > 1) c
        """,
    ),
    QueryCheck(
        "claimed_unit_exists",
        f"""
        SELECT {UNIT}, 'it has a live claim and does not exist'
        FROM invoicing_claim c WHERE c.released_at IS NULL AND c.kind IN ({KINDS}) AND {REFERENCE} IS NULL
        """,
    ),
    QueryCheck(
        "claimed_for_its_client",
        f"""
        SELECT {UNIT}, format('it belongs to client %s and is on document %s of client %s',
            coalesce(own.external_id, 'nobody'), {DOCUMENT}, billed.external_id)
        {ON_LINES}
        LEFT JOIN tickets_timeentry e ON c.kind = 'time_entry' AND e.id = c.source_id
        LEFT JOIN tickets_expense x ON c.kind = 'expense' AND x.id = c.source_id
        LEFT JOIN tickets_ticket t
            ON t.id = coalesce(e.ticket_id, x.ticket_id, CASE c.kind WHEN 'ticket_fee' THEN c.source_id END)
        LEFT JOIN contracts_recurringcharge r ON c.kind = 'recurring' AND r.id = c.source_id
        LEFT JOIN contracts_contract k ON k.id = r.contract_id
        LEFT JOIN contracts_clientcharge s ON c.kind = 'charge' AND s.id = c.source_id
        LEFT JOIN contracts_client own ON own.id = coalesce(t.client_id, k.client_id, s.client_id)
        JOIN contracts_client billed ON billed.id = i.client_id
        WHERE c.released_at IS NULL AND coalesce(t.id, k.id, s.id) IS NOT NULL
            AND own.id IS DISTINCT FROM i.client_id AND own.id IS DISTINCT FROM l.company_id
        """,
    ),
    QueryCheck(
        "claimed_work_counts",
        f"""
        SELECT {UNIT}, format('it is claimed, and it is %s', CASE WHEN e.billable THEN e.status ELSE 'not billable' END)
        FROM invoicing_claim c JOIN tickets_timeentry e ON c.kind = 'time_entry' AND e.id = c.source_id
        JOIN tickets_ticket t ON t.id = e.ticket_id
        WHERE c.released_at IS NULL AND c.outcome <> 'elsewhere'
            AND (e.status IN ('draft', 'rejected') OR NOT (e.billable OR t.forced))
        """,
    ),
    QueryCheck(
        "claimed_time_was_worked",
        f"""
        SELECT {UNIT}, format('%s s were worked; %s s are billed and %s s are paid by an allowance', e.seconds_worked,
            trim_scale(c.quantity), coalesce(a.seconds, 0))
        {ON_LINES}
        JOIN tickets_timeentry e ON c.kind = 'time_entry' AND e.id = c.source_id
        LEFT JOIN contracts_allocation a ON a.id = c.allocation_id
        WHERE c.released_at IS NULL AND l.kind = 'time'
            AND c.quantity + coalesce(a.seconds, 0) <> e.seconds_worked
        """,
    ),
    QueryCheck(
        "settled_charges_are_claimed",
        f"""
        SELECT s.name, CASE WHEN s.settled THEN 'it is marked as settled, and not all of it is claimed'
            ELSE 'all of it is claimed, and it is not marked as settled' END
        FROM (SELECT 'charge ' || external_id AS name, settled, {LIVE_CLAIM} IS NOT NULL AS claimed
              FROM contracts_clientcharge s
              UNION ALL SELECT 'recurring charge ' || external_id, settled, invoicing_recurring_is_settled(r)
              FROM contracts_recurringcharge r) s
        WHERE s.settled <> s.claimed
        """,
    ),
    QueryCheck(
        "given_up_lines_claim_nothing",
        f"""
        SELECT {UNIT}, format('it has a live claim on document %s, which is %s', {DOCUMENT}, i.status)
        {ON_LINES} WHERE c.released_at IS NULL AND i.status IN ('discarded', 'void')
        """,
    ),
    QueryCheck(
        "issued_lines_keep_their_claims",
        f"""
        SELECT {UNIT}, format('document %s no longer claims it, and no cancellation or credit note took it back',
            {DOCUMENT})
        {ON_LINES} LEFT JOIN invoicing_invoice taker ON taker.id = c.released_to_id
        WHERE c.released_at IS NOT NULL AND {ISSUED} AND taker.cancels_id IS DISTINCT FROM i.id
        """,
    ),
)
