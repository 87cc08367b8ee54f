"""The page of a contract says what its terms come to; trying out others writes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from contracts.models import ClientCharge, Contract, FairUseReview, RecurringCharge
from invoicing.jobs import run_waiting
from invoicing.models import AuditEntry, Job
from tests.desk import said
from tests.factories import (
    NOW,
    ClientChargeFactory,
    ClientFactory,
    ContractFactory,
    RateFactory,
    RecurringChargeFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
)
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.models import Ticket
from tickets.what_if import TERMS, with_terms

pytestmark = pytest.mark.django_db

FEBRUARY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)  # a Tuesday


def page_of(contract, role="viewer"):
    return signed_in(role).get(reverse("admin:contracts_contract_change", args=[contract.pk]))


def panel(page, key):
    return next(one["context"][key] for one in page.context["panels"] if key in one["context"])


@time_machine.travel(FEBRUARY, tick=False)
@pytest.mark.parametrize(
    ("terms", "amounts", "covered"),
    [
        ({"hourly_rate": "90"}, ["135.00 EUR", "202.50 EUR", "22.50 EUR"], None),
        ({"per_ticket_rate": "50", "strategy": "per_ticket"}, ["50.00 EUR", "50.00 EUR", "50.00 EUR"], None),
        ({"hourly_rate": "90", "included_seconds": 3600}, ["135.00 EUR", "202.50 EUR", "22.50 EUR"],
         ["45.00 EUR", "67.50 EUR", "Prepaid hours of the contract paid for the time."]),
        ({"hourly_rate": "90", "unlimited_hours": True}, ["135.00 EUR", "202.50 EUR", "22.50 EUR"],
         ["The contract is an unlimited plan."] * 3),
        ({"hourly_rate": "90", "included_seconds": 7200, "rollover_months": 3, "end_on": date(2026, 1, 31)},
         ["135.00 EUR", "202.50 EUR", "22.50 EUR"], ["Prepaid hours of the contract paid for the time."] * 3),
    ],
    ids=["by time", "per ticket", "prepaid", "unlimited", "over, with rollover"],
)  # fmt: skip
def test_terms_are_shown_by_what_three_tickets_cost(terms, amounts, covered):
    contract = ContractFactory.create(**terms)
    RateFactory.create(contract=contract, time_of_day="weekend", multiplier="1.5")

    examples = panel(page_of(contract), "examples")

    assert [one.price.amount for one in examples] == amounts
    assert [one.price.covered for one in examples] == (covered or amounts)
    assert any("rounded up to steps of 15 min" in text for text in examples[0].price.words) is ("strategy" not in terms)


def test_terms_that_cannot_be_rated_say_so():
    assert "by_moonlight" in panel(page_of(ContractFactory.create(strategy="by_moonlight")), "problem")


@time_machine.travel(FEBRUARY, tick=False)
def test_T_12_a_contract_shows_month_by_month_what_is_left_of_its_allowances():
    contract = ContractFactory.create(included_seconds=7200, included_tickets=None, rollover_months=1, hourly_rate="90")
    bill_tickets([closed_ticket("0.50", client=contract.client).pk], at=NOW, by="ann")

    february, january, *_ = panel(page_of(contract), "months")

    (left,), (used,) = february.allowances, january.allowances
    assert (february.month, left.granted, left.rolled_over, left.left) == ("2026-02", "2.00 h", "1.50 h", "3.50 h")
    assert (january.month, used.used, used.left) == ("2026-01", "0.50 h", "1.50 h")


# What if


def terms_of(contract, **changes):
    blank = dict.fromkeys(TERMS, "") | {"rollover_months": "0", "hourly_rate": contract.hourly_rate or ""}
    return {name: value for name, value in (blank | changes).items() if value is not False}


@pytest.fixture
def january():
    """A prepaid contract: three tickets, of which the first two are billed or covered, the third waits."""
    contract = ContractFactory.create(hourly_rate="90", included_seconds=3600)
    tickets = [closed_ticket(hours, client=contract.client) for hours in ("1.00", "2.00", "0.50")]
    bill_tickets([ticket.pk for ticket in tickets[:2]], at=NOW, by="ann")
    return contract


def try_out(browser, contract, **changes):
    return browser.post(reverse("contract-what-if", args=[contract.pk]), terms_of(contract, **changes))


@time_machine.travel(FEBRUARY, tick=False)
def test_what_if_bills_last_months_tickets_by_both_terms_and_writes_nothing(january):
    browser = signed_in("clerk")
    before = list(Ticket.objects.order_by("pk").values_list("billing_status", flat=True))
    trail = AuditEntry.objects.count()

    opened = browser.get(reverse("contract-what-if", args=[january.pk]))
    same = try_out(browser, january, included_seconds="1.00").context["result"]
    dearer = try_out(browser, january, hourly_rate="120", included_seconds="").context["result"]

    assert opened.context["form"]["hourly_rate"].value() == "90"
    assert (same["tickets"], same["now"], same["then"], same["rows"]) == (3, "225.00 EUR", "225.00 EUR", [])
    assert (dearer["then"], dearer["difference"]) == ("420.00 EUR", "+195.00 EUR")
    assert [(row["now"], row["then"]) for row in dearer["rows"]] == [
        ("Prepaid hours of the contract paid for the time.", "120.00 EUR"),
        ("180.00 EUR", "240.00 EUR"),
        ("45.00 EUR", "60.00 EUR"),
    ]
    january.refresh_from_db()
    assert (january.hourly_rate, january.included_seconds) == (90, 3600)
    assert list(Ticket.objects.order_by("pk").values_list("billing_status", flat=True)) == before
    assert AuditEntry.objects.count() == trail


@time_machine.travel(FEBRUARY, tick=False)
def test_what_if_with_many_tickets_is_a_job_and_asking_twice_is_one(january, monkeypatch):
    monkeypatch.setattr("tickets.admin.what_if.MOST_AT_ONCE", 2)
    monkeypatch.setattr("tickets.what_if.PAGE", 2)
    browser = signed_in("clerk")

    answers = [try_out(browser, january, hourly_rate="120", included_seconds="", asked="a") for _ in range(2)]
    run_waiting()
    shown = browser.get(answers[0].url).content.decode()

    assert answers[0].url == answers[1].url
    assert Job.objects.get().result["then"] == "420.00 EUR"
    assert "+195.00 EUR" in shown
    assert "Try other terms" in shown


def test_what_if_refuses_what_cannot_be_agreed():
    contract = ContractFactory.create(hourly_rate="90")
    browser = signed_in("clerk")

    both = try_out(browser, contract, included_tickets="5", unlimited_tickets="on")
    none = try_out(browser, contract, hourly_rate="-1")
    empty = try_out(browser, contract, hourly_rate="50")

    assert "leave this empty where the plan is unlimited" in both.content.decode()
    assert "result" not in none.context
    assert "there is nothing to compare" in empty.content.decode()
    assert browser.get(reverse("contract-what-if", args=[0])).status_code == 404
    with pytest.raises(ValueError, match="no terms to try out: client"):
        with_terms(contract, {"client": 1})


# Charges and reviews


def test_T_26_a_recurring_charge_and_a_single_one_are_added_on_a_page():
    contract, client, browser = ContractFactory.create(), ClientFactory.create(), signed_in("clerk")
    price = {"description": "Managed seat", "quantity": "12", "unit_price": "19.00"}

    browser.post(
        reverse("admin:contracts_recurringcharge_add"),
        {**price, "contract": contract.pk, "external_id": "m1", "valid_from": "2026-01-01", "valid_to": "",
         "interval": "monthly", "timing": "advance"},
    )  # fmt: skip
    browser.post(
        reverse("admin:contracts_clientcharge_add"),
        {**price, "client": client.pk, "external_id": "z1", "charged_on": "2026-01-15", "tax_rate": ""},
    )
    ended = browser.post(
        reverse("admin:contracts_recurringcharge_change", args=[RecurringCharge.objects.get().pk]),
        {**price, "contract": contract.pk, "valid_from": "2026-01-01", "valid_to": "2025-12-31",
         "interval": "monthly", "timing": "advance"},
    )  # fmt: skip

    assert (RecurringCharge.objects.get().quantity, ClientCharge.objects.get().client) == (12, client)
    assert "before the first" in ended.content.decode() or ended.context["adminform"].form.errors
    assert signed_in("viewer").get(reverse("admin:contracts_clientcharge_add")).status_code == 403


def test_T_13_a_person_decides_once_about_a_month_out_of_the_ordinary():
    contract = ContractFactory.create(unlimited_tickets=True)
    review = FairUseReview.objects.create(contract=contract, month="2026-01-01", finding="120 tickets", flagged_at=NOW)
    ticket = TicketFactory.create(client=contract.client)
    Ticket.objects.filter(pk=ticket.pk).update(billing_status="held", billing_reason="fair_use_review")
    addresses = [
        reverse(f"admin:contracts_fairusereview_{verb}", args=[review.pk]) for verb in ("bill_excess", "leave_covered")
    ]
    browser, answer = signed_in("approver", username="ann"), {"confirmed": "yes", "reason": "they grew"}

    asked, clerk = browser.get(addresses[0]), signed_in("clerk").get(addresses[0])
    done, late = browser.post(addresses[0], answer), browser.post(addresses[1], answer)

    review.refresh_from_db()
    ticket.refresh_from_db()
    assert ("1 ticket waits for it." in asked.content.decode(), clerk.status_code) == (True, 403)
    assert (review.decision, review.decided_by, ticket.billing_status) == ("bill", "ann", "unbilled")
    assert "ann has decided already" in said(late)[-1]
    page = browser.get(done.headers["Location"]).content.decode()
    assert addresses[1] not in page


def test_the_lists_of_terms_and_of_what_billing_keeps_take_few_queries(django_assert_max_num_queries):
    for _ in range(5):
        ticket = closed_ticket("1.00", client=ContractFactory.create(included_tickets=5).client, status="closed")
        bill_tickets([ticket.pk], at=NOW, by="ann")
        RecurringChargeFactory.create()
        ClientChargeFactory.create()
        TimeEntryFactory.create()
        FairUseReview.objects.create(
            contract=Contract.objects.latest("pk"), month="2026-01-01", finding="x", flagged_at=NOW
        )
    browser = signed_in("viewer")
    lists = (
        "contracts_contract", "contracts_recurringcharge", "contracts_clientcharge", "contracts_fairusereview",
        "contracts_allocation", "tickets_ticketusage", "tickets_shadowbill", "tickets_manualbill", "tickets_timeentry",
    )  # fmt: skip
    for name in lists:
        with django_assert_max_num_queries(20):
            assert browser.get(reverse(f"admin:{name}_changelist")).status_code == 200, name
