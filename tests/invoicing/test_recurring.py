"""Recurring and single charges: what is billed, when, onto which draft, and what is not (T-26)."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Client
from invoicing.locks import AlreadyRunning
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine
from invoicing.recurring import MonthNotBegun, bill_recurring, plan_recurring, unbilled_charges
from invoicing.switches import AutomationOff, BillingDisabled, stop_automation
from rating.period import BillingPeriod
from rating.recompute import recompute
from tests.factories import (
    NOW,
    ClientChargeFactory,
    ClientFactory,
    ContractFactory,
    RecurringChargeFactory,
    closed_ticket,
    configure,
)
from tickets.billing import bill_tickets

pytestmark = pytest.mark.django_db

FEBRUARY = datetime(2026, 2, 1, 3, 10, tzinfo=UTC)


def flat(pages):
    return [plan for page in pages for plan in page]


def bill(at=NOW, **facts):
    return flat(bill_recurring(at=at, **facts))


def lines():
    found = InvoiceLine.objects.order_by("invoice_id", "position")
    return [f"{line.kind}: {line.description} = {line.amount_cents}" for line in found]


def reasons(plans):
    return [(plan.reference, plan.period, plan.outcome, plan.reason) for plan in plans]


def month(label):
    return BillingPeriod.from_label(label, "Europe/Berlin")


@pytest.fixture
def acme():
    return ClientFactory.create(external_id="acme")


@pytest.fixture
def contract(acme):
    return ContractFactory.create(client=acme, external_id="c1")


def test_T_26_a_month_in_advance_goes_on_the_client_s_draft_with_its_claim_and_its_reason(contract):
    charge = RecurringChargeFactory.create(contract=contract, external_id="m1")

    (plan,) = bill(by="petra")

    draft = Invoice.objects.get()
    line = draft.lines.get()
    assert (plan.outcome, plan.amount_cents, plan.currency, plan.invoice) == ("charge", 22800, "EUR", draft.external_id)
    assert (draft.collects, draft.period_start, draft.subtotal_cents) == ("2026-01", date(2026, 1, 1), 22800)
    assert lines() == ["recurring: Managed seat, 01.01.2026 bis 31.01.2026 = 22800"]
    assert (line.quantity, line.unit_price, line.goods, line.item_tax_rate) == (Decimal(12), Decimal(19), False, None)
    claim = Claim.objects.get()
    assert (claim.kind, claim.source_id, claim.part, claim.line) == ("recurring", charge.pk, "2026-01-01", line)
    assert (claim.quantity, claim.amount_cents) == (Decimal(12), 22800)
    assert recompute(line.explanation) == 22800
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_kind, entry.subject_id, entry.by) == (
        "charge.billed", "recurringcharge", charge.pk, "petra",
    )  # fmt: skip
    assert entry.data == {"draft": draft.pk, "amount_cents": 22800, "period": "2026-01-01"}


def test_T_26_a_second_run_bills_nothing_and_the_next_month_bills_the_next_period(contract):
    RecurringChargeFactory.create(contract=contract)
    ClientChargeFactory.create(client=contract.client)
    bill()

    again, next_month = bill(), bill(FEBRUARY)

    assert again == []
    assert [(plan.kind, plan.period) for plan in next_month] == [("recurring", "2026-02-01")]
    assert list(Invoice.objects.order_by("pk").values_list("collects", "subtotal_cents")) == [
        ("2026-01", 23800), ("2026-02", 22800),
    ]  # fmt: skip


def test_T_26_tickets_and_charges_share_the_draft_of_the_month(contract):
    ticket = closed_ticket("1.00", client=contract.client)
    bill_tickets([ticket.pk], at=NOW)
    RecurringChargeFactory.create(contract=contract)

    bill()

    assert Invoice.objects.get().subtotal_cents == 8000 + 22800


def test_T_26_arrears_go_on_the_draft_of_the_month_after_them(contract):
    RecurringChargeFactory.create(contract=contract, timing="arrears")

    before, after = bill(datetime(2026, 1, 31, 22, 59, tzinfo=UTC)), bill(datetime(2026, 1, 31, 23, 0, tzinfo=UTC))

    assert before == []
    assert [plan.period for plan in after] == ["2026-01-01"]
    assert Invoice.objects.get().collects == "2026-02"


def test_T_26_days_are_those_of_the_client_s_zone(contract):
    Client.objects.update(timezone="America/New_York")
    RecurringChargeFactory.create(contract=contract, timing="arrears")

    assert bill(FEBRUARY) == []
    assert len(bill(datetime(2026, 2, 1, 5, tzinfo=UTC))) == 1


def test_T_26_what_was_missed_is_caught_up_with_period_by_period(contract):
    RecurringChargeFactory.create(contract=contract, interval="quarterly")

    plans = bill(datetime(2026, 8, 1, 9, tzinfo=UTC))

    assert [plan.period for plan in plans] == ["2026-01-01", "2026-04-01", "2026-07-01"]
    assert Invoice.objects.get().collects == "2026-08"


def test_T_26_only_days_in_force_are_charged_where_the_charge_is_prorated(contract):
    contract.end_on = date(2026, 2, 14)
    contract.save()
    RecurringChargeFactory.create(
        contract=contract, prorate=True, valid_from=date(2026, 1, 16), valid_to=date(2026, 3, 31)
    )

    plans = bill(FEBRUARY)

    assert [plan.amount_cents for plan in plans] == [11768, 11400]
    assert lines()[1] == "recurring: Managed seat, 01.02.2026 bis 14.02.2026 (14 von 28 Tagen, 12 × 19,00) = 11400"


def test_T_26_a_charge_and_its_successor_share_the_month_exactly(contract):
    for first, last in ((1, 10), (11, 20), (21, 31)):
        RecurringChargeFactory.create(
            contract=contract, prorate=True, quantity=1, unit_price=Decimal("0.33"), valid_from=date(2026, 1, first),
            valid_to=date(2026, 1, last),
        )  # fmt: skip

    plans = bill()

    assert [plan.amount_cents for plan in plans] == [11, 10, 12]
    assert Invoice.objects.get().subtotal_cents == 33


def test_T_26_a_charge_without_a_price_is_settled_without_a_line(contract):
    RecurringChargeFactory.create(contract=contract, unit_price=0)

    (plan,) = bill()

    assert (plan.outcome, plan.reason) == ("free", "zero_amount")
    assert bill() == []
    assert (Claim.objects.get().outcome, Invoice.objects.count()) == ("free", 0)


def test_T_26_the_plan_equals_the_run_and_writes_nothing(contract):
    RecurringChargeFactory.create(contract=contract, timing="arrears")
    RecurringChargeFactory.create(contract=contract, prorate=True, valid_from=date(2026, 1, 10))
    ClientChargeFactory.create(client=contract.client)

    planned = flat(plan_recurring(at=FEBRUARY))
    untouched = (Invoice.objects.count(), Claim.objects.count())
    done = bill(FEBRUARY)

    assert untouched == (0, 0)
    assert [plan.as_dict() for plan in planned] == [plan.as_dict() | {"invoice": None} for plan in done]
    assert len(done) == 4


def test_a_single_charge_is_billed_once_from_its_day_on_with_its_own_tax_rate(acme):
    charge = ClientChargeFactory.create(client=acme, charged_on=date(2026, 1, 16), tax_rate=7, goods=True)

    before = bill(datetime(2026, 1, 15, 22, tzinfo=UTC))
    (plan,) = bill(datetime(2026, 1, 15, 23, tzinfo=UTC))

    line = InvoiceLine.objects.get()
    assert before == []
    assert (plan.kind, plan.due_on) == ("charge", date(2026, 1, 16))
    assert (line.kind, line.description, line.amount_cents) == ("charge", "Rack", 1000)
    assert (line.item_tax_rate, line.goods) == (Decimal(7), True)
    claim = Claim.objects.get()
    assert (claim.kind, claim.source_id, claim.part) == ("charge", charge.pk, "")


@pytest.mark.parametrize("mode", ["off", "shadow", ""])
def test_T_18_automation_leaves_clients_alone_that_are_not_enrolled(acme, contract, mode):
    Client.objects.update(automation=mode)
    RecurringChargeFactory.create(contract=contract, external_id="m1")
    ClientChargeFactory.create(client=acme, external_id="z1")

    assert bill() == []
    assert reasons(flat(unbilled_charges(at=NOW))) == [
        ("m1", "2026-01-01", "skip", "client_not_enrolled"), ("z1", "", "skip", "client_not_enrolled"),
    ]  # fmt: skip
    assert [plan.outcome for plan in bill(client=acme)] == ["charge", "charge"]


def test_T_18_with_a_flag_on_clients_without_an_own_value_are_billed(contract, settings):
    configure(settings, auto_bill_on_close=True)
    Client.objects.update(automation="")
    RecurringChargeFactory.create(contract=contract)

    assert len(bill()) == 1


def test_T_18_what_was_due_before_the_enrolment_is_billed_by_hand_alone(acme, contract):
    Client.objects.update(automation_from=datetime(2026, 1, 31, 23, tzinfo=UTC))
    RecurringChargeFactory.create(contract=contract, external_id="m1")
    ClientChargeFactory.create(client=acme, external_id="z1")

    assert reasons(bill(FEBRUARY)) == [
        ("m1", "2026-01-01", "skip", "due_before_enrolment"), ("m1", "2026-02-01", "charge", ""),
        ("z1", "", "skip", "due_before_enrolment"),
    ]  # fmt: skip
    assert [plan.outcome for plan in bill(FEBRUARY, client=acme)] == ["charge", "charge"]


def test_T_14_nothing_recurs_under_a_contract_that_is_not_in_force(acme, contract):
    contract.status = "suspended"
    contract.save()
    RecurringChargeFactory.create(contract=contract, external_id="m1")

    assert bill() == []
    assert reasons(bill(client=acme)) == [("m1", "2026-01-01", "skip", "contract_not_in_force")]


def test_nothing_recurs_for_an_inactive_client_unless_a_person_wants_it(acme, contract):
    Client.objects.update(active=False)
    RecurringChargeFactory.create(contract=contract, external_id="m1")
    ClientChargeFactory.create(client=acme, external_id="z1")

    assert reasons(flat(unbilled_charges(at=NOW))) == [
        ("m1", "2026-01-01", "skip", "client_inactive"), ("z1", "", "charge", ""),
    ]  # fmt: skip
    assert [plan.reference for plan in bill()] == ["z1"]
    assert [plan.reference for plan in bill(client=acme)] == ["m1"]


def test_a_charge_to_a_managed_company_waits_for_the_aggregate_of_its_partner(acme):
    partner = ClientFactory.create(is_partner=True)
    Client.objects.filter(pk=acme.pk).update(
        managed_by=partner, managed_from=date(2026, 1, 1), managed_until=date(2026, 1, 31)
    )
    ClientChargeFactory.create(client=acme, external_id="before", charged_on=date(2025, 12, 31))
    ClientChargeFactory.create(client=acme, external_id="within", charged_on=date(2026, 1, 31))
    ClientChargeFactory.create(client=acme, external_id="after", charged_on=date(2026, 2, 1))

    plans = bill(FEBRUARY)

    assert reasons(plans) == [
        ("before", "", "charge", ""), ("within", "", "skip", "managed_by_partner"), ("after", "", "charge", ""),
    ]  # fmt: skip
    assert reasons(bill(FEBRUARY, client=acme)) == [("within", "", "skip", "managed_by_partner")]


def test_only_what_becomes_due_in_the_month_that_is_asked_for(acme, contract):
    RecurringChargeFactory.create(contract=contract)
    ClientChargeFactory.create(client=acme, charged_on=date(2026, 1, 15))

    plans = bill(datetime(2026, 3, 2, tzinfo=UTC), month=month("2026-02"))

    assert [(plan.kind, plan.period) for plan in plans] == [("recurring", "2026-02-01")]
    assert Invoice.objects.get().collects == "2026-03"


def test_a_month_to_come_can_be_planned_and_not_billed(acme, contract):
    RecurringChargeFactory.create(contract=contract)
    ClientChargeFactory.create(client=acme, charged_on=date(2026, 2, 20))

    planned = flat(plan_recurring(at=NOW, client=acme, month=month("2026-02")))

    assert [(plan.kind, plan.due_on.day) for plan in planned] == [("recurring", 1), ("charge", 20)]
    with pytest.raises(MonthNotBegun, match="2026-02 has not begun"):
        bill(client=acme, month=month("2026-02"))


def test_T_01_the_kill_switch_stops_automation_and_not_a_person(acme, contract):
    RecurringChargeFactory.create(contract=contract)
    stop_automation(reason="wrong prices", by="anna", at=NOW)

    with pytest.raises(AutomationOff):
        bill()
    with pytest.raises(AutomationOff):
        flat(plan_recurring(at=NOW))
    assert len(flat(unbilled_charges(at=NOW))) == 1
    assert len(bill(client=acme)) == 1


def test_T_01_the_kill_switch_stops_a_run_between_its_pages(acme, contract, monkeypatch):
    monkeypatch.setattr("invoicing.charges.selection.PAGE", 1)
    RecurringChargeFactory.create_batch(2, contract=contract)
    pages = bill_recurring(at=NOW)
    next(pages)
    stop_automation(reason="wrong prices", by="anna", at=NOW)

    with pytest.raises(AutomationOff):
        next(pages)
    assert InvoiceLine.objects.count() == 1


def test_T_01_the_master_switch_stops_everybody(acme, contract, settings):
    configure(settings, ticket_billing_enabled=False)
    RecurringChargeFactory.create(contract=contract)

    for wanted in ({}, {"client": acme}):
        with pytest.raises(BillingDisabled):
            bill(**wanted)
    assert Claim.objects.count() == 0


def test_P2_one_charge_that_fails_keeps_none_of_the_others_from_being_billed(contract):
    charges = RecurringChargeFactory.create_batch(7, contract=contract)
    too_much = charges[3]
    type(too_much).objects.filter(pk=too_much.pk).update(
        quantity=Decimal("99999999.9999"), unit_price=Decimal("9999999999.9999")
    )

    plans = bill()

    assert [plan.outcome for plan in plans].count("charge") == 6
    (failed,) = [plan for plan in plans if plan.outcome == "failed"]
    assert (failed.reference, failed.client) == (too_much.external_id, "acme")
    assert "out of range" in failed.error
    assert Claim.objects.count() == 6


def test_only_one_full_run_goes_on_at_a_time(contract, monkeypatch):
    @contextmanager
    def taken(name):
        yield False

    monkeypatch.setattr("invoicing.recurring.only_one", taken)
    RecurringChargeFactory.create(contract=contract)

    with pytest.raises(AlreadyRunning):
        bill()
    assert len(bill(client=contract.client)) == 1


def test_G_17_the_number_of_queries_does_not_depend_on_the_number_of_charges(contract):
    def queries(count):
        RecurringChargeFactory.create_batch(count, contract=contract)
        ClientChargeFactory.create_batch(count, client=contract.client)
        with CaptureQueriesContext(connection) as seen:
            bill()
        return len(seen)

    queries(1)
    few = queries(2)

    assert queries(40) == few
