"""A month is read from indexes alone, whatever the tables hold besides, and claims probe theirs (G-17)."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateway_billing.months import FOR_MASSES, month_of, plan_month, run_month
from invoicing.models import Claim, Invoice
from tests.gateway_factories import RUN, CallFactory, CompanyFactory, OutputFactory, ServiceCaseFactory

pytestmark = pytest.mark.django_db


def explained(query: str) -> str:
    """The plan, the indexes given: small tables would else be read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(row for (row,) in cursor.fetchall())


def test_G_17_usage_is_read_from_indexes_alone_and_joined_to_nothing_that_grows():
    company = CompanyFactory.create()
    partner = company.managed_by
    assert partner is not None
    month = month_of(partner, "2026-01")
    with CaptureQueriesContext(connection) as captured:
        plan_month(partner.pk, month, at=RUN)
    usage = [one["sql"] for one in captured.captured_queries if "hashint8extended" in one["sql"]]
    (counted,) = (one["sql"] for one in captured.captured_queries if "call_not_completed" in one["sql"])

    calls, cases, unbilled = (explained(query) for query in (*usage, counted))

    assert "Index Only Scan using gateway_call_period" in calls
    assert "Index Only Scan using gateway_case_sent" in cases
    for index in ("gateway_call_period", "gateway_case_sent", "gateway_case_not_sent"):
        assert f"Index Only Scan using {index}" in unbilled
    # Cases joined to prices would cost cases times prices.
    assert not re.search("casecategory|outputconfiguration", cases)


def test_claims_of_cases_are_held_against_the_waived_ones_alone():
    plan = explained(
        "SELECT s.external_id FROM unnest('{1,2}'::bigint[]) c(source_id) "
        "JOIN gateway_billing_servicecase s ON s.id = c.source_id WHERE s.waived_at IS NOT NULL"
    )

    assert "gateway_case_waived" in plan


def test_G_17_units_are_claimed_by_probes_also_while_nothing_was_ever_claimed():
    """Plans that are made while tables are empty stay in use as they fill."""
    company = CompanyFactory.create()
    OutputFactory.create(company=company)
    CallFactory.create(company=company)
    ServiceCaseFactory.create(company=company)
    partner = company.managed_by
    assert partner is not None
    with CaptureQueriesContext(connection) as captured:
        run_month(partner.pk, month_of(partner, "2026-01"), at=RUN)
    statements = [one["sql"] for one in captured.captured_queries]

    first_claim = next(place for place, sql in enumerate(statements) if "INSERT INTO invoicing_claim" in sql)
    assert statements.index(FOR_MASSES) < first_claim
    assert Invoice.objects.get().line_count == 2


def test_G_02_what_is_claimed_already_is_left_out_of_a_month():
    company = CompanyFactory.create()
    OutputFactory.create(company=company)
    calls, cases = CallFactory.create_batch(3, company=company), ServiceCaseFactory.create_batch(3, company=company)
    for kind, unit in (("call", calls[0]), ("service_case", cases[0])):
        Claim.objects.create(kind=kind, source_id=unit.pk, outcome="elsewhere", reference="R-1", claimed_at=RUN)
    partner = company.managed_by
    assert partner is not None

    run_month(partner.pk, month_of(partner, "2026-01"), at=RUN)

    billed = Claim.objects.filter(outcome="billed").order_by("kind", "source_id").values_list("kind", "source_id")
    assert list(billed) == [("call", unit.pk) for unit in calls[1:]] + [("service_case", unit.pk) for unit in cases[1:]]
