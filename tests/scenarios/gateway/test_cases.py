"""Service cases (G-10, G-11, G-13, G-17), from import lines to the export."""

from __future__ import annotations

from typing import Any

import pytest

from gateway_billing.models import ServiceCase
from invoicing.models import Claim
from tests.scenarios.gateway.story import AFTER_FEBRUARY, GatewayStory

pytestmark = pytest.mark.django_db


def test_G_10_and_G_11_one_line_per_price_and_each_case_at_its_own(gateway: GatewayStory):
    outputs: dict[str, dict[str, Any]] = {
        "mail": {"base_price_cents": 100},
        "hook": {"output_type": "webhook", "base_price_cents": 100, "webhook_price_cents": 75},
        "both": {"output_type": "hybrid", "base_price_cents": 100, "webhook_price_cents": 75},
        "other": {
            "output_type": "hybrid",
            "base_price_cents": 200,
            "email_price_cents": 30,
            "webhook_price_cents": 100,
        },
        "usual": {"output_type": "hybrid"},
        "free": {"email_price_cents": 0},
    }
    for name, prices in outputs.items():
        gateway.output(id=name, **prices).has("case_category", id=f"of-{name}", output_configuration=name)
        gateway.case(2, category=f"of-{name}")

    gateway.run()

    assert gateway.lines() == [
        "sub1 service_cases 2 @ 1 = 200",
        "sub1 service_cases 2 @ 1.5 = 300",
        "sub1 service_cases 2 @ 1.75 = 350",
        "sub1 service_cases 2 @ 2.25 = 450",
        "sub1 service_cases 2 @ 3.3 = 660",
    ]
    own = [source["amount_cents"] for line in gateway.documents()[0]["lines"] for source in line["sources"]]
    assert sum(own) == 1960
    free = Claim.objects.filter(kind="service_case", outcome="free", amount_cents=0, line=None)
    assert [claim.reference.startswith("month-run:") for claim in free] == [True, True]


def test_G_11_three_companies_and_two_prices_each_get_their_lines(gateway: GatewayStory):
    for company, cases in (("sub2", 2), ("sub3", 5), ("sub5", 3)):
        gateway.company(company).output(id=f"o-{company}", company=company, base_price_cents=100, default=True)
        gateway.case(cases, company=company)
    gateway.company("sub4").output(id="cheap", company="sub4", default=True)
    gateway.output(id="dear", company="sub4", email_price_cents=75)
    gateway.has("case_category", id="dear-ones", company="sub4", output_configuration="dear")
    gateway.has("case_category", id="plain", company="sub4", output_configuration=None)
    gateway.case(2, company="sub4", category="plain").case(company="sub4", category="dear-ones").run()

    assert gateway.lines() == [
        "sub2 service_cases 2 @ 1.5 = 300",
        "sub3 service_cases 5 @ 1.5 = 750",
        "sub4 service_cases 2 @ 0.5 = 100",
        "sub4 service_cases 1 @ 0.75 = 75",
        "sub5 service_cases 3 @ 1.5 = 450",
    ]


def test_G_11_a_case_is_billed_in_the_month_in_which_it_was_sent_and_each_other_has_its_reason(gateway: GatewayStory):
    gateway.output(id="off", active=False).output(id="flat", billing_mode="monthly_flat", monthly_flat_price_cents=0)
    gateway.output(id="none", billing_mode="none").output(id="each", default=True)
    for name in ("off", "flat", "none"):
        gateway.has("case_category", id=f"of-{name}", output_configuration=name).case(category=f"of-{name}")
    gateway.case(2, output_status="pending", output_sent_at=None).case(output_status="failed", output_sent_at=None)
    gateway.company("bare").case(company="bare").case(billed_elsewhere="old-3")
    gateway.case(id="slow", output_status="pending", output_sent_at=None)
    gateway.case(id="waived").case(id="billed").case(id="unbillable").import_lines()
    ServiceCase.objects.filter(external_id="waived").update(
        waived_at="2026-01-20T12:00Z", waived_by="ann", waive_reason="kind"
    )
    ServiceCase.objects.filter(external_id="unbillable").update(is_billable=False)

    gateway.run()

    assert gateway.lines() == ["sub1 service_cases 1 @ 0.5 = 50"]
    assert gateway.only()["unbilled"] == {
        "failed": 1, "flat_or_none": 2, "inactive_configuration": 1, "no_configuration": 1, "not_billable": 1,
        "pending": 3, "waived": 1,
    }  # fmt: skip

    gateway.case(id="slow", output_sent_at="2026-02-01T00:10:00+01:00").run(month="2026-02", at=AFTER_FEBRUARY)

    assert gateway.lines()[1:] == ["sub1 service_cases 1 @ 0.5 = 50"]
    assert not gateway.documents()[-1]["lines"][0]["explanation"]["inputs"]["late"]


def test_G_17_2500_cases_of_a_month_are_all_billed_in_one_run(gateway: GatewayStory):
    gateway.output(default=True).case(2500).run()

    assert gateway.lines() == ["sub1 service_cases 2500 @ 0.5 = 125000"]
    assert ServiceCase.objects.billed().count() == 2500
    assert ServiceCase.objects.unbilled().count() == 0
    assert len(gateway.documents()[0]["lines"][0]["sources"]) == 2500
