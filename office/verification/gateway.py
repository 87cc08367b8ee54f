"""Partners' invoices: every line is about a company of the partner, and a closed month leaves nothing behind (G-19)."""

from __future__ import annotations

from office.verification.names import DOCUMENT, OF_COMPANIES, UNIT
from office.verification.violation import QueryCheck

# The company of the unit of a claim `c`.
KINDS = ", ".join(f"'{kind}'" for kind in OF_COMPANIES)
_OF_KIND = " ".join(
    f"WHEN '{kind}' THEN (SELECT company_id FROM {table} WHERE id = c.source_id)"
    for kind, table in OF_COMPANIES.items()
)
COMPANY = f"(CASE c.kind {_OF_KIND} END)"
# Days of the month in which a partner managed a company, as instants in the partner's zone.
SPANS = """
    gateway_billing_monthrun r JOIN contracts_client p ON p.id = r.partner_id
    JOIN contracts_management m ON m.partner_id = r.partner_id CROSS JOIN LATERAL (SELECT
        greatest(r.period_start, m.first_day)::timestamp AT TIME ZONE r.timezone AS since,
        least(r.period_end, m.last_day + 1)::timestamp AT TIME ZONE r.timezone AS until) s
"""
# One probe of the index per unit, whatever the statistics say.
UNCLAIMED = """
    (SELECT c.id FROM invoicing_claim c WHERE c.kind = '{kind}' AND c.source_id = u.id AND c.part = ''
        AND c.released_at IS NULL LIMIT 1) IS NULL
    AND (SELECT l.id FROM gateway_billing_lateunit l
        WHERE l.kind IN ('{kind}', 'held:{kind}') AND l.source_id = u.id LIMIT 1) IS NULL
"""

CHECKS = (
    QueryCheck(
        "aggregate_lines_name_a_company_of_the_partner",
        f"""
        SELECT 'document ' || {DOCUMENT} || ', line ' || l.position, coalesce(
            'company ' || k.external_id || ' was never managed by ' || p.external_id, 'it names no company')
        FROM invoicing_invoice i JOIN invoicing_invoiceline l ON l.invoice_id = i.id
        JOIN contracts_client p ON p.id = i.client_id LEFT JOIN contracts_client k ON k.id = l.company_id
        WHERE i.kind = 'aggregate' AND i.period_start IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_management m WHERE m.partner_id = i.client_id AND m.company_id = l.company_id)
        """,
    ),
    QueryCheck(
        "usage_is_on_its_companys_line",
        f"""
        SELECT {UNIT}, format('it is of company %s and on document %s, line %s, of company %s', own.external_id,
            {DOCUMENT}, l.position, coalesce(billed.external_id, 'nobody'))
        FROM invoicing_claim c JOIN invoicing_invoiceline l ON l.id = c.line_id
        JOIN invoicing_invoice i ON i.id = l.invoice_id
        JOIN contracts_client own ON own.id = {COMPANY} LEFT JOIN contracts_client billed ON billed.id = l.company_id
        WHERE c.released_at IS NULL AND c.kind IN ({KINDS}) AND own.id IS DISTINCT FROM l.company_id
        """,
    ),
    QueryCheck(
        "waived_cases_are_not_billed",
        f"""
        SELECT {UNIT}, format('it was waived by %s and is %s', s.waived_by, c.outcome)
        FROM invoicing_claim c JOIN gateway_billing_servicecase s ON c.kind = 'service_case' AND s.id = c.source_id
        WHERE c.released_at IS NULL AND s.waived_at IS NOT NULL
        """,
    ),
    QueryCheck(
        "closed_months_have_their_document",
        f"""
        SELECT 'partner ' || p.external_id, format('%s is closed with document %s, which is %s',
            to_char(r.period_start, 'YYYY-MM'), {DOCUMENT},
            CASE WHEN i.status IN ('void', 'discarded') THEN i.status ELSE 'of another month or client' END)
        FROM gateway_billing_monthrun r JOIN invoicing_invoice i ON i.id = r.invoice_id
        JOIN contracts_client p ON p.id = r.partner_id
        WHERE r.reopened_at IS NULL AND (i.status IN ('void', 'discarded') OR i.kind <> 'aggregate'
            OR (i.client_id, i.period_start, i.period_end)
                IS DISTINCT FROM (r.partner_id, r.period_start, r.period_end))
        """,
    ),
    QueryCheck(
        "closed_months_leave_no_call",
        f"""
        SELECT 'call ' || u.external_id, format('%s is closed for partner %s; it is neither settled nor noted as late',
            to_char(r.period_start, 'YYYY-MM'), p.external_id)
        FROM {SPANS} CROSS JOIN LATERAL (SELECT id, external_id FROM gateway_billing_call
            WHERE company_id = m.company_id AND started_at >= s.since AND started_at < s.until
                AND status IN ('completed', 'ended') OFFSET 0) u
        WHERE r.reopened_at IS NULL AND {UNCLAIMED.format(kind="call")}
        """,
    ),
    QueryCheck(
        "reopened_months_keep_nothing",
        f"""
        SELECT {UNIT}, format('it is free by the run of %s, which was taken back',
            to_char(r.period_start, 'YYYY-MM'))
        FROM gateway_billing_monthrun r JOIN invoicing_claim c ON c.reference = 'month-run:' || r.id
        WHERE r.reopened_at IS NOT NULL AND c.outcome = 'free' AND c.released_at IS NULL
        """,
    ),
)
