"""Against the application's own role: usage that was billed stays as it is, and states change one way alone (G-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from contracts.models import Management
from gateway_billing.models import LateUnit, MonthRun, ServiceCase, ServiceChange
from invoicing.claims import NewClaim, claim
from invoicing.models import Claim
from rating.charge import Source
from tests.factories import ClientFactory
from tests.gateway_factories import (
    IN_JANUARY,
    RUN,
    CallFactory,
    CategoryFactory,
    CompanyFactory,
    OutputFactory,
    PartnerFactory,
    ServiceCaseFactory,
    ServiceChangeFactory,
    ServicePriceFactory,
)

pytestmark = pytest.mark.django_db
SETTLED = NewClaim(Source("", 0), Claim.Outcome.FREE)


def settle(kind: str, pk: int, part: str = "") -> None:
    claim([replace(SETTLED, source=Source(kind, pk, part=part))], at=RUN)


def refused(act: Callable[[], object], match: str) -> None:
    def at_once() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            act()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match=match):
        at_once()


def partner_of(company):
    """Who manages it now."""
    return company.managed_by


def closed_month(partner) -> MonthRun:
    return MonthRun.objects.create(
        partner=partner, period_start=date(2026, 1, 1), period_end=date(2026, 2, 1), timezone="Europe/Berlin",
        closed_at=RUN, closed_by="system", outcome="nothing",
    )  # fmt: skip


def test_G_13_a_billed_case_cannot_be_waived_changed_or_deleted_in_any_way():
    case = ServiceCaseFactory.create()
    settle("service_case", case.pk)
    before = ServiceCase.objects.filter(pk=case.pk).values().get()
    rows = ServiceCase.objects.filter(pk=case.pk)
    case.waived_at, case.waived_by, case.waive_reason = RUN, "ann", "goodwill"
    for act in (
        case.save,
        lambda: rows.update(waived_at=RUN, waived_by="ann", waive_reason="goodwill"),
        lambda: rows.update(output_status="pending", output_sent_at=None),
        lambda: rows.update(is_billable=False),
        lambda: ServiceCase.objects.bulk_update([case], ["waived_at", "waived_by", "waive_reason"]),
        rows.delete,
    ):
        refused(act, "settled as free and cannot be")
    assert ServiceCase.objects.filter(pk=case.pk).values().get() == before


def test_G_13_a_waived_case_is_neither_billed_nor_taken_back():
    case = ServiceCaseFactory.create()
    rows = ServiceCase.objects.filter(pk=case.pk)
    rows.update(waived_at=RUN, waived_by="ann", waive_reason="goodwill")
    refused(lambda: settle("service_case", case.pk), "was waived and cannot be billed")
    refused(lambda: rows.update(waived_at=None, waived_by="", waive_reason=""), "was waived by ann and stays so")
    assert not Claim.objects.exists()
    assert list(ServiceCase.objects.waived()) == [case]


def test_G_13_a_waiver_needs_a_person_and_a_reason():
    case = ServiceCaseFactory.create()
    refused(lambda: ServiceCase.objects.filter(pk=case.pk).update(waived_at=RUN), "somebody_with_reason")
    refused(lambda: ServiceCaseFactory.create(waived_at=RUN, waived_by="a", waive_reason="b"), "starts unbilled")
    assert list(ServiceCase.objects.unbilled()) == [case]


def test_metadata_of_a_billed_case_is_other_peoples_and_stays_theirs():
    case = ServiceCaseFactory.create(metadata={"ticket": 7})
    settle("service_case", case.pk)
    ServiceCase.objects.filter(pk=case.pk).update(metadata={"ticket": 8})
    case.refresh_from_db()
    assert case.metadata == {"ticket": 8}


def test_a_billed_call_stays_as_it_is():
    call = CallFactory.create()
    settle("call", call.pk)
    call.duration_seconds = 1
    refused(call.save, "settled as free and cannot be changed")
    refused(call.delete, "settled as free and cannot be deleted")
    assert Claim.objects.get().source_id == call.pk


def test_calls_and_cases_of_impossible_times_are_refused():
    refused(lambda: CallFactory.create(duration_seconds=100 * 3600), "shorter_than_100_hours")
    refused(lambda: CallFactory.create(duration_seconds=-1), "duration_seconds")
    early = datetime(2026, 1, 1, tzinfo=UTC)
    refused(lambda: ServiceCaseFactory.create(output_sent_at=early), "sent_after_creation")
    refused(lambda: ServiceCaseFactory.create(output_sent_at=None), "sent_has_its_time")
    assert not ServiceCase.objects.exists()


def test_what_belongs_to_another_company_is_refused():
    company, other = CompanyFactory.create(), CompanyFactory.create()
    foreign = CategoryFactory.create(company=other)
    refused(lambda: ServiceCaseFactory.create(company=company, category=foreign), "that of another company")
    output = OutputFactory.create(company=other)
    refused(lambda: CategoryFactory.create(company=company, output_configuration=output), "output_of_company")
    refused(lambda: OutputFactory.create(company=other), "one_default")
    foreign.company = company
    refused(foreign.save, "its company is fixed")
    assert not ServiceCase.objects.exists()


def test_G_07_two_prices_of_one_service_never_overlap():
    price = ServicePriceFactory.create(valid_to=date(2026, 1, 31))
    company = price.company
    refused(lambda: ServicePriceFactory.create(company=company, valid_from=date(2026, 1, 31)), "no_overlap")
    ServicePriceFactory.create(company=company, valid_from=date(2026, 2, 1))
    ServicePriceFactory.create(company=company, service="Fax line")
    assert company.service_prices.count() == 3


def test_G_07_a_billed_price_ends_later_on_and_changes_in_nothing_else():
    price = ServicePriceFactory.create()
    settle("service_price", price.pk, "2026-02")
    for field, value in (("price", Decimal(1)), ("valid_to", date(2026, 2, 27)), ("service", "Other")):
        refused(partial(type(price).objects.filter(pk=price.pk).update, **{field: value}), "end it")
    type(price).objects.filter(pk=price.pk).update(valid_to=date(2026, 2, 28))
    refused(price.delete, "cannot be deleted")
    price.refresh_from_db()
    assert price.valid_to == date(2026, 2, 28)


def test_G_08_a_billed_change_is_settled_and_stays_and_a_release_opens_it_again():
    change = ServiceChangeFactory.create()
    settle("service_change", change.pk)
    rows = ServiceChange.objects.filter(pk=change.pk)
    assert rows.get().settled
    refused(lambda: rows.update(amount=1), "cannot be changed")
    refused(lambda: rows.update(status="cancelled"), "cannot be changed")
    Claim.objects.update(released_at=RUN, released_by="ann", release_reason="wrong")
    assert not rows.get().settled


def test_G_08_a_recurring_change_is_settled_with_its_last_month():
    change = ServiceChangeFactory.create(recurring=True, recurring_until=date(2026, 3, 10))
    rows = ServiceChange.objects.filter(pk=change.pk)
    settle("service_change", change.pk, "2026-01")
    assert not rows.get().settled
    settle("service_change", change.pk, "2026-02")
    assert rows.get().settled
    refused(lambda: rows.update(recurring_until=date(2026, 1, 31)), "cannot end then")
    rows.update(recurring_until=date(2026, 3, 15))
    assert not rows.get().settled
    rows.update(recurring_until=date(2026, 3, 14))
    assert rows.get().settled


def test_G_01_the_days_of_a_former_partner_are_kept_when_the_partner_changes():
    company = CompanyFactory.create()
    first, second = partner_of(company), PartnerFactory.create()
    company.managed_by = second
    company.managed_from = None
    refused(company.save, "say from which day on")
    company.managed_from = date(2026, 1, 10)
    company.save()
    found = Management.objects.filter(company=company).order_by("pk").values_list("partner", "first_day", "last_day")
    assert list(found) == [
        (first.pk, date(2025, 1, 1), date(2026, 1, 9)),
        (second.pk, date(2026, 1, 10), None),
    ]
    company.managed_until = date(2026, 3, 31)
    company.save()
    assert Management.objects.get(partner=second).last_day == date(2026, 3, 31)
    refused(lambda: Management.objects.create(company=company, partner=first, first_day=date(2026, 3, 1)), "no_overlap")


def test_G_01_a_company_without_a_partner_any_more_keeps_the_days_that_it_had_one():
    company = CompanyFactory.create(managed_until=date(2026, 1, 20))
    partner = partner_of(company)
    company.managed_by = None
    company.save()
    assert Management.objects.get(company=company, partner=partner).last_day == date(2026, 1, 20)


def test_M_10_a_managed_company_has_its_partners_currency():
    partner = PartnerFactory.create(currency="CHF")
    refused(lambda: CompanyFactory.create(managed_by=partner), "currency of its partner")
    assert ClientFactory.create(currency="CHF").managed_by is None


def test_G_04_usage_of_a_closed_month_is_noted_as_late_and_other_usage_is_not():
    company = CompanyFactory.create()
    early = CallFactory.create(company=company, status="ongoing")
    closed_month(company.managed_by)
    late = CallFactory.create(company=company)
    CallFactory.create(company=company, status="failed")
    CallFactory.create(company=company, started_at=datetime(2026, 2, 1, 0, 30, tzinfo=UTC))
    CallFactory.create(company=company, started_at=datetime(2025, 12, 31, 22, 59, tzinfo=UTC))
    edge = CallFactory.create(company=company, started_at=datetime(2025, 12, 31, 23, 0, tzinfo=UTC))
    early.status = "completed"
    early.save()
    case = ServiceCaseFactory.create(company=company)
    ServiceCaseFactory.create(company=company, output_status="pending", output_sent_at=None)
    noted = set(LateUnit.objects.values_list("kind", "source_id", "month"))
    month = date(2026, 1, 1)
    assert noted == {
        ("call", late.pk, month),
        ("call", edge.pk, month),
        ("call", early.pk, month),
        ("service_case", case.pk, month),
    }
    late.delete()
    edge.started_at = datetime(2026, 2, 3, tzinfo=UTC)
    edge.save()
    assert set(LateUnit.objects.values_list("source_id", flat=True)) == {early.pk, case.pk}


def test_a_month_is_reopened_once_and_only_without_its_document():
    company = CompanyFactory.create()
    run = closed_month(company.managed_by)
    with pytest.raises(IntegrityError, match="one_live"), transaction.atomic():
        closed_month(company.managed_by)
    refused(lambda: MonthRun.objects.filter(pk=run.pk).update(closed_at=RUN.replace(hour=5)), "only be reopened")
    refused(run.delete, "only be reopened")
    MonthRun.objects.filter(pk=run.pk).update(reopened_at=timezone.now())
    refused(lambda: MonthRun.objects.filter(pk=run.pk).update(reopened_at=None), "only be reopened")
    CallFactory.create(company=company, started_at=IN_JANUARY)
    assert not LateUnit.objects.exists()


def test_G_01_a_company_that_is_moved_to_a_partner_for_closed_days_brings_its_usage_along():
    company = CompanyFactory.create(managed_from=date(2026, 2, 1))
    partner = partner_of(company)
    call = CallFactory.create(company=company)
    case = ServiceCaseFactory.create(company=company)
    settled = CallFactory.create(company=company)
    settle("call", settled.pk)
    closed_month(partner)
    assert not LateUnit.objects.exists()

    company.managed_from = date(2026, 1, 10)
    company.save()

    noted = set(LateUnit.objects.values_list("kind", "source_id", "partner"))
    assert noted == {("call", call.pk, partner.pk), ("service_case", case.pk, partner.pk)}
