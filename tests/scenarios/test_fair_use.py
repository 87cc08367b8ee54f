"""Worked examples: fair use of unlimited plans (T-13)."""

from __future__ import annotations

import pytest

from contracts.models import Allocation, Contract, FairUseReview
from invoicing.models import AuditEntry
from invoicing.transitions import InvalidTransition
from tests.factories import configure
from tests.scenarios.story import moment
from tickets import billing
from tickets.balances import Balances
from tickets.fair_use import decide_fair_use
from tickets.models import Ticket
from tickets.run import BillingRun

HOUR = 3600
MAY = "2026-05-02T09:00:00+02:00"
COVERED = ("covered", "unlimited_plan")
WAITS = ("held", "fair_use_review")


def unlimited(story, what, *, fair_use=None, **terms):
    """A client whose plan is unlimited in hours or tickets, at 100 an hour beyond fair use."""
    story.client()
    limits = {} if fair_use is None else {"fair_use": fair_use}
    return story.contract(**{what: "unlimited"}, hourly_rate="100.00", start_date="2026-01-01", **limits, **terms)


def in_month(story, month, count, *hours):
    """So many tickets that are opened and closed in that month, one after the other, each with these entries."""
    for place in range(count):
        story.ticket(created_at=f"{month}-10T08:{place:02d}:00+02:00", closed_at=f"{month}-10T17:{place:02d}:00+02:00")
        for text in hours:
            story.entry(text, work_date=f"{month}-10")
    return story


def reviews():
    return list(FairUseReview.objects.order_by("month").values_list("month", "finding", "decision"))


def flagged():
    return [(f"{month:%Y-%m}", finding) for month, finding, _ in reviews()]


def states(story, *tickets):
    return [story.state(ticket) for ticket in tickets]


def decide(decision, *, at=MAY):
    return decide_fair_use(FairUseReview.objects.get().pk, decision, reason="talked to them", by="petra", at=moment(at))


def test_T_13_above_the_soft_limit_the_month_is_flagged_once_and_nothing_else_happens(story):
    unlimited(story, "included_tickets", fair_use={"soft_tickets": 2})
    in_month(story, "2026-04", 2, "1.00").bill(at=MAY)
    assert flagged() == []

    in_month(story, "2026-04", 1, "1.00").bill(at=MAY)
    in_month(story, "2026-04", 1, "1.00").bill(at=MAY)

    assert flagged() == [("2026-04", "tickets above 2")]
    assert states(story, "t1", "t2", "t3", "t4") == [COVERED] * 4


def test_T_13_hours_above_the_soft_limit_are_flagged_too(story):
    unlimited(story, "included_hours", fair_use={"soft_hours": "2.5"})
    in_month(story, "2026-04", 2, "1.25").bill(at=MAY)
    assert flagged() == []

    in_month(story, "2026-04", 1, "0.25").bill(at=MAY)

    assert flagged() == [("2026-04", "hours above 2.50")]
    assert story.lines() == []


def test_T_13_tickets_above_the_hard_limit_are_billed(story):
    unlimited(story, "included_tickets", fair_use={"hard_tickets": 2})

    in_month(story, "2026-04", 3, "1.00").bill(at=MAY)

    assert states(story, "t1", "t2", "t3") == [COVERED, COVERED, ("billed", "")]
    assert story.lines() == ["time 1 @ 100 = 10000"]


def test_T_13_the_excess_of_tickets_does_not_depend_on_the_order_of_billing(story):
    unlimited(story, "included_tickets", fair_use={"hard_tickets": 2})
    in_month(story, "2026-04", 3, "1.00").import_lines()
    Ticket.objects.filter(external_id="t1").update(closed_at=moment("2026-04-30T09:00:00+02:00"))

    story.bill(at="2026-04-29T09:00:00+02:00").bill(at=MAY)

    assert states(story, "t1", "t2", "t3") == [("billed", ""), COVERED, COVERED]


def test_T_13_with_unlimited_tickets_and_hours_a_ticket_beyond_the_limit_is_billed_all_the_same(story):
    unlimited(story, "included_tickets", included_hours="unlimited", fair_use={"hard_tickets": 1})

    in_month(story, "2026-04", 2, "1.00").bill(at=MAY)

    assert story.lines() == ["time 1 @ 100 = 10000"]


def test_T_13_hours_above_the_hard_limit_are_billed(story):
    unlimited(story, "included_hours", fair_use={"hard_hours": "2.5"})

    in_month(story, "2026-04", 3, "1.00").bill(at=MAY)

    assert story.lines() == ["time 0.5 @ 100 = 5000"]
    assert story.used() == {"2026-04": (0, 2 * HOUR + HOUR // 2)}


def test_T_13_without_own_limits_those_of_the_settings_count(story, settings):
    fair = type(settings.BILLING.fair_use)
    configure(settings, fair_use=fair(soft_tickets=1, hard_tickets=2, soft_seconds=0, hard_seconds=0))
    unlimited(story, "included_tickets")

    in_month(story, "2026-04", 3, "1.00").bill(at=MAY)

    assert flagged() == [("2026-04", "tickets above 1")]
    assert story.lines() == ["time 1 @ 100 = 10000"]


def usual(story, what, count=2, *hours):
    """Three months of usual use before April."""
    unlimited(story, what)
    for month in ("2026-01", "2026-02", "2026-03"):
        in_month(story, month, count, *(hours or ("1.00",)))
    return story.bill(at="2026-04-01T09:00:00+02:00")


def test_T_13_more_than_twice_the_usual_tickets_are_flagged_and_covered(story):
    usual(story, "included_tickets")

    in_month(story, "2026-04", 5, "1.00").bill(at=MAY)

    assert flagged() == [("2026-04", "tickets above 2 times the usual 2")]
    assert story.lines() == []


def test_T_13_tickets_beyond_three_times_the_usual_wait_for_a_person(story):
    usual(story, "included_tickets")

    in_month(story, "2026-04", 8, "1.00").bill(at=MAY)

    assert states(story, "t12", "t13", "t14") == [COVERED, WAITS, WAITS]
    assert reviews()[0][1:] == ("tickets above 3 times the usual 2", "pending")
    assert Ticket.objects.get(external_id="t13").billing_detail == ("c1 in 2026-04: tickets above 3 times the usual 2")


@pytest.mark.parametrize(
    ("decision", "state", "lines"),
    [("bill", ("billed", ""), ["time 1 @ 100 = 10000"] * 2), ("cover", COVERED, [])],
)
def test_T_13_a_person_decides_whether_the_excess_is_billed_or_covered(story, decision, state, lines):
    usual(story, "included_tickets")
    in_month(story, "2026-04", 8, "1.00").bill(at=MAY)

    review = decide(decision)
    story.bill(at=MAY)

    assert states(story, "t12", "t13", "t14") == [COVERED, state, state]
    assert story.lines() == lines
    assert (review.decision, review.decided_by) == (decision, "petra")


@pytest.mark.parametrize(
    ("decision", "lines"), [("bill", ["time 0.5 @ 100 = 5000", "time 1 @ 100 = 10000"]), ("cover", [])]
)
def test_T_13_hours_beyond_three_times_the_usual_wait_for_a_person(story, decision, lines):
    usual(story, "included_hours", 1)
    in_month(story, "2026-04", 1, "2.50")
    in_month(story, "2026-04", 2, "1.00").bill(at=MAY)
    assert states(story, "t4", "t5", "t6") == [COVERED, WAITS, WAITS]
    assert flagged() == [("2026-04", "hours above 2 times the usual 1; hours above 3 times the usual 1")]

    decide(decision)
    story.bill(at=MAY)

    assert story.lines() == lines


def test_T_13_a_decision_counts_for_its_month_alone_and_is_in_the_audit_trail(story):
    usual(story, "included_tickets", 1)
    in_month(story, "2026-04", 4, "1.00").bill(at=MAY)
    decide("cover")
    in_month(story, "2026-05", 7, "1.00").bill(at="2026-06-01T09:00:00+02:00")

    entry = AuditEntry.objects.get(action="fair_use.decided")

    assert states(story, "t7", "t13", "t14") == [COVERED, COVERED, WAITS]
    assert (entry.by, entry.reason, entry.subject_kind) == ("petra", "talked to them", "fairusereview")
    assert entry.data == {
        "decision": "cover", "month": "2026-04", "tickets": 1,
        "finding": "tickets above 3 times the usual 1",
    }  # fmt: skip


def test_T_13_a_decision_is_made_once_with_a_reason(story):
    unlimited(story, "included_tickets", fair_use={"soft_tickets": 0})
    in_month(story, "2026-04", 1, "1.00").bill(at=MAY)
    review = FairUseReview.objects.get().pk

    with pytest.raises(ValueError, match="not 'maybe'"):
        decide_fair_use(review, "maybe", reason="why not", by="petra", at=moment(MAY))
    with pytest.raises(ValueError, match="say why"):
        decide_fair_use(review, "bill", reason=" ", by="petra", at=moment(MAY))
    decide("bill")

    with pytest.raises(InvalidTransition, match="petra has decided already: bill the excess"):
        decide("cover")
    assert FairUseReview.objects.get().decision == "bill"


def test_T_13_once_a_person_has_decided_the_month_is_not_flagged_again(story):
    unlimited(story, "included_tickets", fair_use={"soft_tickets": 0})
    in_month(story, "2026-04", 1, "1.00").bill(at=MAY)
    decide("cover")
    Contract.objects.update(fair_use={"soft_tickets": 1})

    in_month(story, "2026-04", 1, "1.00").bill(at=MAY)

    assert reviews()[0][1:] == ("tickets above 0", "cover")


def test_T_13_a_contract_without_three_months_of_use_has_its_fixed_limits_alone(story):
    unlimited(story, "included_tickets")
    in_month(story, "2026-02", 1, "1.00")
    in_month(story, "2026-03", 1, "1.00")
    in_month(story, "2026-04", 9, "1.00")

    story.bill(at=MAY)

    assert flagged() == []
    assert story.lines() == []


def test_T_13_an_opening_balance_of_hours_counts_as_use(story):
    unlimited(story, "included_hours", fair_use={"hard_hours": "5"})
    story.opening(seconds=4 * HOUR, month="2026-04-01")

    in_month(story, "2026-04", 1, "2.00").bill(at=MAY)

    assert story.lines() == ["time 1 @ 100 = 10000"]


def test_T_13_late_work_on_a_covered_ticket_is_covered_and_on_an_excess_one_billed(story):
    unlimited(story, "included_tickets", fair_use={"hard_tickets": 1})
    in_month(story, "2026-04", 2, "1.00").bill(at=MAY)
    story.entry("1.00", ticket="t1", work_date="2026-04-11").entry("2.00", ticket="t2", work_date="2026-04-11")

    story.bill(at="2026-05-03T09:00:00+02:00")

    assert story.lines() == ["time 1 @ 100 = 10000", "time 2 @ 100 = 20000"]


def test_T_13_a_ticket_opened_before_the_contract_is_no_use_of_it(story):
    story.client().contract(
        included_tickets="unlimited", start_date="2026-04-15", hourly_rate="100.00", fair_use={"hard_tickets": 0}
    )
    story.ticket(created_at="2026-04-10T08:00:00+02:00", closed_at="2026-04-20T17:00:00+02:00")

    story.entry("1.00", work_date="2026-04-16").bill(at=MAY)

    assert story.state() == COVERED


def mixture(story):
    """Tickets of both measures around every level, in one page."""
    usual(story, "included_hours", 1)
    in_month(story, "2026-04", 5, "0.75")
    in_month(story, "2026-05", 1, "4.00")
    story.client(id="beta").contract(
        client="beta",
        included_tickets="unlimited",
        hourly_rate="100.00",
        fair_use={"hard_tickets": 3, "soft_tickets": 1},
    )
    for place in range(5):
        story.ticket(
            client="beta", created_at="2026-04-01T08:00:00+02:00", closed_at=f"2026-04-2{place}T17:00:00+02:00"
        ).entry("1.00", work_date="2026-04-02")
    story.import_lines()
    return list(Ticket.objects.awaiting_billing().order_by("finished_at", "id").values_list("pk", flat=True))


def outcomes(run):
    return [(result.ticket, result.outcome, result.reason, result.subtotal_cents) for result in run.results]


def test_T_13_a_batch_equals_single_runs_and_the_dry_run(story):
    keys = mixture(story)
    at = moment("2026-06-01T09:00:00+02:00")

    dry = billing.plan_tickets(keys, at=at, balances=Balances())
    balances = Balances()
    paged = [billing.plan_tickets(keys[place : place + 4], at=at, balances=balances) for place in (0, 4, 8)]
    assert (Allocation.objects.filter(month__gte="2026-04-01").count(), reviews()) == (0, [])
    single = [billing.bill_tickets([key], at=at) for key in keys]

    assert outcomes(dry) == outcomes(sum(paged, BillingRun())) == outcomes(sum(single, BillingRun()))
    assert {outcome for _, outcome, _, _ in outcomes(dry)} == {"covered", "hold", "charge"}


def test_T_13_the_run_equals_its_dry_run(story):
    keys = mixture(story)
    at = moment("2026-06-01T09:00:00+02:00")

    dry = billing.plan_tickets(keys, at=at, balances=Balances())
    run = billing.bill_tickets(keys, at=at)

    assert outcomes(dry) == outcomes(run)
    assert flagged() == [
        ("2026-04", "hours above 2 times the usual 1; hours above 3 times the usual 1"),
        ("2026-04", "tickets above 1"),
        ("2026-05", "hours above 2 times the usual 1.67"),
    ]


def test_T_13_at_the_usual_limits_more_than_a_hundred_tickets_are_flagged_and_the_501st_is_billed(story):
    """A use is a ticket that is opened; only the first and the last of these have time on them."""
    unlimited(story, "included_tickets")
    opened = {"created_at": "2026-04-10T08:00:00+02:00", "closed_at": "2026-04-10T17:00:00+02:00"}
    story.ticket(**opened).entry("1.00", work_date="2026-04-10")
    for _ in range(499):
        story.ticket(**opened)
    story.ticket(created_at="2026-04-11T08:00:00+02:00", closed_at="2026-04-11T17:00:00+02:00")
    story.entry("1.00", work_date="2026-04-11").bill(at=MAY)

    assert states(story, "t1", "t501") == [COVERED, ("billed", "")]
    assert flagged() == [("2026-04", "tickets above 100")]
    assert story.lines() == ["time 1 @ 100 = 10000"]


@pytest.mark.parametrize(
    ("before", "finding", "lines"),
    [
        ("199.50", [], []),
        ("199.51", ["hours above 200"], []),
        ("499.75", ["hours above 200"], ["time 0.25 @ 100 = 2500"]),
    ],
)
def test_T_13_at_the_usual_limits_more_than_200_hours_are_flagged_and_those_beyond_500_billed(
    story, before, finding, lines
):
    unlimited(story, "included_hours").has("allocation", month="2026-04", hours=before)

    in_month(story, "2026-04", 1, "0.50").bill(at=MAY)

    assert [found for _, found in flagged()] == finding
    assert story.lines() == lines
