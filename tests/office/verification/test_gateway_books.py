"""Partners' books in order are found in order; whatever is wrong in them is found and named (G-19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from gateway_billing.months import ISSUE, month_of, run_month
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import Invoice
from office.verification import gateway
from office.verification.run import Checked, verify
from tests.gateway_factories import (
    RUN,
    CallFactory,
    CategoryFactory,
    CompanyFactory,
    OutputFactory,
    ServiceCaseFactory,
    ServicePriceFactory,
)
from tests.office.verification.conftest import Plant
from tests.office.verification.planted_gateway import PLANTED

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def partners_books(db: None) -> None:
    """A month that was given up, and run again; a free case is settled without a line."""
    company = CompanyFactory.create(external_id="sub1", managed_by__external_id="partner")
    CompanyFactory.create(external_id="other")
    CallFactory.create(external_id="k1", company=company)
    OutputFactory.create(company=company)
    free = OutputFactory.create(company=company, default=False, email_price_cents=0)
    ServiceCaseFactory.create(external_id="s1", company=company)
    gratis = CategoryFactory.create(company=company, output_configuration=free)
    ServiceCaseFactory.create(external_id="s2", company=company, category=gratis)
    ServicePriceFactory.create(company=company)
    partner = company.managed_by
    assert partner is not None
    run_month(partner.pk, month_of(partner, "2026-01"), at=RUN)
    discard_draft(Invoice.objects.get().pk, reason="looked at", by="ann", at=RUN)
    run_month(partner.pk, month_of(partner, "2026-01"), at=RUN + timedelta(hours=1), action=ISSUE)


def found() -> list[str]:
    return [f"{violation.check}: {violation}" for violation in verify(Checked())]


def test_G_19_each_violation_is_found_and_named(plant: Plant, partners_books):
    assert found() == []

    for case in PLANTED:
        point = transaction.savepoint(using="owner")
        plant(*case.statements, without=case.without)
        told = [violation for violation in verify(Checked()) if violation.check == case.check]
        assert [one for one in told if one.subject.startswith(case.subject) and case.detail in one.detail], told
        transaction.savepoint_rollback(point, using="owner")


def test_every_check_of_partners_books_is_shown_to_find_something():
    assert {check.name for check in gateway.CHECKS} <= {case.check for case in PLANTED}
