"""Worked examples: unused prepaid hours roll over, the oldest are used first (T-12)."""

from __future__ import annotations

import pytest

from contracts.models import Contract
from tests.scenarios.story import moment
from tickets import billing
from tickets.balances import Balances
from tickets.models import ShadowBill, Ticket
from tickets.overrides import force_ticket
from tickets.run import BillingRun

HOUR = 3600
SPRING = "2026-04-16T09:00:00+02:00"


def prepaid(story, hours="2.00", *, rollover=1, start="2026-01-01", **terms):
    """A client who has paid for some hours a month, at 100 an hour beyond them."""
    story.client()
    return story.contract(
        included_hours=hours, rollover_months=rollover, hourly_rate="100.00", start_date=start, **terms
    )


def work(story, day, *hours):
    """A ticket that is closed on that day, with one entry a number of hours."""
    story.ticket(created_at=f"{day}T08:00:00+01:00", closed_at=f"{day}T17:00:00+01:00")
    for text in hours:
        story.entry(text, work_date=day)
    return story


def test_T_12_what_a_month_leaves_pays_for_the_next(story):
    prepaid(story)
    work(story, "2026-01-15", "0.50")
    work(story, "2026-02-12", "3.50")

    story.bill(at=SPRING)

    assert story.lines() == []
    assert story.state("t2") == ("covered", "included_hours")
    assert story.used() == {"2026-01": (0, HOUR // 2), "2026-02": (0, 3 * HOUR + HOUR // 2)}


def test_T_12_beyond_what_rolled_over_the_rest_is_billed(story):
    prepaid(story)
    work(story, "2026-01-15", "0.50")
    work(story, "2026-02-12", "4.00")

    story.bill(at=SPRING)

    assert story.lines() == ["time 0.5 @ 100 = 5000"]
    assert story.used()["2026-02"] == (0, 3 * HOUR + HOUR // 2)


@pytest.mark.parametrize(
    ("rollover", "lines"),
    [(0, ["time 4 @ 100 = 40000"]), (1, ["time 2 @ 100 = 20000"]), (2, []), ("unlimited", [])],
)
def test_T_12_hours_stay_usable_for_as_many_months_as_agreed(story, rollover, lines):
    prepaid(story, rollover=rollover)
    work(story, "2026-03-12", "6.00")

    story.bill(at=SPRING)

    assert story.lines() == lines


def test_T_12_the_oldest_hours_are_used_first(story):
    prepaid(story)
    work(story, "2026-02-12", "2.00")
    work(story, "2026-03-12", "4.00")

    story.bill(at=SPRING)

    assert story.lines() == []
    assert story.used() == {"2026-02": (0, 2 * HOUR), "2026-03": (0, 4 * HOUR)}


def test_T_12_late_work_in_an_earlier_month_uses_what_later_work_has_left(story):
    prepaid(story)
    work(story, "2026-02-12", "3.00")
    story.bill(at="2026-02-20T09:00:00+01:00")
    work(story, "2026-01-30", "2.00")

    story.bill(at=SPRING)

    assert story.lines() == ["time 1 @ 100 = 10000"]
    assert story.used() == {"2026-01": (0, HOUR), "2026-02": (0, 3 * HOUR)}


def test_T_12_an_opening_balance_has_used_its_months_hours(story):
    prepaid(story)
    story.opening(seconds=HOUR + HOUR // 2)
    work(story, "2026-02-12", "4.00")

    story.bill(at=SPRING)

    assert story.lines() == ["time 1.5 @ 100 = 15000"]


def test_T_12_only_months_in_force_grant_hours_and_those_partly_in_force_grant_them_whole(story):
    prepaid(story, rollover="unlimited", start="2026-01-31", end_date="2026-03-01")
    work(story, "2026-03-01", "7.00")

    story.bill(at=SPRING)

    assert story.lines() == ["time 1 @ 100 = 10000"]


def test_T_12_tickets_never_roll_over(story):
    story.client().contract(included_tickets=1, rollover_months=3, hourly_rate="100.00")
    work(story, "2026-02-11", "1.00")
    work(story, "2026-02-12", "1.00")

    story.bill(at=SPRING)

    assert story.lines() == ["time 1 @ 100 = 10000"]


def across_months(story):
    """Tickets whose entries lie in several months, in an order in which each sees what the others left."""
    prepaid(story, rollover=2, start="2025-12-01")
    story.ticket(closed_at="2026-03-05T17:00:00+01:00")
    story.entry("3.00", work_date="2026-03-03").entry("1.50", work_date="2026-01-20")
    for place, day in enumerate(("2026-02-12", "2026-01-30", "2026-03-10", "2026-03-11"), 6):
        story.ticket(closed_at=f"2026-03-{place:02d}T17:00:00+01:00").entry("2.00", work_date=day)
    story.import_lines()
    return list(Ticket.objects.order_by("finished_at", "id").values_list("pk", flat=True))


def outcomes(run):
    return [(result.ticket, result.outcome, result.reason, result.subtotal_cents) for result in run.results]


def test_T_12_with_rollover_too_a_batch_equals_single_runs_and_the_dry_run(story):
    keys = across_months(story)
    at = moment(SPRING)

    dry = billing.plan_tickets(keys, at=at, balances=Balances())
    balances = Balances()
    paged = [billing.plan_tickets([key], at=at, balances=balances) for key in keys]
    single = [billing.bill_tickets([key], at=at) for key in keys]

    assert outcomes(dry) == outcomes(sum(paged, BillingRun())) == outcomes(sum(single, BillingRun()))
    assert sum(seconds for _, seconds in story.used().values()) == 4 * 2 * HOUR
    assert story.subtotals() == [sum(result.subtotal_cents for result in dry.results)]


def test_T_12_with_rollover_too_the_run_equals_its_dry_run(story):
    keys = across_months(story)
    at = moment(SPRING)

    dry = billing.plan_tickets(keys, at=at, balances=Balances())
    run = billing.bill_tickets(keys, at=at)

    assert [result.charges for result in dry.results] == [result.charges for result in run.results]
    assert outcomes(dry) == outcomes(run)


def test_T_12_released_hours_can_be_used_again(story):
    prepaid(story)
    work(story, "2026-01-15", "2.00")
    work(story, "2026-02-12", "2.00")
    story.bill(at="2026-02-20T09:00:00+01:00")
    force_ticket(Ticket.objects.get(external_id="t1").pk, reason="not prepaid", by="petra", at=moment(SPRING))
    work(story, "2026-02-13", "2.00")

    story.bill(at=SPRING)

    assert story.state("t3") == ("covered", "included_hours")


def test_T_12_balances_are_read_in_one_query_for_all_contracts(story, django_assert_num_queries):
    keys = across_months(story)
    Contract.objects.create(
        external_id="other", client=Contract.objects.get().client, status="draft", start_on="2026-01-01"
    )
    at = moment(SPRING)

    with django_assert_num_queries(8):
        billing.plan_tickets(keys, at=at, balances=Balances())
    with django_assert_num_queries(8):
        billing.plan_tickets(keys[:1], at=at, balances=Balances())


@pytest.mark.parametrize("rollover", [0, 1])
def test_T_18_in_shadow_a_ticket_sees_what_the_shadow_plans_before_it_would_have_used(story, rollover):
    story.client(automation="shadow").contract(
        included_hours="2.00", rollover_months=rollover, hourly_rate="100.00", start_date="2026-02-01"
    )
    work(story, "2026-02-11", "1.50").bill(at=SPRING)
    work(story, "2026-02-12", "1.50").bill(at=SPRING)
    story.entry("0.25", work_date="2026-02-12").bill(at=SPRING)

    shadows = ShadowBill.objects.order_by("ticket_id").values_list("outcome", "amount_cents")

    assert list(shadows) == [("covered", 0), ("charge", 12500)]
    assert story.used() == {}


def test_T_18_what_a_person_billed_is_not_counted_as_a_shadow_too(story):
    story.client(automation="shadow").contract(included_hours="2.00", hourly_rate="100.00", start_date="2026-02-01")
    work(story, "2026-02-11", "1.50").bill(at=SPRING).bill_by_hand(at=SPRING)
    work(story, "2026-02-12", "1.00").bill(at=SPRING)

    assert story.used() == {"2026-02": (0, HOUR + HOUR // 2)}
    assert ShadowBill.objects.get(ticket__external_id="t2").amount_cents == 5000
