"""What allowances paid for is recorded once, in the month it counts in, and never more than was agreed (T-12).

Terms are judged as they are now. Opening balances are what another system covered: they count as used where they were
there first, and are never at fault themselves.
"""

from __future__ import annotations

from office.verification.violation import QueryCheck

USES = """
    SELECT a.contract_id, a.month, sum(a.tickets) FILTER (WHERE a.kind <> 'opening') AS tickets,
        sum(a.seconds) FILTER (WHERE a.kind <> 'opening') AS seconds,
        -- what was there before the last use of the month
        coalesce(sum(a.tickets) FILTER (WHERE a.kind = 'opening' AND a.created_at <= a.last_use), 0) AS opening_tickets,
        coalesce(sum(a.seconds) FILTER (WHERE a.kind = 'opening' AND a.created_at <= a.last_use), 0) AS opening_seconds
    FROM (SELECT *, max(created_at) FILTER (WHERE kind <> 'opening') OVER (PARTITION BY contract_id, month) AS last_use
          FROM contracts_allocation WHERE released_at IS NULL) a
    GROUP BY a.contract_id, a.month
"""
# What an allocation `a` paid for.
USER = """
    (CASE a.kind WHEN 'ticket' THEN 'ticket ' || (SELECT external_id FROM tickets_ticket WHERE id = a.source_id)
        ELSE 'time entry ' || (SELECT external_id FROM tickets_timeentry WHERE id = a.source_id) END)
"""
ROLLS_OVER = "(c.rollover_months > 0 OR c.unlimited_rollover)"

CHECKS = (
    QueryCheck(
        "tickets_within_the_allowance",
        f"""
        SELECT 'contract ' || c.external_id, format(
            'in %s %s tickets are covered, and %s by another system; %s are included',
            to_char(u.month, 'YYYY-MM'), u.tickets, u.opening_tickets, c.included_tickets)
        FROM ({USES}) u JOIN contracts_contract c ON c.id = u.contract_id
        WHERE u.tickets > 0 AND u.tickets + u.opening_tickets > c.included_tickets
        """,
    ),
    QueryCheck(
        "hours_within_the_allowance",
        f"""
        SELECT 'contract ' || c.external_id, format('in %s %s s are covered, and %s by another system; %s are included',
            to_char(u.month, 'YYYY-MM'), u.seconds, u.opening_seconds, c.included_seconds)
        FROM ({USES}) u JOIN contracts_contract c ON c.id = u.contract_id
        WHERE u.seconds > 0 AND u.seconds + u.opening_seconds > c.included_seconds AND NOT {ROLLS_OVER}
        """,
    ),
    QueryCheck(
        "rolled_over_hours_were_granted",
        f"""
        SELECT 'contract ' || external_id, format('up to %s %s s are covered; only %s were granted by then',
            to_char(month, 'YYYY-MM'), used, granted)
        FROM (
            SELECT c.external_id, u.month, sum(u.seconds) OVER (PARTITION BY c.id ORDER BY u.month) AS used,
                c.included_seconds
                    * (1 + 12 * extract(year FROM age(until, since)) + extract(month FROM age(until, since))) AS granted
            FROM ({USES}) u JOIN contracts_contract c ON c.id = u.contract_id CROSS JOIN LATERAL (
                SELECT date_trunc('month', c.start_on::timestamp) AS since,
                    date_trunc('month', least(u.month, c.end_on)::timestamp) AS until
            ) span
            WHERE {ROLLS_OVER} AND u.seconds IS NOT NULL
        ) running WHERE used > granted
        """,
    ),
    QueryCheck(
        "allocations_have_their_claim",
        f"""
        SELECT 'contract ' || k.external_id, format('%s takes from its allowance of %s and is not claimed', {USER},
            to_char(a.month, 'YYYY-MM'))
        FROM contracts_allocation a JOIN contracts_contract k ON k.id = a.contract_id
        WHERE a.released_at IS NULL AND a.kind <> 'opening' AND (
            SELECT c.id FROM invoicing_claim c WHERE c.allocation_id = a.id AND c.released_at IS NULL LIMIT 1) IS NULL
        """,
    ),
    QueryCheck(
        "claims_hold_their_allowance",
        f"""
        SELECT 'contract ' || k.external_id, format('%s is claimed as paid by its allowance of %s, which has it back',
            {USER}, to_char(a.month, 'YYYY-MM'))
        FROM invoicing_claim c JOIN contracts_allocation a ON a.id = c.allocation_id
        JOIN contracts_contract k ON k.id = a.contract_id
        WHERE c.released_at IS NULL AND a.released_at IS NOT NULL
        """,
    ),
    QueryCheck(
        "allocations_are_of_their_month_and_client",
        """
        SELECT 'ticket ' || t.external_id, format('contract %s pays for it in %s, and %s', k.external_id,
            to_char(a.month, 'YYYY-MM'), CASE WHEN k.client_id = t.client_id
                THEN format('time entry %s is of %s', e.external_id, e.worked_on) ELSE 'it is of another client' END)
        FROM contracts_allocation a JOIN contracts_contract k ON k.id = a.contract_id
        LEFT JOIN tickets_timeentry e ON a.kind = 'time_entry' AND e.id = a.source_id
        JOIN tickets_ticket t ON t.id = CASE a.kind WHEN 'ticket' THEN a.source_id ELSE e.ticket_id END
        WHERE a.released_at IS NULL AND (k.client_id IS DISTINCT FROM t.client_id
            OR date_trunc('month', e.worked_on::timestamp) <> a.month::timestamp)
        """,
    ),
)
