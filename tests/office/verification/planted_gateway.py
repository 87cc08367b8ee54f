"""Violations in partners' books, as `planted` has those of clients.

Document AGG-2026-02-001 is the partner's of January: a call, a case and a service of sub1; a free case has no line. The
month was given up once before.
"""

from __future__ import annotations

from tests.office.verification.planted import Planted

DOCUMENT = "document AGG-2026-02-001"
CALL_LINE = "kind = 'call_minutes' AND invoice_id = (SELECT id FROM invoicing_invoice WHERE number = 'AGG-2026-02-001')"
CALLS_CLAIM = "kind = 'call' AND released_at IS NULL"
OTHER = "(SELECT id FROM contracts_client WHERE external_id = 'other')"
CALL_COLUMNS = "company_id, started_at, duration_seconds, status"

PLANTED = (
    Planted(
        "aggregate_lines_name_a_company_of_the_partner", f"{DOCUMENT}, line 1", "company other was never managed by",
        (f"UPDATE invoicing_invoiceline SET company_id = {OTHER} WHERE {CALL_LINE}",),
    ),
    Planted(
        "aggregate_lines_name_a_company_of_the_partner", f"{DOCUMENT}, line 1", "it names no company",
        (f"UPDATE invoicing_invoiceline SET company_id = NULL WHERE {CALL_LINE}",),
    ),
    Planted(
        "usage_is_on_its_companys_line", "call k1", "it is of company other and on document AGG-2026-02-001, line 1,",
        (f"UPDATE gateway_billing_call SET company_id = {OTHER} WHERE external_id = 'k1'",),
    ),
    Planted(
        "waived_cases_are_not_billed", "service case s1", "it was waived by ann and is billed",
        ("""UPDATE gateway_billing_servicecase SET waived_at = now(), waived_by = 'ann', waive_reason = 'kind'
            WHERE external_id = 's1'""",),
    ),
    Planted(
        "closed_months_have_their_document", "partner partner", "2026-01 is closed with document AGG-2026-02-001",
        ("UPDATE gateway_billing_monthrun SET period_end = '2026-02-02' WHERE reopened_at IS NULL",),
    ),
    Planted(
        "closed_months_leave_no_call", "call k9", "2026-01 is closed for partner partner",
        (f"""INSERT INTO gateway_billing_call (external_id, {CALL_COLUMNS})
            SELECT 'k9', {CALL_COLUMNS} FROM gateway_billing_call WHERE external_id = 'k1'""",),
    ),
    Planted(
        "reopened_months_keep_nothing", "service case s2", "it is free by the run of 2026-01",
        ("UPDATE invoicing_claim SET released_at = NULL WHERE outcome = 'free' AND released_at IS NOT NULL",),
        ("invoicing_claim_once",),
    ),
    Planted(
        "lines_bill_what_they_name", f"{DOCUMENT}, line 1", "it names 1 of kind call and claims nothing",
        (f"UPDATE invoicing_claim SET line_id = NULL, outcome = 'free' WHERE {CALLS_CLAIM}",),
    ),
    Planted(
        "lines_bill_what_they_name", f"{DOCUMENT}, line 1", "it names 600 of them and claims 601",
        (f"UPDATE invoicing_claim SET quantity = 601 WHERE {CALLS_CLAIM}",),
    ),
    Planted(
        "lines_bill_what_they_name", f"{DOCUMENT}, line 1", "the checksums differ",
        (f"UPDATE invoicing_claim SET source_id = source_id + 1000 WHERE {CALLS_CLAIM}",),
    ),
    Planted(
        "units_sum_to_their_line", f"{DOCUMENT}, line 3", "what it bills costs 51; it says 50",
        ("UPDATE invoicing_claim SET amount_cents = 51 WHERE kind = 'service_case' AND outcome = 'billed'",),
    ),
)  # fmt: skip
