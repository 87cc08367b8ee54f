"""Which contract binds a ticket, and on which draft its lines go (T-14, T-15)."""

from __future__ import annotations

import pytest

from contracts.models import Client
from invoicing.models import Invoice
from tests.factories import NOW, configure


def test_T_14_the_ticket_s_own_contract_comes_first(story):
    story.client().contact().contract(hourly_rate="90.00").contract(hourly_rate="110.00")
    story.assignment(contract="c1").ticket(contact="ann", contract="c2").entry("1.00")

    story.bill()

    assert story.lines() == ["time 1 @ 110 = 11000"]


def test_T_14_the_contact_s_assignment_comes_before_the_client_s_contracts(story):
    story.client().contact().contract(hourly_rate="90.00").contract(hourly_rate="110.00")
    story.assignment(contract="c2").ticket(contact="ann").entry("1.00")

    story.bill()

    assert story.lines() == ["time 1 @ 110 = 11000"]


def test_T_14_the_only_contract_in_force_binds(story):
    story.client().contract(hourly_rate="90.00").contract(hourly_rate="110.00", status="suspended")
    story.contract(hourly_rate="120.00", start_date="2026-02-01").contract(hourly_rate="130.00", status="draft")
    story.ticket().entry("1.00")

    story.bill()

    assert story.lines() == ["time 1 @ 90 = 9000"]


def test_T_14_a_signed_contract_is_in_force(story):
    story.client().contract(hourly_rate="90.00", status="signed").ticket().entry("1.00")

    story.bill()

    assert story.subtotals() == [9000]


def test_T_14_without_a_contract_the_time_is_billed_at_the_client_s_rate(story):
    story.client(hourly_rate="80.00").ticket().entry("1.00")

    story.bill()

    assert story.outcomes["t1"]["strategy"] == "time_based"
    assert story.subtotals() == [8000]


@pytest.mark.parametrize("assigned", [False, True])
def test_T_14_several_contracts_hold_the_ticket(story, assigned):
    story.client().contact().contract().contract().ticket(contact="ann").entry("1.00")
    if assigned:
        story.assignment(contract="c1").assignment(contract="c2")

    story.bill()

    assert story.state() == ("held", "several_contracts")


def test_T_14_an_assignment_that_has_ended_does_not_bind(story):
    story.client().contact().contract(hourly_rate="90.00").assignment(hourly_rate="95.00", end_date="2026-01-14")
    story.ticket(contact="ann").entry("1.00")

    story.bill()

    assert story.subtotals() == [9000]


def test_T_14_the_last_day_of_a_contract_belongs_to_it_even_when_billed_later(story):
    story.client(hourly_rate="80.00").contract(hourly_rate="90.00", end_date="2026-01-31")
    story.ticket(closed_at="2026-01-31T17:00:00+01:00").entry("1.00", work_date="2026-01-31")

    story.bill(at="2026-02-01T09:00:00+01:00")

    assert story.lines() == ["time 1 @ 90 = 9000"]


def test_T_14_a_contract_that_expires_in_mid_ticket_prices_the_work_of_its_days(story):
    story.client(hourly_rate="80.00").contract(hourly_rate="90.00", end_date="2026-01-14")
    story.ticket().entry("1.00", work_date="2026-01-14").entry("1.00", work_date="2026-01-15")

    story.bill()

    assert story.lines() == ["time 1 @ 90 = 9000", "time 1 @ 80 = 8000"]
    assert story.subtotals() == [17000]


def test_T_14_the_fee_follows_the_day_of_the_closing(story):
    story.client(hourly_rate="80.00").contract(per_ticket_rate="50.00", hourly_rate="90.00", end_date="2026-01-14")
    story.contract(per_ticket_rate="60.00", hourly_rate="100.00", start_date="2026-01-15")
    story.ticket().entry("1.00", work_date="2026-01-14")

    story.bill()

    assert story.lines() == ["time 1 @ 90 = 9000", "ticket_fee 1 @ 60 = 6000"]


def test_T_14_minimum_and_rounding_are_per_contract(story):
    story.client().contract(hourly_rate="90.00", end_date="2026-01-14")
    story.contract(hourly_rate="100.00", start_date="2026-01-15")
    story.ticket().entry("0.05", work_date="2026-01-14").entry("0.05")

    story.bill()

    assert story.lines() == ["time 0.25 @ 90 = 2250", "time 0.25 @ 100 = 2500"]


def test_T_15_two_tickets_of_one_client_share_a_draft(story):
    story.client(hourly_rate="100.00").ticket().entry("2.50").ticket().entry("0.50")

    story.bill()

    assert story.lines() == ["time 2.5 @ 100 = 25000", "time 0.5 @ 100 = 5000"]
    assert story.subtotals() == [30000]


def test_T_15_the_month_of_the_run_in_the_zone_of_the_client_names_the_draft(story):
    story.client().client(id="far", timezone="America/New_York")
    story.ticket().entry("1.00").ticket(client="far").entry("1.00")

    story.bill(at="2026-02-01T00:30:00+01:00")

    drafts = Invoice.objects.values_list("client__external_id", "collects", "period_start", "period_end")
    assert {(client, month, f"{start}", f"{end}") for client, month, start, end in drafts} == {
        ("acme", "2026-02", "2026-02-01", "2026-03-01"),
        ("far", "2026-01", "2026-01-01", "2026-02-01"),
    }


def test_T_15_the_next_month_has_a_draft_of_its_own(story):
    story.client().ticket().entry("1.00").bill()

    story.ticket().entry("1.00").bill(at="2026-02-02T09:00:00+01:00")

    assert story.subtotals() == [8000, 8000]


@pytest.mark.parametrize("of_contract", [True, False])
def test_T_15_per_ticket_opens_a_draft_for_each_ticket(story, settings, of_contract):
    configure(settings, group_by_client=of_contract)
    story.client().contract(**({"grouping": "per_ticket"} if of_contract else {}))
    story.ticket().entry("1.00").ticket().entry("2.00")

    story.bill()

    assert story.subtotals() == [8000, 16000]


def test_T_15_a_draft_made_by_a_person_is_never_extended(story):
    story.client().import_lines()
    by_hand = Invoice.objects.create(client=Client.objects.get(), currency="EUR", created_at=NOW, collects="")

    story.ticket().entry("1.00").bill()

    by_hand.refresh_from_db()
    assert by_hand.line_count == 0
    assert story.subtotals() == [0, 8000]
