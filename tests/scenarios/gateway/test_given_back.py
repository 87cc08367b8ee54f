"""A month that was cancelled, given up or credited is billed again, held or waived (G-02, G-13, T-20)."""

from __future__ import annotations

import pytest

from gateway_billing.automation import due_partners
from gateway_billing.models import LateUnit, MonthAttempt, MonthRun, ServiceCase, ServiceChange
from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.void import void_invoice
from invoicing.lifecycle.withdraw import discard_draft, withdraw_lines
from invoicing.models import Claim, Invoice
from tests.commands.running import run
from tests.scenarios.gateway.story import AFTER_FEBRUARY, AFTER_JANUARY, GatewayStory
from tests.scenarios.story import moment

pytestmark = pytest.mark.django_db
AT = moment(AFTER_JANUARY)
LINES = [
    "sub1 call_minutes 600s @ 0.12/60 = 120",
    "sub1 monthly_service 1 @ 29 = 2900",
    "sub1 service_change 1 @ 5 = 500",
    "sub1 setup_fee 1 @ 150 = 15000",
    "sub1 service_cases 2 @ 0.5 = 100",
    "sub1 monthly_flat 1 @ 49 = 4900",
]


@pytest.fixture
def january(gateway: GatewayStory) -> GatewayStory:
    """A month with a line of each kind, and two cases that cost nothing."""
    gateway.fees(setup_fee="150.00").call(600).price("29.00").change("5.00").output(default=True).case(2)
    gateway.output(billing_mode="monthly_flat", monthly_flat_price_cents=4900).output(id="free", email_price_cents=0)
    return gateway.has("case_category", id="gratis", output_configuration="free").case(2, category="gratis")


def document(number: int = 0) -> Invoice:
    return Invoice.objects.filter(kind="aggregate").order_by("pk")[number]


def live() -> int:
    return Claim.objects.filter(released_at=None).count()


def test_G_02_a_cancelled_month_is_run_again_under_a_new_number_and_the_old_document_stays(january: GatewayStory):
    january.run("--issue")
    again = january.run("--issue").only()
    assert (again["outcome"], again["number"], again["total_cents"]) == ("exists", "AGG-2026-02-001", 27989)

    void_invoice(document().pk, reason="wrong partner name", by="ann", at=AT)
    assert (live(), LateUnit.objects.count()) == (0, 0)
    january.run("--issue")

    first, cancellation, second = january.documents()
    assert (first["status"], first["number"], cancellation["kind"]) == ("void", "AGG-2026-02-001", "cancellation")
    assert (second["number"], second["total_cents"]) == ("AGG-2026-02-002", first["total_cents"])
    assert january.lines()[-6:] == LINES
    assert [run.reopened_at is None for run in MonthRun.objects.order_by("pk")] == [False, True]
    assert live() == 9


def test_G_02_a_draft_that_is_given_up_reopens_the_month_and_holding_keeps_automation_away(january: GatewayStory):
    january.run()
    discard_draft(document().pk, then="hold", reason="prices are discussed", by="ann", at=AT)

    assert live() == 0
    assert due_partners(at=AT) == []
    assert "prices are discussed" in MonthAttempt.objects.get().problem

    # What can be held itself stays so: the change waits for approval, the fee for a person.
    january.run()
    assert january.lines()[-4:] == [LINES[0], LINES[1], LINES[4], LINES[5]]
    assert not MonthAttempt.objects.exists()
    assert ServiceChange.objects.get().status == "pending"


def test_T_20_waived_cases_stay_waived_and_nothing_else_of_the_month_comes_back(january: GatewayStory):
    january.run()
    discard_draft(document().pk, then="waive", reason="first month free", by="ann", at=AT)
    january.run()

    assert january.only()["outcome"] == "nothing"
    assert list(ServiceCase.objects.values_list("waive_reason", flat=True)) == ["first month free"] * 4
    absorbed = Claim.objects.filter(outcome="absorbed", reference="waived: first month free")
    assert sorted(absorbed.values_list("kind", flat=True)) == [
        "call", "flat_fee", "service_change", "service_price", "setup_fee",
    ]  # fmt: skip


def test_G_02_what_a_credit_note_gave_back_is_on_the_next_invoice_with_its_month(january: GatewayStory):
    january.run("--issue")
    credit_invoice(document().pk, reason="wrong prices", by="ann", at=AT)
    assert january.run().only()["outcome"] == "exists"

    january.call(60, started_at="2026-02-10T12:00:00+01:00").run(month="2026-02", at=AFTER_FEBRUARY)

    assert january.lines()[-9:] == [
        LINES[0],
        "sub1 call_minutes 60s @ 0.12/60 = 12",
        LINES[1],
        LINES[1],
        *LINES[2:5],
        LINES[5],
        LINES[5],
    ]
    months = [line["explanation"]["inputs"].get("month") for line in january.documents()[-1]["lines"]]
    assert months == ["2026-01", "2026-02", "2026-02", "2026-01", "", None, "2026-01", "2026-02", "2026-01"]
    assert not LateUnit.objects.exists()


def test_T_20_a_credit_can_hold_what_it_gives_back_and_lines_taken_off_a_draft_come_next(january: GatewayStory):
    january.run()
    draft = document()
    lines = {line.kind: line.pk for line in draft.lines.all()}
    withdraw_lines(draft.pk, [lines["service_cases"], lines["monthly_flat"]], reason="late", by="ann", at=AT)
    withdraw_lines(draft.pk, [lines["call_minutes"], lines["setup_fee"]], then="hold", reason="asks", by="ann", at=AT)
    assert sorted(LateUnit.objects.values_list("kind", flat=True)) == [
        "claim", "held:call", "held:setup_fee", "service_case", "service_case",
    ]  # fmt: skip

    january.run(month="2026-02", at=AFTER_FEBRUARY)

    assert january.lines()[-4:] == [LINES[1], LINES[4], LINES[5], LINES[5]]

    assert run("release_held_usage", "partner", "--reason", "agreed").lines == ["call  1", "setup fee  1"]
    january.run(month="2026-03", at="2026-04-01T03:20:00+02:00")
    assert january.lines()[-4:] == [LINES[0], LINES[1], LINES[3], LINES[5]]


def test_T_20_what_is_held_stays_held_when_its_month_is_run_again(january: GatewayStory):
    january.run()
    lines = {line.kind: line.pk for line in document().lines.all()}
    held = [lines["call_minutes"], lines["monthly_service"], lines["service_cases"]]
    withdraw_lines(document().pk, held, then="hold", reason="disputed", by="ann", at=AT)
    discard_draft(document().pk, reason="wrong fee", by="ann", at=AT)

    january.run("--issue")
    assert january.lines()[-3:] == [LINES[2], LINES[3], LINES[5]]

    void_invoice(document(2).pk, then="hold", reason="all of it is disputed", by="ann", at=AT)
    assert due_partners(at=AT) == []
    january.run()
    assert january.lines()[-1] == LINES[5]
