"""`aggregate_month`: what it refuses, what it prints, and that a preview is the invoice to come (G-02, G-18, P3)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Client
from gateway_billing.models import MonthRun
from gateway_billing.months import ISSUE, month_of, plan_month, run_month
from invoicing.models import Invoice, Mail
from tests.commands.running import Ended, run, run_read_only
from tests.factories import ClientFactory, configure
from tests.gateway_factories import (
    RUN,
    CallFactory,
    CompanyFactory,
    FeeScheduleFactory,
    OutputFactory,
    PartnerFactory,
    ServiceCaseFactory,
    ServiceChangeFactory,
    ServicePriceFactory,
)
from tests.races.chance import repeatable

pytestmark = pytest.mark.django_db
AT = RUN.isoformat()


def aggregate(*options: str) -> Ended:
    return run("aggregate_month", "--at", AT, *options)


def partner_with_a_call(**facts: object) -> Client:
    partner = CallFactory.create(**facts).company.managed_by
    assert partner is not None
    return partner


def company_with_everything(partner: Client) -> Client:
    company = CompanyFactory.create(managed_by=partner)
    FeeScheduleFactory.create(company=company, included_minutes=5, setup_fee=10)
    CallFactory.create(company=company)
    OutputFactory.create(company=company)
    ServiceCaseFactory.create(company=company)
    ServicePriceFactory.create(company=company)
    ServiceChangeFactory.create(company=company)
    return company


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--month", "2026-03"], "2026-03 has not begun"),
        (["--month", "2026-03", "--dry-run"], "2026-03 has not begun"),
        (["--month", "2026-02"], "2026-02 is not over; until then it can only be planned, with --dry-run"),
        (["--month", "2026-13"], "'2026-13' is no month; write 2026-02."),
        (["--partner", "nobody"], "there is no client 'nobody'"),
        (["--partner", "acme"], "client 'acme' is no partner: it manages no company"),
        (["--partner", "abroad"], "2026-01 is not over"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_sentence(options, sentence):
    ClientFactory.create(external_id="acme")
    PartnerFactory.create(external_id="abroad", timezone="America/New_York")

    ended = aggregate(*options)

    assert (ended.code, MonthRun.objects.count()) == (1, 0)
    assert sentence in ended.err


def test_the_master_switch_stops_the_command_and_a_partner_abroad_is_passed_over_until_its_month_ends(settings):
    CallFactory.create(company__managed_by__timezone="America/New_York")

    (partner,) = json.loads(aggregate("--format", "json").out)["partners"]
    assert (partner["outcome"], partner["reason"]) == ("nothing", "month_not_over")

    configure(settings, ticket_billing_enabled=False)
    ended = aggregate("--format", "json")
    assert (ended.code, json.loads(ended.out)["partners"]) == (1, [])
    assert "billing_disabled" in ended.err


def test_P3_previews_write_nothing_and_equal_the_invoice_to_come():
    partner = PartnerFactory.create()
    company_with_everything(partner)

    previews = [run_read_only("aggregate_month", "--at", AT, "--dry-run", "--format", "json").json for _ in range(2)]
    real = aggregate("--issue", "--format", "json").json

    assert previews[0] == previews[1]
    (planned,), (made,) = previews[0]["partners"], real["partners"]
    document = Invoice.objects.get()
    assert made["invoice"] == document.external_id
    assert {**planned, "invoice": None, "number": None} == {**made, "invoice": None, "number": None}
    assert made["total_cents"] == document.total_cents
    assert aggregate("--format", "json").json["partners"][0]["outcome"] == "exists"


def test_what_is_still_going_on_can_be_planned():
    CallFactory.create()

    ended = run("aggregate_month", "--at", "2026-01-20T12:00:00+01:00", "--month", "2026-01", "--dry-run")

    assert ended.code == 0
    assert "with tax 1.43 EUR" in ended.out
    assert "Gesprächsminuten Januar 2026  1.20 EUR" in ended.out
    assert "1 partner: 1 invoice, 0 exists, 0 nothing, 0 failed; 1.20 EUR" in ended.out


def test_an_invoice_that_cannot_be_issued_or_sent_stays_and_says_why():
    held = partner_with_a_call(company__managed_by__city="")
    sent, kept = partner_with_a_call(), partner_with_a_call(company__managed_by__delivery="none")

    ended = aggregate("--send", "--format", "json")

    told = {one["partner"]: one["reason"] for one in ended.json["partners"]}
    assert ended.code == 1
    assert told[held.external_id].startswith("not issued: client")
    assert told[kept.external_id].startswith("not sent: ")
    assert told[sent.external_id] == ""
    assert {one.client: one.status for one in Invoice.objects.all()} == {held: "draft", sent: "open", kept: "open"}
    assert Mail.objects.get().client == sent


def test_M_04_a_discount_above_the_subtotal_is_issued_and_paid_at_issue():
    partner = partner_with_a_call()
    partner.discounts.create(month="2026-01-01", amount_cents=9000, reason="Goodwill")

    plan = run_month(partner.pk, month_of(partner, "2026-01"), at=RUN, action=ISSUE)

    document = Invoice.objects.get()
    assert (plan.sums.total_cents, document.status, document.total_cents) == (0, "paid", 0)


def test_G_17_the_number_of_queries_depends_on_neither_companies_nor_units():
    counts = []
    for companies in (1, 50):
        partner = PartnerFactory.create()
        for _ in range(companies):
            company_with_everything(partner)
        period = month_of(partner, "2026-01")
        with CaptureQueriesContext(connection) as planned:
            plan_month(partner.pk, period, at=RUN)
        with CaptureQueriesContext(connection) as made:
            run_month(partner.pk, period, at=RUN, action=ISSUE)
        counts.append((len(planned), len(made)))

    assert counts[0] == counts[1]
    assert counts[0][1] < 80


@pytest.mark.parametrize("partners", [10, pytest.param(500, marks=pytest.mark.full)])
def test_I_17_a_preview_equals_the_later_invoice_whatever_the_month_holds(partners: int):
    chance = repeatable(17)
    for _ in range(partners):
        partner = PartnerFactory.create()
        for _ in range(chance.randint(1, 3)):
            company = CompanyFactory.create(managed_by=partner, active=chance.random() < 0.8)
            FeeScheduleFactory.create(
                company=company,
                first_seconds=chance.choice([1, 30, 60]),
                next_seconds=chance.choice([1, 6, 60]),
                per_minute_rate=chance.choice([None, 0, "0.0899", "0.29"]),
                included_minutes=chance.choice([None, 0, 10]),
                usage_discount_percent=chance.choice([0, "12.5", 100]),
                setup_fee=chance.choice([None, 0, 49]),
            )
            for _ in range(chance.randint(0, 4)):
                CallFactory.create(company=company, duration_seconds=chance.randint(0, 4000))
            OutputFactory.create(company=company, base_price_cents=chance.choice([None, 0, 33]))
            ServiceCaseFactory.create_batch(chance.randint(0, 3), company=company)
            ServicePriceFactory.create(company=company, prorate=chance.random() < 0.5, valid_from=date(2026, 1, 11))
        period = month_of(partner, "2026-01")

        planned = plan_month(partner.pk, period, at=RUN)
        made = run_month(partner.pk, period, at=RUN, action=ISSUE)

        assert (planned.outcome, planned.sums, planned.parts) == (made.outcome, made.sums, made.parts)
        document = Invoice.objects.filter(client=partner).first()
        stored = (document.subtotal_cents, document.tax_cents, document.total_cents) if document else (0, None, None)
        assert stored == (planned.sums.subtotal_cents, planned.sums.tax_cents, planned.sums.total_cents)
