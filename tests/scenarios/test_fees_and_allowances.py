"""Worked examples: fees, time and fee together, and what contracts have already paid for (T-10 to T-12)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scenarios.story import moment
from tickets import billing
from tickets.balances import Balances
from tickets.models import Ticket, TicketUsage
from tickets.run import BillingRun


def test_T_10_a_fee_is_one_line_of_one(story):
    story.client().contract(strategy="per_ticket", per_ticket_rate="50.00").ticket().entry("3.00")

    story.bill()

    assert story.lines() == ["ticket_fee 1 @ 50 = 5000"]


def test_T_10_three_tickets_are_three_lines(story):
    story.client().contract(strategy="per_ticket", per_ticket_rate="50.00").ticket().ticket().ticket()

    story.bill()

    assert story.lines() == ["ticket_fee 1 @ 50 = 5000"] * 3
    assert story.subtotals() == [15000]


@pytest.mark.parametrize("fee", [{"per_ticket_rate": "0"}, {}])
def test_T_10_a_fee_of_nothing_or_not_set_alone_is_skipped(story, fee):
    story.client().contract(strategy="per_ticket", **fee).ticket()

    story.bill()

    assert story.state() == ("skipped", "nothing_to_bill")


def test_T_10_the_assignment_of_the_contact_may_name_another_fee(story):
    story.client().contact().contract(per_ticket_rate="50.00").assignment(per_ticket_rate="35.00")
    story.ticket(contact="ann").ticket()

    story.bill()

    assert story.lines() == ["ticket_fee 1 @ 35 = 3500", "ticket_fee 1 @ 50 = 5000"]


def test_T_11_time_and_fee_are_both_billed(story):
    story.client(hourly_rate="100.00").contract(per_ticket_rate="50.00").ticket().entry("2.50")

    story.bill()

    assert story.lines() == ["time 2.5 @ 100 = 25000", "ticket_fee 1 @ 50 = 5000"]
    assert story.subtotals() == [30000]


def test_T_12_the_fifth_ticket_is_covered_and_the_sixth_is_billed(story):
    story.client().contract(included_tickets=5, per_ticket_rate="50.00")
    story.opening(tickets=4).ticket().ticket()

    story.bill()

    assert story.state("t1") == ("covered", "included_ticket")
    assert story.state("t2") == ("billed", "")
    assert story.lines() == ["ticket_fee 1 @ 50 = 5000"]
    assert story.used() == {"2026-01": (5, 0)}


def test_T_12_prepaid_hours_pay_for_a_part_of_a_ticket(story):
    story.client().contract(included_hours="20.00", hourly_rate="100.00")
    story.opening(seconds=66600).ticket().entry("3.00")

    story.bill()

    assert story.lines() == ["time 1.5 @ 100 = 15000"]
    assert story.used() == {"2026-01": (0, 20 * 3600)}


def test_T_12_covered_hours_come_off_before_minimum_and_rounding(story):
    story.client().contract(included_hours="1.00", hourly_rate="100.00").ticket().entry("1.05")

    story.bill()

    assert story.lines() == ["time 0.25 @ 100 = 2500"]


def test_T_12_a_ticket_that_is_wholly_covered_leaves_what_is_due(story):
    story.client().contract(included_hours="20.00", hourly_rate="100.00").ticket().entry("3.00")
    story.bill()

    story.bill(at="2026-01-17T09:00:00+01:00")

    assert story.state() == ("covered", "included_hours")
    assert story.outcomes == {}
    assert story.used() == {"2026-01": (0, 3 * 3600)}


def test_T_12_hours_count_in_the_month_of_the_work_and_tickets_in_that_of_the_closing(story):
    story.client().contract(included_hours="1.00", hourly_rate="100.00", start_date="2025-12-01")
    story.ticket(created_at="2025-12-30T09:00:00+01:00").entry("1.00", work_date="2025-12-31").entry("1.00")
    story.client(id="beta").contract(client="beta", included_tickets=1, start_date="2025-12-01")
    story.ticket(client="beta", created_at="2025-12-30T09:00:00+01:00").entry("1.00", work_date="2025-12-31")

    story.bill()

    assert story.used("c1") == {"2025-12": (0, 3600), "2026-01": (0, 3600)}
    assert story.used("c2") == {"2026-01": (1, 0)}


def test_T_12_entries_are_covered_in_the_order_of_the_work(story):
    story.client().contract(included_hours="1.00", hourly_rate="100.00").ticket()
    story.entry("1.00", hourly_rate="200.00").entry("1.00", work_date="2026-01-14")

    story.bill()

    assert story.lines() == ["time 1 @ 200 = 20000"]


def test_T_12_an_included_ticket_covers_time_and_fee_but_no_expense(story):
    story.client().contract(included_tickets=1, per_ticket_rate="50.00").ticket().entry("1.00").expense("79.90")

    story.bill()

    assert story.lines() == ["expense 1 @ 79.9 = 7990"]
    assert story.used() == {"2026-01": (1, 0)}


def test_T_12_included_hours_cover_time_alone(story):
    story.client().contract(included_hours="5.00", per_ticket_rate="50.00").ticket().entry("1.00")

    story.bill()

    assert story.lines() == ["ticket_fee 1 @ 50 = 5000"]
    assert story.used() == {"2026-01": (0, 3600)}


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        ({"included_tickets": None}, ["time 1 @ 80 = 8000"]),
        ({"included_tickets": 0}, ["time 1 @ 80 = 8000"]),
        ({"included_tickets": "unlimited"}, []),
        ({"included_hours": None}, ["time 1 @ 80 = 8000"]),
        ({"included_hours": "0"}, ["time 1 @ 80 = 8000"]),
        ({"included_hours": "unlimited"}, []),
    ],
)
def test_T_12_no_allowance_an_allowance_of_nothing_and_unlimited_are_three_things(story, terms, lines):
    story.client().contract(**terms).ticket().entry("1.00")

    story.bill()

    assert story.lines() == lines
    assert story.state() == (("billed", "") if lines else ("covered", "unlimited_plan"))


def test_T_12_included_tickets_are_used_before_included_hours(story):
    story.client().contract(included_tickets=1, included_hours="1.00", hourly_rate="100.00")
    story.ticket().entry("1.00").ticket().entry("1.50")

    story.bill()

    assert story.lines() == ["time 0.5 @ 100 = 5000"]
    assert story.used() == {"2026-01": (1, 3600)}


def many(story):
    """Six tickets that share an allowance of three hours, closed one after the other."""
    story.client().contract(included_hours="3.00", hourly_rate="100.00", per_ticket_rate="10.00")
    for number in range(1, 7):
        story.ticket(closed_at=f"2026-01-15T1{number}:00:00+01:00").entry("0.80").expense("1.00")
    return (
        list(Ticket.objects.order_by("finished_at", "id").values_list("pk", flat=True)) if story.import_lines() else []
    )


def outcomes(run):
    return [(result.ticket, result.outcome, result.reason, result.subtotal_cents) for result in run.results]


def test_T_12_a_batch_of_many_equals_single_runs_and_the_dry_run(story):
    keys = many(story)
    at = moment("2026-01-16T09:00:00+01:00")

    dry = billing.plan_tickets(keys, at=at, balances=Balances())
    balances = Balances()
    paged = [billing.plan_tickets(keys[place : place + 2], at=at, balances=balances) for place in (0, 2, 4)]
    single = [billing.bill_tickets([key], at=at) for key in keys]

    assert outcomes(dry) == outcomes(sum(paged, BillingRun())) == outcomes(sum(single, BillingRun()))
    assert story.used() == {"2026-01": (0, 3 * 3600)}
    assert story.subtotals() == [sum(result.subtotal_cents for result in dry.results)]


def test_T_12_a_batch_equals_its_dry_run_line_by_line(story):
    keys = many(story)
    at = moment("2026-01-16T09:00:00+01:00")

    dry = billing.plan_tickets(keys, at=at, balances=Balances())
    run = billing.bill_tickets(keys, at=at)

    assert [result.charges for result in dry.results] == [result.charges for result in run.results]
    assert outcomes(dry) == outcomes(run)
    assert len(story.lines()) == sum(len(result.charges) for result in run.results)


def test_T_12_each_ticket_is_recorded_once_as_a_use_of_its_contract(story):
    story.client().contact().contract().contract(start_date="2026-02-01", status="draft").assignment()
    story.ticket(contact="ann").entry("1.00").ticket(created_at="2026-01-02T09:00:00+01:00").bill()

    story.bill_by_hand("t1").bill_by_hand("t2")

    used = TicketUsage.objects.order_by("ticket__external_id").values_list(
        "ticket__external_id", "contract__external_id", "assignment__external_id", "month"
    )
    assert list(used) == [("t1", "c1", "a1", date(2026, 1, 1)), ("t2", "c1", None, date(2026, 1, 1))]
