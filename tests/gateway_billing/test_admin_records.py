"""Calls, cases, changes and terms on pages: found fast, waived and approved with reasons, refused in words."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.desk import paging
from contracts.models import Client
from gateway_billing.models import (
    CaseCategory,
    LateUnit,
    MonthAttempt,
    MonthRun,
    OutputConfiguration,
    ServiceCase,
    ServiceChange,
    ServicePrice,
    ServiceTemplate,
)
from gateway_billing.months import month_of, run_month
from invoicing.models import AuditEntry, Invoice
from tests.desk import choose, errors, said
from tests.factories import ClientFactory
from tests.gateway_factories import (
    RUN,
    CallFactory,
    CategoryFactory,
    CompanyFactory,
    FeeScheduleFactory,
    OutputFactory,
    ServiceCaseFactory,
    ServiceChangeFactory,
    ServicePriceFactory,
)
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db

CASES, CALLS = "admin:gateway_billing_servicecase_changelist", "admin:gateway_billing_call_changelist"
CHANGES = "admin:gateway_billing_servicechange_changelist"


def listed(browser, where, **asked):
    return [row.external_id for row in browser.get(reverse(where), asked).context["cl"].result_list]


@pytest.fixture
def month():
    """A company of a partner, with a billed call and case, one waived, and one that came in late."""
    company = CompanyFactory.create(external_id="north", managed_by__name="Alpha")
    FeeScheduleFactory.create(company=company, setup_fee=10)
    output = OutputFactory.create(company=company)
    CategoryFactory.create(company=company, output_configuration=output)
    ServicePriceFactory.create(company=company)
    ServiceChangeFactory.create(company=company)
    ServiceTemplate.objects.create(name="Phone line")
    ServiceCaseFactory.create(company=company, external_id="waived", output_status="pending", output_sent_at=None)
    CallFactory.create(company=company, external_id="call-1")
    ServiceCaseFactory.create(company=company, external_id="billed")
    ServiceCase.objects.filter(external_id="waived").update(waived_at=RUN, waived_by="ann", waive_reason="goodwill")
    partner = Client.objects.get(name="Alpha")
    run_month(partner.pk, month_of(partner, "2026-01"), at=RUN)
    CallFactory.create(company=company, external_id="late")
    MonthAttempt.objects.create(partner=partner, period_start=date(2026, 3, 1), problem="no city")
    return company


def test_what_settles_and_what_came_late_is_shown_with_links_to_the_document(month):
    browser = signed_in("viewer")
    late = LateUnit.objects.get()

    for name, key in (("call", late.source_id), ("lateunit", late.pk), ("monthrun", MonthRun.objects.get().pk)):
        page = browser.get(reverse(f"admin:gateway_billing_{name}_change", args=[key]))
        assert page.status_code == 200, name
    assert "call late" in browser.get(reverse("admin:gateway_billing_lateunit_changelist")).content.decode()
    document = Invoice.objects.get()
    shown = browser.get(reverse("admin:invoicing_invoice_change", args=[document.pk])).content.decode()
    assert reverse("admin:gateway_billing_call_change", args=[LateUnit.objects.get().source_id - 1]) in shown


def test_cases_are_found_by_company_month_and_what_became_of_them(month):
    browser = signed_in("viewer")
    ServiceCaseFactory.create(company=month, external_id="open")
    ServiceCaseFactory.create(external_id="elsewhere")
    january = {"company": month.pk, "month": "2026-01"}

    assert listed(browser, CASES, q="elsewhere") == ["elsewhere"]
    assert set(listed(browser, CASES, q="north")) == {"open", "billed", "waived"}
    assert listed(browser, CASES, q="ELSE") == ["elsewhere"]
    assert listed(browser, CASES, q="where") == []
    assert listed(browser, CASES, billing="waived") == ["waived"]
    assert listed(browser, CASES, **january, billing="unbilled") == ["open"]
    assert listed(browser, CASES, company=month.pk, sent="2026-01", billing="billed") == ["billed"]
    assert listed(browser, CASES, company=month.pk, month="2025-12") == []
    assert listed(browser, CASES, company=month.pk, month="yesterday") == []
    assert listed(browser, CASES, company="9" * 40) == []
    assert listed(browser, CALLS, **january, billing="unbilled") == ["late"]
    offered = {spec.title: len(spec.lookup_choices) for spec in browser.get(reverse(CALLS)).context["cl"].filter_specs}
    assert "month" not in offered
    assert "billing" not in offered


def test_lists_of_a_million_count_nothing_and_read_an_index(month, monkeypatch):
    monkeypatch.setattr(paging, "MOST_ROWS", 2)
    CallFactory.create_batch(3, company=month)
    browser = signed_in("viewer")

    pages = {}
    for asked in ({}, {"company": month.pk, "month": "2026-01"}):
        with CaptureQueriesContext(connection) as captured:
            page = browser.get(reverse(CALLS), asked)
        assert len(captured) <= 20
        assert page.context["cl"].paginator.count == 2
        (pages[bool(asked)],) = (
            one["sql"] for one in captured if "gateway_billing_call" in one["sql"] and "ORDER BY" in one["sql"]
        )
        assert not any("COUNT(" in one["sql"] for one in captured if "gateway_billing_call" in one["sql"])

    plans = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        for narrow, query in pages.items():
            cursor.execute(f"EXPLAIN {query}")
            plans[narrow] = "\n".join(row for (row,) in cursor.fetchall())
    assert "gateway_billing_call_pkey" in plans[False]
    assert "gateway_call_period" in plans[True]


def test_G_13_cases_are_waived_with_a_reason_all_or_none(month):
    billed = ServiceCase.objects.get(external_id="billed")
    fresh = ServiceCaseFactory.create_batch(2, company=month)
    approver = signed_in("approver", username="anna")

    asked = choose(approver, CASES, "waive", fresh)
    no_reason = choose(approver, CASES, "waive", fresh, confirmed="yes", reason=" ")
    refused = choose(approver, CASES, "waive", [*fresh, billed], confirmed="yes", reason="goodwill")
    assert "Waive 2 cases?" in asked.content.decode()
    assert "Waive 2 cases?" in no_reason.content.decode()
    assert said(refused) == ["service case billed is billed: cancel or credit its document instead"]
    assert ServiceCase.objects.waived().count() == 1

    assert said(choose(approver, CASES, "waive", fresh, confirmed="yes", reason="goodwill"))[-1] == "2 waived."
    assert ServiceCase.objects.filter(waived_by="anna", waive_reason="goodwill").count() == 2
    assert AuditEntry.objects.filter(action="service_case.waived", by="anna").count() == 2
    this = reverse("admin:gateway_billing_servicecase_waive_this", args=[billed.pk])
    clerk = signed_in("clerk")
    assert [browser.post(this, {}).status_code for browser in (approver, clerk)] == [403, 403]
    choose(clerk, CASES, "waive", [ServiceCaseFactory.create(company=month)], confirmed="yes", reason="x")
    assert ServiceCase.objects.waived().count() == 3


def change_form(company, **fields):
    return {
        "company": company.pk, "external_id": "c-1", "service_date": "2026-01-15", "category": "",
        "description": "Porting",
        "amount": "250.00", "hours": "", "hourly_rate": "", "recurring_until": "", **fields,
    }  # fmt: skip


def test_G_08_a_change_is_entered_by_one_person_and_approved_by_another():
    company = CompanyFactory.create()
    anna, bert = signed_in("approver", username="anna"), signed_in("approver", username="bert")
    add = reverse("admin:gateway_billing_servicechange_add")

    both = anna.post(add, change_form(company, hours="2", hourly_rate="75", status="approved"))
    assert errors(both) == ["give an amount, or hours with their rate, and not both"]
    assert anna.post(add, change_form(company, status="approved")).status_code == 302
    change = ServiceChange.objects.get()
    assert change.status == "pending"

    own = choose(anna, CHANGES, "approve", [change], confirmed="yes")
    assert said(own)[-1:] == ["anna entered service change c-1 or changed it: somebody else must approve it"]
    assert "250.00 EUR" in choose(bert, CHANGES, "approve", [change]).content.decode()
    assert said(choose(bert, CHANGES, "approve", [change], confirmed="yes"))[-1] == "1 approved."
    change.refresh_from_db()
    assert (change.status, change.approved_by) == ("approved", "bert")

    here = reverse("admin:gateway_billing_servicechange_change", args=[change.pk])
    anna.post(here, change_form(company, amount="9999"))
    assert ServiceChange.objects.get().amount == 250
    other = ServiceChangeFactory.create(status="pending")
    cancel = reverse("admin:gateway_billing_servicechange_cancel_this", args=[other.pk])
    anna.post(cancel, {"confirmed": "yes", "reason": ""})
    assert ServiceChange.objects.get(pk=other.pk).status == "pending"
    anna.post(cancel, {"confirmed": "yes", "reason": "not wanted"})
    assert AuditEntry.objects.get(action="service_change.cancelled").reason == "not wanted"
    assert signed_in("clerk").post(cancel, {"confirmed": "yes", "reason": "x"}).status_code == 403


def test_terms_that_cannot_be_are_refused_in_words(month):
    clerk = signed_in("clerk")
    price = {
        "company": month.pk, "external_id": "p-2", "service": "Phone line", "template": "", "price": "30",
        "quantity": "1", "discount_percent": "0", "valid_from": "2026-02-01", "valid_to": "", "interval": "monthly",
    }  # fmt: skip
    add_price = reverse("admin:gateway_billing_serviceprice_add")
    category = CaseCategory.objects.get()

    overlaps = clerk.post(add_price, price)
    backwards = clerk.post(add_price, {**price, "service": "Fax", "valid_to": "2026-01-01"})
    below = clerk.post(add_price, {**price, "service": "Fax", "price": "-1"})
    billed = clerk.post(
        reverse("admin:gateway_billing_serviceprice_change", args=[ServicePrice.objects.get().pk]),
        {**price, "valid_from": "2026-01-01", "price": "31"},
    )
    foreign = clerk.post(
        reverse("admin:gateway_billing_casecategory_change", args=[category.pk]),
        {"name": "Incident", "output_configuration": OutputFactory.create().pk},
    )

    assert errors(overlaps)[0].startswith("the company has a price of this service on some of these days already")
    assert errors(backwards) == ["the last day is before the first"]
    assert errors(below) == ["amounts, rates and quantities are not below zero"]
    assert "cannot be changed: end it (valid_to) and add a new one" in errors(billed)[0]
    assert errors(foreign) == ["this configuration is that of another company"]


def test_another_configuration_becomes_the_default_in_one_step(month):
    old, new = OutputConfiguration.objects.get(), OutputFactory.create(company=month, default=False)
    here = reverse("admin:gateway_billing_outputconfiguration_make_default", args=[new.pk])

    clara = signed_in("clerk", username="clara")

    ticked = clara.post(
        reverse("admin:gateway_billing_outputconfiguration_add"),
        {
            "company": month.pk,
            "external_id": "o-3",
            "output_type": "email",
            "billing_mode": "per_case",
            "default": "on",
        },
    )
    page = clara.post(here, {"confirmed": "yes", "reason": "new contract"})

    assert "press Make default" in errors(ticked)[0]
    assert said(page) == ["This is the company's default now."]
    assert [one.pk for one in OutputConfiguration.objects.filter(default=True)] == [new.pk]
    entry = AuditEntry.objects.get(action="output_configuration.default")
    assert (entry.by, json.dumps(entry.data)) == ("clara", json.dumps({"before": [old.pk]}))
    assert clara.post(here, {"confirmed": "yes", "reason": "x"}).status_code == 403


def test_terms_of_a_company_stay_its_own(month):
    fees = month.fee_schedule
    form = {
        "company": ClientFactory.create().pk, "external_id": "x", "first_seconds": "60", "next_seconds": "60",
        "per_minute_rate": "0.15", "included_minutes": "", "usage_discount_percent": "0", "setup_fee": "10",
    }  # fmt: skip

    signed_in("clerk").post(reverse("admin:gateway_billing_feeschedule_change", args=[fees.pk]), form)
    fees.refresh_from_db()

    assert (fees.company_id, fees.first_seconds, fees.external_id != "x") == (month.pk, 60, True)
