"""unbilled_report: units of managed companies are in one bucket each, with the reason (P2, G-11)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contracts.models import Client
from gateway_billing.charge_sources import monthly_flat, monthly_services
from gateway_billing.holding import held_kind
from gateway_billing.models import (
    LateUnit,
    MonthAttempt,
    OutputConfiguration,
    ServiceCase,
    ServiceChange,
    ServicePrice,
)
from gateway_billing.months import month_of, run_month
from gateway_billing.partner_month import read_month
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import Claim, Invoice
from office.unbilled.asked import asked
from office.unbilled.totals import totals, unbilled
from office.unbilled.wording import sentence
from tests.gateway_factories import (
    IN_JANUARY,
    RUN,
    CallFactory,
    CategoryFactory,
    CompanyFactory,
    FeeScheduleFactory,
    OutputFactory,
    PartnerFactory,
    ServiceCaseFactory,
    ServiceChangeFactory,
    ServicePriceFactory,
)

pytestmark = pytest.mark.django_db

IN_FEBRUARY = datetime(2026, 2, 10, 9, tzinfo=UTC)


def listed(now=RUN, client=None):
    """Where each unit is that nothing has settled, by type, id and part; every unit is in one bucket."""
    wanted = asked(None, now=now, client=client)
    assert totals(wanted).unbalanced == {}
    found = list(unbilled(wanted))
    assert all(sentence(unit.bucket, unit.reason).endswith(".") for unit in found)
    assert len({(unit.type, unit.id, unit.part) for unit in found}) == len(found)
    return {" ".join(filter(None, (unit.type, unit.id, unit.part))): (unit.bucket, unit.reason) for unit in found}


def settled(now):
    """Units by type, bucket and reason, of those that are settled."""
    found = totals(asked(None, now=now))
    return {(place.bucket, place.reason): total.units for place, total in found.buckets() if place.bucket == "billed"}


def at_once(partner: Client, label: str = "2026-01", at: datetime = RUN):
    return run_month(partner.pk, month_of(partner, label), at=at, by="ann")


@pytest.fixture
def company() -> Client:
    """A company with usage of every kind, and a partner that has not been billed."""
    made = CompanyFactory.create(external_id="sub", started_on=date(2025, 1, 1))
    FeeScheduleFactory.create(external_id="fees", company=made, setup_fee=10)
    flat = OutputFactory.create(external_id="flat", company=made, default=False, billing_mode="monthly_flat")
    off = OutputFactory.create(external_id="off", company=made, default=False, active=False)
    OutputFactory.create(external_id="usual", company=made, base_price_cents=100)
    CallFactory.create(external_id="good", company=made)
    CallFactory.create(external_id="failed", company=made, status="failed")
    CallFactory.create(external_id="new", company=made, started_at=IN_FEBRUARY)
    cases: dict[str, dict[str, Any]] = {
        "good": {},
        "waived": {},
        "pending": {"output_status": "pending", "output_sent_at": None},
        "failed": {"output_status": "failed", "output_sent_at": None},
        "free": {"is_billable": False},
        "flat": {"category": CategoryFactory.create(company=made, output_configuration=flat)},
        "off": {"category": CategoryFactory.create(company=made, output_configuration=off)},
        "later": {"output_sent_at": IN_FEBRUARY},
    }
    for name, facts in cases.items():
        ServiceCaseFactory.create(external_id=name, company=made, **facts)
    ServiceCase.objects.filter(external_id="waived").update(waived_at=RUN, waived_by="ann", waive_reason="goodwill")
    ServicePriceFactory.create(external_id="line", company=made, valid_to=date(2026, 1, 31))
    ServiceChangeFactory.create(external_id="once", company=made)
    ServiceChangeFactory.create(external_id="asked", company=made, status="pending")
    ServiceChangeFactory.create(external_id="off", company=made, status="cancelled")
    ServiceChangeFactory.create(
        external_id="monthly", company=made, recurring=True, service_date=date(2025, 12, 31),
        recurring_until=date(2026, 2, 28),
    )  # fmt: skip
    return made


def test_G_11_each_unit_that_is_not_billed_has_its_reason(company):
    of_none = CompanyFactory.create(managed_by=company.managed_by, started_on=date(2030, 1, 1))
    ServiceCaseFactory.create(external_id="unset", company=of_none)
    FeeScheduleFactory.create(external_id="to come", company=of_none, setup_fee=10)
    nobodys = CompanyFactory.create(managed_from=date(2026, 1, 20))
    CallFactory.create(external_id="before", company=nobodys)

    waiting = ("pending", "month_not_run")
    assert listed(RUN) == {
        "call good": waiting,
        "call failed": ("not_counted", "call_not_completed"),
        "call before": ("skipped", "not_managed"),
        "service_case good": waiting,
        "service_case waived": ("waived", "waived"),
        "service_case pending": ("open", "output_pending"),
        "service_case failed": ("open", "output_failed"),
        "service_case later": ("open", "output_pending"),
        "service_case free": ("not_counted", "not_billable"),
        "service_case flat": ("skipped", "flat_or_none"),
        "service_case off": ("skipped", "inactive_configuration"),
        "service_case unset": ("skipped", "no_configuration"),
        "service_price line 2026-01": waiting,
        "flat_fee flat 2026-01": waiting,
        "setup_fee fees": ("pending", "next_invoice"),
        "setup_fee to come": ("open", "company_not_started"),
        "service_change once": waiting,
        "service_change asked": ("held", "change_not_approved"),
        "service_change off": ("not_counted", "change_cancelled"),
        "service_change monthly 2025-12": waiting,
        "service_change monthly 2026-01": waiting,
    }
    assert listed(IN_FEBRUARY)["call new"] == listed(IN_FEBRUARY)["service_case later"] == ("open", "month_not_over")
    assert {name for name, place in listed(IN_JANUARY).items() if place == ("open", "month_not_over")} == {
        "call good", "service_case good", "service_case waived", "service_change once",
    }  # fmt: skip
    MonthAttempt.objects.create(partner=company.managed_by, period_start=date(2026, 1, 1), problem="no rate")
    assert {listed(RUN)[name] for name in ("call good", "flat_fee flat 2026-01", "service_change once")} == {
        ("held", "month_parked")
    }


def test_P_2_what_a_run_settles_is_billed_and_what_comes_in_later_is_late_or_lost(company):
    at_once(company.managed_by)
    OutputConfiguration.objects.filter(external_id="flat").update(active=False)
    CallFactory.create(external_id="late", company=company)
    CallFactory.create(external_id="put by", company=company)
    LateUnit.objects.filter(source_id=company.calls.get(external_id="put by").pk).update(kind=held_kind("call"))
    now = timezone.now()

    # Call, case, price, flat fee, setup fee, a change, and two months of another.
    assert settled(now) == {("billed", "draft"): 8}
    assert listed(now)["call late"] == ("pending", "late")
    assert listed(now)["call put by"] == ("held", "held_by_person")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM gateway_billing_lateunit WHERE kind = 'call'")
    found = totals(asked(None, now=now))
    assert found.unbalanced == {"call": 1}
    assert [unit.id for unit in unbilled(asked(None, now=now)) if unit.bucket is None] == ["late"]
    company.calls.filter(external_id="late").update(duration_seconds=1)  # noted anew
    assert listed(now)["call late"] == ("pending", "late")


def test_P_2_amounts_are_those_of_lines_and_of_cases_and_the_partner_sees_its_companies(company):
    CallFactory.create(company=CompanyFactory.create())
    before = totals(asked(None, now=RUN, client=company.managed_by))
    waiting = {place.reason: total for place, total in before.buckets()}
    at_once(company.managed_by)
    after = totals(asked(None, now=RUN, client=company.managed_by))
    billed = next(total for place, total in after.buckets() if place.bucket == "billed")

    assert before.counted["call"] == 2 == totals(asked(None, now=RUN, client=company)).counted["call"]
    # The case, the flat fee, the price, and three changes of 250.00; the calls have a price only together.
    assert waiting["month_not_run"].amount_cents == 150 + 2900 + 2900 + 3 * 25000
    assert waiting["next_invoice"].amount_cents == 1000
    assert billed.amount_cents == Invoice.objects.get().subtotal_cents
    assert billed.seconds == 600


def test_P_2_a_claim_that_was_lost_is_missed(company):
    at_once(company.managed_by)
    case = company.service_cases.get(external_id="good")
    with transaction.atomic():
        Claim.objects.filter(kind="service_case", source_id=case.pk).update(released_at=RUN, released_by="nobody")
        found = totals(asked(None, now=timezone.now()))
        transaction.set_rollback(True)

    assert found.unbalanced == {"service_case": 1}
    assert totals(asked(None, now=timezone.now())).unbalanced == {}


def test_G_07_services_that_are_due_are_those_that_planning_finds():
    partner = PartnerFactory.create(timezone="Pacific/Auckland")
    company = CompanyFactory.create(managed_by=partner)
    OutputFactory.create(company=company, billing_mode="monthly_flat")
    bounds = [
        (date(2025, 1, 31), None), (date(2025, 1, 10), date(2026, 1, 15)), (date(2026, 1, 10), date(2026, 1, 31)),
        (date(2026, 1, 5), date(2026, 1, 8)), (date(2024, 2, 29), None), (date(2026, 2, 1), None),
    ]  # fmt: skip
    for n, ((first, last), interval, prorate) in enumerate(product(bounds, ("monthly", "yearly"), (False, True))):
        ServicePriceFactory.create(
            external_id=f"p{n}", company=company, service=f"s{n}", valid_from=first, valid_to=last, interval=interval,
            prorate=prorate,
        )  # fmt: skip
    # By the day until the whole month is taken by another price.
    ServicePriceFactory.create(company=company, service="both", valid_to=date(2026, 1, 10), prorate=True)
    ServicePriceFactory.create(company=company, service="both", valid_from=date(2026, 1, 11))
    for label in ("2025-01", "2025-02", "2026-01", "2026-02"):
        period = month_of(partner, label)
        month = read_month(partner, period)
        planned = {
            f"{source.kind} {source.reference} {source.part}"
            for one in (*monthly_services.plan(month), *monthly_flat.plan(month))
            for source in one.charge.sources
        }
        found = {name for name in listed(period.end) if name.split()[0] in ("service_price", "flat_fee")}

        assert found == planned, label
        assert len(planned) > 1
    assert ServicePrice.objects.count() > 20


def test_P_2_what_was_given_back_later_was_still_billed_then(company):
    at_once(company.managed_by)
    discard_draft(Invoice.objects.get().pk, reason="wrong month", by="ann", at=datetime(2026, 2, 12, 9, tzinfo=UTC))
    now = datetime(2026, 2, 20, 9, tzinfo=UTC)

    def on(day: int) -> dict[tuple[str | None, str], int]:
        found = totals(asked(date(2026, 2, day), now=now))
        assert found.unbalanced == {}
        return {(place.bucket, place.reason): total.units for place, total in found.buckets()}

    assert on(5)["billed", "draft"] == 8
    assert ("billed", "draft") not in on(13)
    assert on(13)["pending", "month_not_run"] == 7
    assert on(13)["pending", "next_invoice"] == 1
    assert not {unit.id for unit in unbilled(asked(date(2026, 2, 5), now=now))} & {"good", "line", "once", "fees"}


def test_P_2_an_approval_of_later_was_none_then(company):
    ServiceChange.objects.filter(external_id="asked").update(
        status="approved", approved_by="ann", approved_at=IN_FEBRUARY
    )

    assert listed(RUN)["service_change asked"] == ("held", "change_not_approved")
    assert listed(IN_FEBRUARY)["service_change asked"] == ("pending", "month_not_run")
