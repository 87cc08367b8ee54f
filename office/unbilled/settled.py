"""SQL for what had settled a unit at the moment that is asked for: the claim that lived then, and what it says."""

from __future__ import annotations

from typing import Final

OF_CLIENT: Final = "(%(client)s::bigint IS NULL OR {column} = %(client)s)"

# The claim that lives now, if it did then. OFFSET keeps it one probe of the unique index per unit.
LIVE: Final = """
    SELECT outcome, line_id, allocation_id, amount_cents FROM invoicing_claim
    WHERE kind = '{kind}' AND source_id = {unit} AND part = '' AND released_at IS NULL AND claimed_at <= %(at)s OFFSET 0
"""
# Claims that lived then and were given back since: none where the report is about now.
GIVEN_BACK: Final = """
    SELECT DISTINCT ON (kind, source_id, part) kind, source_id, part, outcome, line_id, allocation_id, amount_cents
    FROM invoicing_claim
    WHERE %(past)s AND kind IN ({kinds}) AND claimed_at <= %(at)s AND released_at > %(at)s
    ORDER BY kind, source_id, part, claimed_at DESC
"""

# Of a claim `c`: its document, and the contract whose allowance paid.
PROOF: Final = """
    LEFT JOIN invoicing_invoiceline l ON l.id = c.line_id
    LEFT JOIN invoicing_invoice i ON i.id = l.invoice_id
    LEFT JOIN contracts_allocation a ON a.id = c.allocation_id
    LEFT JOIN contracts_contract payer ON payer.id = a.contract_id
"""
# The first branches of a CASE that answers bucket and reason.
BY_CLAIM: Final = """
    WHEN c.outcome = 'billed' THEN ARRAY['billed', CASE WHEN i.issued_at <= %(at)s THEN 'issued' ELSE 'draft' END]
    WHEN c.outcome = 'covered' THEN ARRAY['covered', CASE
        WHEN a.kind = 'ticket' AND NOT payer.unlimited_tickets THEN 'included_ticket'
        WHEN a.kind = 'time_entry' AND NOT payer.unlimited_hours THEN 'included_hours'
        ELSE 'unlimited_plan' END]
    WHEN c.outcome = 'free' THEN ARRAY['free', 'zero_amount']
    WHEN c.outcome = 'absorbed' THEN ARRAY['absorbed', 'late_work_absorbed']
    WHEN c.outcome = 'elsewhere' THEN ARRAY['elsewhere', 'billed_elsewhere']
"""
