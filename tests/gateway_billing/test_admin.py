"""Partners' months on pages: where each stands, dry run and run as jobs, statements, and who may do what."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contracts.models import Client
from gateway_billing.models import LateUnit, MonthAttempt, MonthRun
from gateway_billing.months import ISSUE, month_of, run_month
from invoicing.jobs import run_waiting
from invoicing.lifecycle.payments import record_payment
from invoicing.models import AuditEntry, Invoice, Job
from tests.desk import said
from tests.gateway_factories import (
    RUN,
    CallFactory,
    CompanyFactory,
    FeeScheduleFactory,
    OutputFactory,
    PartnerFactory,
    ServiceCaseFactory,
)
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db

JANUARY = reverse("gateway-month", args=["2026-01"])
YES = {"confirmed": "yes", "nonce": "0" * 32}


def partner_with_usage(name, **facts):
    """A partner whose one company made a call of 10 min and had a case: 1.20 and 0.50."""
    company = CompanyFactory.create(managed_by=PartnerFactory.create(name=name, **facts))
    CallFactory.create(company=company)
    OutputFactory.create(company=company)
    ServiceCaseFactory.create(company=company)
    return company.managed_by


def run(partner, **how):
    return run_month(partner.pk, month_of(partner, "2026-01"), at=RUN, **how)


def done(page):
    """Do the job that the page leads to; answer what its page shows."""
    assert page.status_code == 302
    run_waiting()
    return signed_in("viewer").get(page.url).content.decode()


def shown(browser, url=JANUARY):
    return {row["partner"].name: row["standing"].state for row in browser.get(url).context["rows"]}


def test_the_month_says_where_each_partner_stands():
    for name in ("Missing", "Failed", "Parked", "Drafted", "Issued", "Paid", "Nothing"):
        partner_with_usage(name) if name != "Nothing" else CompanyFactory.create(managed_by__name=name)
    found = {partner.name: partner for partner in Client.objects.filter(is_partner=True)}
    MonthAttempt.objects.create(partner=found["Failed"], period_start=date(2026, 1, 1), failures=1, next_at=RUN)
    MonthAttempt.objects.create(partner=found["Parked"], period_start=date(2026, 1, 1), problem="no <b>city</b>")
    run(found["Drafted"])
    run(found["Issued"], action=ISSUE)
    run(found["Nothing"])
    run(found["Paid"], action=ISSUE)
    paid = Invoice.objects.get(client=found["Paid"])
    record_payment(paid.pk, 202, received_on=date(2026, 2, 1), reference="P-1", by="ann", at=RUN)
    browser = signed_in("clerk")

    with CaptureQueriesContext(connection) as queries:
        page = browser.get(JANUARY)

    assert len(queries) <= 20
    assert shown(browser) == {name: name.lower() for name in found}
    figures = {figure["state"]: (figure["number"], figure["sum"]) for figure in page.context["figures"]}
    assert figures["drafted"] == (1, "1.70 EUR")
    assert figures["missing"] == (1, "")
    html = page.content.decode()
    assert "no &lt;b&gt;city&lt;/b&gt;" in html
    assert "Try again…" in html
    assert shown(browser, f"{JANUARY}?state=parked") == {"Parked": "parked"}


def test_G_18_the_dry_run_of_the_page_is_the_run_to_come():
    partner = partner_with_usage("Alpha")
    browser = signed_in("clerk", username="clara")

    asked = browser.post(reverse("gateway-months"), {"action": "plan"})
    dry = done(browser.post(JANUARY, {"action": "plan", **YES}))

    assert "writes nothing" in asked.content.decode()
    assert not MonthRun.objects.exists()
    assert "1.70 EUR" in browser.get(JANUARY).content.decode()
    real = done(browser.post(JANUARY, {"action": "issue", **YES, "_selected_action": [partner.pk]}))
    kept = [job.result["partners"][0] for job in Job.objects.order_by("pk")]
    same = ("subtotal", "total", "companies", "unbilled", "reason")
    assert [kept[0][name] for name in same] == [kept[1][name] for name in same]
    assert kept[0]["companies"][0]["lines"][1]["amount"] == "0.50 EUR"
    assert ("Nothing was written" in dry, "Nothing was written" in real) == (True, False)
    document = Invoice.objects.get()
    assert (document.status, document.total_cents, document.issued_by) == ("open", 202, "clara")
    assert document.number in real
    assert AuditEntry.objects.get(action="month.run").by == "clara"


def test_a_form_sent_twice_is_one_job_and_one_invoice():
    partner = partner_with_usage("Alpha")
    browser = signed_in("clerk")
    sent = {"action": "draft", "_selected_action": [partner.pk], "confirmed": "yes"}

    first, again, beside = (browser.post(JANUARY, {**sent, "nonce": nonce * 32}) for nonce in "aab")
    run_waiting()
    later = browser.post(JANUARY, {**sent, "nonce": "c" * 32})

    assert first["Location"] == again["Location"] == beside["Location"] != later["Location"]
    assert "was invoiced before" in done(later)
    assert Invoice.objects.count() == 1


def test_G_16_a_partner_that_needs_somebody_touches_no_other():
    good = partner_with_usage("Good")
    partner_with_usage("Bad", city="")

    page = done(signed_in("clerk").post(JANUARY, {"action": "issue", **YES}))

    assert "One partner needs somebody" in page
    assert "not issued: client" in page
    assert Invoice.objects.get(client=good).status == "open"


def test_a_parked_month_is_tried_again_by_a_clerk_as_automation_would():
    partner = partner_with_usage("Alpha")
    attempt = MonthAttempt.objects.create(partner=partner, period_start=date(2026, 1, 1), problem="no city")
    browser = signed_in("clerk")

    asked = browser.post(JANUARY, {"action": f"again:{partner.pk}"})
    assert "no city" in asked.content.decode()
    done(browser.post(reverse("admin:gateway_billing_monthattempt_try_again", args=[attempt.pk]), YES))

    assert Invoice.objects.get().status == "draft"
    assert not MonthAttempt.objects.exists()


def test_a_month_that_goes_on_can_only_be_planned():
    company = CompanyFactory.create(managed_by__name="Alpha")
    CallFactory.create(company=company, started_at=timezone.now())
    this_month = reverse("gateway-month", args=[f"{timezone.now():%Y-%m}"])
    browser = signed_in("clerk")

    page = browser.get(this_month)
    asked = browser.post(this_month, {"action": "draft"})
    done(browser.post(this_month, {"action": "draft", **YES}))

    assert [name for name, _ in page.context["buttons"]] == ["plan"]
    assert asked.context["question"].button == ""
    assert not MonthRun.objects.exists()
    assert browser.get(reverse("gateway-month", args=["2199-01"])).status_code == 404
    assert browser.get(reverse("gateway-month", args=["2026-13"])).status_code == 404


def test_a_viewer_sees_the_month_and_cannot_run_it():
    partner = partner_with_usage("Alpha")
    attempt = MonthAttempt.objects.create(partner=partner, period_start=date(2026, 1, 1))
    browser = signed_in("viewer")

    page = browser.get(JANUARY)

    assert (page.status_code, page.context["buttons"]) == (200, [])
    assert "Try again" not in page.content.decode()
    for name in ("plan", "draft", "issue", "send", f"again:{partner.pk}", ""):
        assert browser.post(JANUARY, {"action": name, **YES}).status_code == 403
    partners_page = reverse("gateway-partner-month", args=["2026-01", partner.pk])
    assert browser.get(partners_page).status_code == 200
    assert browser.post(partners_page, {"confirmed": "yes", "reason": "x"}).status_code == 403
    again = reverse("admin:gateway_billing_monthattempt_try_again", args=[attempt.pk])
    assert browser.post(again, YES).status_code == 403
    assert not Job.objects.exists()


def test_G_19_the_statements_of_the_companies_sum_to_the_invoice_and_have_their_units():
    partner = partner_with_usage("Alpha")
    other = CompanyFactory.create(managed_by=partner, name="=Other & Sons")
    CallFactory.create(company=other, duration_seconds=61, external_id="=call")
    run(partner, action=ISSUE)
    document, browser = Invoice.objects.get(), signed_in("viewer")

    page = browser.get(reverse("gateway-partner-month", args=["2026-01", partner.pk]))
    statement = browser.get(reverse("gateway-statement", args=[document.pk, other.pk]))
    annex = browser.get(reverse("gateway-annex", args=[document.pk]))
    own = browser.get(reverse("gateway-company-annex", args=[document.pk, other.pk]))

    companies = page.context["companies"].object_list
    assert sum(company["cents"] for company in companies) == document.subtotal_cents
    assert (statement.context["sum"], len(statement.context["units"])) == ("0.12 EUR", 1)
    assert "1 × call" in statement.content.decode()
    rows = annex.getvalue().decode().splitlines()
    assert len(rows) == 1 + 3
    (row,) = own.getvalue().decode().splitlines()[1:]
    assert f"{document.number},1,{other.external_id},call,'=call" in row
    assert browser.get(reverse("gateway-statement", args=[document.pk, partner.pk])).status_code == 404


def test_what_is_held_is_let_go_with_a_reason():
    partner = partner_with_usage("Alpha")
    call = CallFactory.create(company=partner.managed.get().company)
    LateUnit.objects.create(
        kind="held:call", source_id=call.pk, partner=partner, company=call.company, month=date(2026, 1, 1),
        recorded_at=RUN,
    )  # fmt: skip
    browser, url = signed_in("clerk"), reverse("gateway-partner-month", args=["2026-01", partner.pk])

    assert "1 × call" in browser.get(url).content.decode()
    browser.post(url, {"confirmed": "yes", "reason": " "})
    assert LateUnit.objects.get().kind == "held:call"
    page = browser.post(url, {"confirmed": "yes", "reason": "cleared up"})

    assert said(page) == ["The next invoice bills 1 that were held."]
    assert LateUnit.objects.get().kind == "call"
    assert AuditEntry.objects.get(action="usage.released").reason == "cleared up"


def test_the_margin_of_a_month_is_what_calls_were_sold_for_less_what_they_cost():
    partner = partner_with_usage("Alpha")
    company = partner.managed.get().company
    FeeScheduleFactory.create(company=company, buy_per_minute_rate=Decimal("0.05"))
    run(partner)

    page = signed_in("viewer").get(reverse("gateway-margins", args=["2026-01"]))

    (found,) = page.context["partners"]
    assert (found["sold"], found["bought"], found["margin"]) == ("1.20 EUR", "0.50 EUR", "0.70 EUR")
