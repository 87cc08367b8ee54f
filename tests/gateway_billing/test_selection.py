"""The SQL of the masses: it meters as the rating does, and reads by its indexes whatever lies beside the month."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection

from gateway_billing.charge_sources import call_minutes, service_cases
from gateway_billing.months import month_of
from gateway_billing.partner_month import PartnerMonth, read_month
from rating.gateway.metering import Metering
from tests.gateway_factories import CategoryFactory, CompanyFactory, OutputFactory

pytestmark = pytest.mark.django_db

STEPS = [(1, 1), (60, 60), (60, 6), (30, 7), (1, 60), (600, 1)]
MANY_CALLS = """
INSERT INTO gateway_billing_call (external_id, company_id, started_at, duration_seconds, status)
SELECT 'many' || %s || '-' || n, %s, '2025-01-01'::timestamptz + n * interval '4 hours', 60, 'completed'
FROM generate_series(1, 3000) n
"""
MANY_CASES = """
INSERT INTO gateway_billing_servicecase (external_id, company_id, created_at, output_status, output_sent_at, subject,
    is_billable, metadata, waived_by, waive_reason)
SELECT 'many' || %s || '-' || n, %s, t.at, 'sent', t.at, '', true, '{}', '', ''
FROM generate_series(1, 3000) n CROSS JOIN LATERAL (SELECT '2025-01-01'::timestamptz + n * interval '4 hours' AS at) t
"""


def test_G_05_the_database_meters_every_length_as_the_rating_does():
    lengths = [*range(200), 599, 600, 601, 3599, 356400]
    query = f"""
        SELECT {call_minutes.METERED} FROM (
            SELECT *, %s::int AS first_seconds, %s::int AS next_seconds FROM unnest(%s::int[]) t(duration_seconds)) u
        ORDER BY u.duration_seconds
    """
    with connection.cursor() as cursor:
        for first, following in STEPS:
            cursor.execute(query, [first, following, lengths])
            metered = [seconds for (seconds,) in cursor.fetchall()]
            assert metered == [Metering(first, following).seconds(length) for length in lengths]


@pytest.fixture
def month() -> PartnerMonth:
    """January of a partner with two companies, among sixteen months of usage."""
    first = CompanyFactory.create()
    for company in (first, CompanyFactory.create(managed_by=first.managed_by), CompanyFactory.create()):
        OutputFactory.create(company=company)
        CategoryFactory.create(company=company)
        with connection.cursor() as cursor:
            cursor.execute(MANY_CALLS, [company.pk, company.pk])
            cursor.execute(MANY_CASES, [company.pk, company.pk])
    assert first.managed_by is not None
    return read_month(first.managed_by, month_of(first.managed_by, "2026-01"))


def explained(query: str, given: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", given)
        (plan,) = cursor.fetchone()
    return plan if isinstance(plan, str) else json.dumps(plan)


def test_G_17_usage_is_read_by_its_indexes_and_claims_by_one_probe_a_unit(month: PartnerMonth):
    calls = explained(call_minutes.USAGE, call_minutes.planning_arguments(month, call_minutes.terms_of(month)))
    cases = explained(service_cases.SENT, service_cases.planning_arguments(month))

    for plan, index in ((calls, "gateway_call_period"), (cases, "gateway_case_sent")):
        assert index in plan
        assert "invoicing_claim_once" in plan
        scanned = re.findall(r'"Node Type": "Seq Scan"[^}]*?"Relation Name": "(\w+)"', plan)
        assert not {"gateway_billing_call", "gateway_billing_servicecase", "invoicing_claim"} & set(scanned)


BY_INDEX = {
    "invoicing_claim_of_line": "SELECT id FROM invoicing_claim WHERE line_id = 1",
    "invoicing_line_of_company": "SELECT id FROM invoicing_invoiceline WHERE invoice_id = 1 ORDER BY company_id",
    "invoicing_invoice_of_client": """SELECT period_start FROM invoicing_invoice
        WHERE client_id = 1 AND status = 'open' AND period_start >= '2026-01-01' ORDER BY period_start""",
    "gateway_case_created": """SELECT id FROM gateway_billing_servicecase
        WHERE company_id = 1 AND created_at >= '2026-01-01' AND created_at < '2026-02-01' ORDER BY created_at""",
}


def test_each_index_is_used_by_its_query():
    with connection.cursor() as cursor:
        # The tables of a test are smaller than one page of an index.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")

    assert {index for index, query in BY_INDEX.items() if index in explained(query, {})} == set(BY_INDEX)
