"""In shadow the machine plans and a person bills: what it would have billed is kept and compared (T-18)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Allocation
from invoicing.models import Claim, Invoice
from tests.factories import (
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    RateFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
    state,
)
from tickets import automation, billing, comparison
from tickets.balances import Balances
from tickets.chosen import bill_time_entries
from tickets.comparison import ClientSummary, comparisons
from tickets.fair_use import decide_fair_use
from tickets.models import ManualBill, ShadowBill, ShadowUse, Ticket
from tickets.overrides import force_ticket, hold_ticket, set_rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return ClientFactory.create(external_id="acme", automation="shadow")


def contract(client, **terms):
    return ContractFactory.create(client=client, **terms)


def sweep(**step):
    list(automation.catch_up(at=later(**step)))


def shadow(ticket):
    bill = ShadowBill.objects.get(ticket=ticket)
    return bill.outcome, bill.reason, bill.amount_cents


def by_hand(ticket, cents, reference="A-17"):
    return ManualBill.objects.create(ticket=ticket, amount_cents=cents, reference=reference)


def compared(**options):
    return {one.ticket: (one.verdict, one.shadow_cents, one.manual_cents) for one in comparisons(**options)}


def test_T_18_shadow_bills_nothing_and_keeps_the_plan(acme):
    contract(acme, per_ticket_rate=50)
    ticket = closed_ticket("1.50", client=acme)
    ExpenseFactory.create(ticket=ticket, external_id="x1")

    sweep()

    assert state(ticket) == ("skipped", "client_not_enrolled")
    assert ticket.billing_detail == "shadow: charge"
    assert not Claim.objects.exists()
    assert not Invoice.objects.exists()
    bill = ShadowBill.objects.get()
    assert (bill.outcome, bill.reason, bill.strategy, bill.currency) == ("charge", "", "mixed", "EUR")
    assert (bill.amount_cents, bill.planned_at) == (12000 + 5000 + 15980, NOW)
    assert [(line["kind"], line["amount_cents"]) for line in bill.lines] == [
        ("time", 12000), ("ticket_fee", 5000), ("expense", 15980),
    ]  # fmt: skip
    assert bill.lines[2]["sources"][0]["id"] == "x1"
    assert set(bill.lines[0]["explanation"]) == {"rule", "version", "inputs", "steps"}


def test_T_18_a_second_sweep_plans_nothing_again(acme):
    ticket = closed_ticket("1.00", client=acme)
    sweep()

    sweep(hours=1)

    assert ShadowBill.objects.get(ticket=ticket).planned_at == NOW


def test_T_18_new_work_is_planned_anew_and_replaces_the_plan(acme):
    contract(acme, included_seconds=1800)
    ticket = closed_ticket("1.00", client=acme)
    sweep()
    TimeEntryFactory.create(ticket=ticket, hours="2.00")

    sweep(hours=1)

    assert shadow(ticket) == ("charge", "", 20000)
    assert ShadowUse.objects.get().seconds == 1800


def test_T_18_a_preview_of_shadow_keeps_nothing(acme):
    ticket = closed_ticket("1.00", client=acme)

    (result,) = billing.plan_tickets([ticket.pk], at=NOW, balances=Balances()).results

    assert (result.outcome, result.reason, result.detail) == ("skip", "client_not_enrolled", "shadow: charge")
    assert not ShadowBill.objects.exists()


def test_T_18_a_client_without_an_own_value_is_in_shadow_where_the_installation_is(settings):
    configure(settings, enrolment_override="shadow")
    ticket = closed_ticket("1.00", client=ClientFactory.create(automation=""))

    sweep()

    assert shadow(ticket) == ("charge", "", 8000)


def test_T_18_what_is_held_in_shadow_is_held_and_planned_again_when_a_person_has_cleared_it(acme):
    acme.hourly_rate = None
    acme.save()
    agreed = contract(acme)
    ticket = closed_ticket("1.00", client=acme)
    sweep()
    assert state(ticket) == ("held", "no_rate")
    assert shadow(ticket) == ("hold", "no_rate", 0)

    RateFactory.create(contract=agreed, hourly_rate=Decimal(100))
    sweep(hours=1)

    assert (state(ticket), shadow(ticket)) == (("skipped", "client_not_enrolled"), ("charge", "", 10000))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"billable": False}, "not_billable"), ({"ticket_type": "warranty"}, "non_billable_type")],
)
def test_T_18_what_is_skipped_in_shadow_is_skipped_with_its_own_reason_and_kept(acme, facts, reason):
    ticket = closed_ticket("1.00", client=acme, **facts)

    sweep()

    assert (state(ticket), shadow(ticket)) == (("skipped", reason), ("skip", reason, 0))


def test_T_18_what_was_closed_before_shadow_began_is_not_compared():
    client = ClientFactory.create(automation="shadow", automation_from=NOW)
    ticket = closed_ticket("1.00", client=client)

    sweep()

    assert state(ticket) == ("skipped", "closed_before_enrolment")
    assert not ShadowBill.objects.exists()


def test_T_13_a_fair_use_review_holds_in_shadow_and_its_decision_lets_the_plan_go_on(acme):
    agreed = contract(acme, unlimited_hours=True, start_on="2025-01-01")
    for month in (10, 11, 12):
        Allocation.objects.create(
            contract=agreed, month=f"2025-{month}-01", kind="opening", source_id=month, seconds=3600, created_at=NOW
        )
    ticket = closed_ticket("4.00", client=acme)
    sweep()
    assert state(ticket) == ("held", "fair_use_review")

    decide_fair_use(agreed.fair_use_reviews.get().pk, "cover", reason="a busy month", by="ann", at=later(hours=1))
    sweep(hours=2)

    assert shadow(ticket) == ("covered", "unlimited_plan", 0)


def test_T_18_included_tickets_are_used_up_by_shadow_plans(acme):
    contract(acme, included_tickets=1)
    first, second = closed_ticket("1.00", client=acme), closed_ticket("1.00", client=acme)

    billing.bill_tickets([first.pk], at=NOW)
    billing.bill_tickets([second.pk], at=later(minutes=1))

    assert shadow(first) == ("covered", "included_ticket", 0)
    assert shadow(second) == ("charge", "", 8000)
    assert not Allocation.objects.exists()


def test_T_18_included_hours_are_used_up_by_shadow_plans_in_one_page_as_in_many(acme):
    contract(acme, included_seconds=5400)
    tickets = [closed_ticket("1.00", client=acme) for _ in range(3)]

    for number, ticket in enumerate(tickets):
        billing.bill_tickets([ticket.pk], at=later(minutes=number))
    one_by_one = [shadow(ticket) for ticket in tickets]
    ShadowBill.objects.all().delete()
    Ticket.objects.update(billing_status="unbilled", billing_reason="")
    sweep()

    assert one_by_one == [("covered", "included_hours", 0), ("charge", "", 4000), ("charge", "", 8000)]
    assert [shadow(ticket) for ticket in tickets] == one_by_one


def test_T_18_planning_a_ticket_again_does_not_use_the_allowance_again(acme):
    contract(acme, included_seconds=3600)
    ticket = closed_ticket("1.00", client=acme)
    sweep()
    ticket.subject = "Mail down again"
    ticket.priority = "high"
    ticket.save()
    TimeEntryFactory.create(ticket=ticket, hours="0.50", billable=False)

    sweep(hours=1)

    assert shadow(ticket) == ("covered", "included_hours", 0)
    assert ShadowUse.objects.get().seconds == 3600


def test_P3_the_preview_of_many_pages_in_shadow_equals_the_run(acme, monkeypatch):
    contract(acme, included_seconds=2 * 3600)
    tickets = [closed_ticket("1.00", client=acme) for _ in range(4)]
    sweep()
    for ticket in tickets:  # all wait again, so that none of the earlier uses counts
        TimeEntryFactory.create(ticket=ticket, hours="0.25")
    monkeypatch.setattr("tickets.automation.PAGE", 1)

    def outcome(runs):
        return [(result.ticket, result.detail) for run in runs for result in run.results]

    previewed = outcome(automation.preview(at=later(hours=1)))
    done = outcome(automation.catch_up(at=later(hours=1)))

    assert previewed == done
    assert [shadow(ticket)[2] for ticket in tickets] == [0, 4000, 10000, 10000]


def test_T_18_what_a_person_bills_is_not_counted_twice_against_the_allowance(acme):
    contract(acme, included_tickets=2)
    first = closed_ticket("1.00", client=acme)
    sweep()
    billing.bill_ticket(first.pk, at=later(hours=1), by="petra", by_hand=True)
    assert Allocation.objects.count() == 1
    second = closed_ticket("1.00", client=acme)

    sweep(hours=2)

    assert shadow(second) == ("covered", "included_ticket", 0)


def test_T_18_shadow_plans_take_nothing_from_what_a_person_bills(acme):
    contract(acme, included_tickets=1)
    first, second = closed_ticket("1.00", client=acme), closed_ticket("1.00", client=acme)
    sweep()
    assert shadow(first)[0] == "covered"

    (result,) = billing.bill_tickets([second.pk], at=later(hours=1), by="petra", by_hand=True).results

    assert (result.outcome, result.reason) == ("covered", "included_ticket")


def test_T_18_once_a_client_is_billed_shadow_uses_do_not_count(acme):
    contract(acme, included_tickets=1)
    closed_ticket("1.00", client=acme)
    sweep()
    acme.automation = "draft"
    acme.automation_from = NOW
    acme.save()
    ticket = closed_ticket("1.00", client=acme, closed_at=later(hours=1))

    sweep(hours=2)

    assert state(ticket) == ("covered", "included_ticket")


def test_T_21_a_forced_ticket_of_a_client_in_shadow_is_billed_and_compared(acme):
    ticket = closed_ticket("1.00", client=acme)

    force_ticket(ticket.pk, reason="urgent", by="petra", at=NOW)

    assert state(ticket) == ("billed", "")
    assert compared() == {ticket.external_id: ("equal", 8000, 8000)}


def test_T_18_a_ticket_billed_here_by_hand_before_shadow_saw_it_is_compared(acme):
    ticket = closed_ticket("1.00", client=acme)

    billing.bill_ticket(ticket.pk, at=NOW, by="petra", by_hand=True)

    assert shadow(ticket) == ("charge", "", 8000)
    assert compared() == {ticket.external_id: ("equal", 8000, 8000)}


def test_T_18_a_person_who_changes_the_price_differs_from_shadow(acme):
    ticket = closed_ticket("1.00", client=acme)
    sweep()
    set_rate(ticket.pk, Decimal(70), reason="agreed", by="petra", at=later(minutes=1))

    billing.bill_ticket(ticket.pk, at=later(hours=1), by="petra", by_hand=True)

    assert compared() == {ticket.external_id: ("differs", 8000, 7000)}


def test_T_18_a_person_who_may_not_bill_it_leaves_the_plan_of_shadow_alone(acme):
    ticket = closed_ticket("1.00", client=acme)
    sweep()
    hold_ticket(ticket.pk, reason="wait", by="petra", at=later(minutes=1))

    billing.bill_ticket(ticket.pk, at=later(hours=1), by="petra", by_hand=True)

    assert shadow(ticket) == ("charge", "", 8000)


def test_T_19_late_work_after_billing_by_hand_is_added_to_what_shadow_had(acme):
    contract(acme, per_ticket_rate=50)
    ticket = closed_ticket("1.00", client=acme)
    sweep()
    billing.bill_ticket(ticket.pk, at=later(hours=1), by="petra", by_hand=True)
    TimeEntryFactory.create(ticket=ticket, hours="0.50")
    sweep(hours=2)
    assert shadow(ticket) == ("charge", "", 8000 + 5000 + 4000)
    assert compared() == {ticket.external_id: ("differs", 17000, 13000)}

    billing.bill_ticket(ticket.pk, at=later(hours=3), by="petra", by_hand=True)

    assert compared() == {ticket.external_id: ("equal", 17000, 17000)}


def test_T_19_late_work_that_changes_again_replaces_only_itself(acme):
    ticket = closed_ticket("1.00", client=acme)
    billing.bill_ticket(ticket.pk, at=NOW, by="petra", by_hand=True)
    late = TimeEntryFactory.create(ticket=ticket, hours="0.50")
    ExpenseFactory.create(ticket=ticket)
    sweep(hours=1)
    assert shadow(ticket)[2] == 8000 + 4000 + 15980

    late.seconds_worked = 3600
    late.save()
    sweep(hours=2)

    assert shadow(ticket)[2] == 8000 + 8000 + 15980


def test_T_21_chosen_entries_and_then_the_rest_are_compared_as_a_whole(acme):
    contract(acme, per_ticket_rate=50)
    ticket = closed_ticket("1.00", "2.00", client=acme)
    bill_time_entries([ticket.time_entries.order_by("pk")[0].pk], by="petra", at=NOW)

    sweep(hours=1)

    assert shadow(ticket) == ("charge", "", 8000 + 16000 + 5000)
    assert compared() == {ticket.external_id: ("differs", 29000, 8000)}


def planned(client, *hours, **facts):
    ticket = closed_ticket(*(hours or ("1.00",)), client=client, **facts)
    sweep()
    return ticket


def one(ticket):
    return next(found for found in comparisons() if found.ticket == ticket.external_id)


def test_T_18_equal_is_equal_and_needs_no_reason(acme):
    ticket = planned(acme)
    by_hand(ticket, 5000)
    by_hand(ticket, 3000, "A-18")

    found = one(ticket)

    assert (found.verdict, found.shadow_cents, found.manual_cents, found.why) == ("equal", 8000, 8000, "")
    assert found.difference_cents == 0


@pytest.mark.parametrize(("cents", "difference"), [(7500, 500), (12000, -4000)])
def test_T_18_what_differs_says_by_how_much_and_why(acme, cents, difference):
    ticket = planned(acme)
    by_hand(ticket, cents)

    found = one(ticket)

    assert (found.client, found.number, found.verdict) == ("acme", ticket.number, "differs")
    assert found.difference_cents == difference
    assert found.why == "shadow time 1 h x 80 = 80.00 EUR; by hand A-17"


def test_T_18_what_was_forgotten_by_hand_is_only_in_shadow(acme):
    found = one(planned(acme, "0:20"))

    assert (found.verdict, found.shadow_cents, found.manual_cents) == ("only_shadow", 4000, None)
    assert found.why == "shadow time 0.5 h x 80 = 40.00 EUR; not billed by hand"


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"billable": False}, "shadow skip: not_billable; by hand A-17"),
     ({"ticket_type": "training"}, "shadow skip: non_billable_type; by hand A-17")],
)  # fmt: skip
def test_T_18_what_automation_would_not_have_billed_is_only_by_hand(acme, facts, why):
    ticket = planned(acme, **facts)
    by_hand(ticket, 8000)

    assert (one(ticket).verdict, one(ticket).why) == ("only_manual", why)


def test_T_18_what_shadow_never_planned_is_only_by_hand(acme):
    ticket = closed_ticket("1.00", client=acme, status="open")
    by_hand(ticket, 8000)

    assert (one(ticket).verdict, one(ticket).why) == ("only_manual", "not planned in shadow; by hand A-17")


@pytest.mark.parametrize("bill", [None, 0], ids=["not billed", "billed with nothing"])
def test_T_18_nothing_by_both_is_equal(acme, bill):
    contract(acme, included_tickets=1)
    ticket = planned(acme)
    if bill is not None:
        by_hand(ticket, bill)

    assert (one(ticket).verdict, one(ticket).shadow_cents, one(ticket).manual_cents) == ("equal", 0, bill)


def test_T_18_what_was_billed_here_by_hand_is_named_by_its_document(acme):
    ticket = planned(acme)
    set_rate(ticket.pk, Decimal(70), reason="agreed", by="petra", at=NOW)
    billing.bill_ticket(ticket.pk, at=later(hours=1), by="petra", by_hand=True)
    draft = Invoice.objects.get().external_id

    assert one(ticket).why == f"shadow time 1 h x 80 = 80.00 EUR; by hand draft {draft}"


def test_T_18_seconds_that_are_no_hundredths_of_an_hour_are_shown_with_their_price(acme):
    contract(acme, rounding_direction="none", minimum_seconds=0)
    ticket = planned(acme)
    ticket.time_entries.update(seconds_worked=1201)
    sweep(hours=1)

    assert one(ticket).why.startswith("shadow time 1201 s x 80/3600 = 26.69 EUR")


def test_T_18_other_clients_are_left_out_where_one_is_named(acme):
    other = planned(ClientFactory.create(automation="shadow"))
    ticket = planned(acme)
    by_hand(other, 100)

    assert list(compared(client=acme.pk)) == [ticket.external_id]
    assert len(compared()) == 2


def test_T_18_a_released_bill_is_no_bill(acme):
    ticket = planned(acme)
    billing.bill_ticket(ticket.pk, at=later(hours=1), by="petra", by_hand=True)
    Claim.objects.update(released_at=later(hours=2))

    assert one(ticket).verdict == "only_shadow"
    Ticket.objects.update(billing_status="unbilled", first_billed_at=None)


def test_pages_of_the_comparison_follow_each_other_without_a_gap(acme, monkeypatch, django_assert_num_queries):
    tickets = [closed_ticket("1.00", client=acme, number=str(number)) for number in range(7)]
    sweep()
    for ticket in tickets[::2]:
        by_hand(ticket, 8000)
        by_hand(ticket, 1, "A-18")
    for _ in range(2):
        by_hand(closed_ticket("1.00", client=acme), 100)
    monkeypatch.setattr(comparison, "PAGE", 3)

    with django_assert_num_queries(4):
        found = [one.ticket for one in comparisons()]

    assert len(found) == len(set(found)) == 9
    assert found[:7] == [ticket.external_id for ticket in tickets]


def test_the_figures_of_a_client_add_up(acme):
    by_hand(planned(acme), 8000)
    by_hand(planned(acme), 9000)
    planned(acme)
    summary = ClientSummary("EUR")

    for found in comparisons():
        summary.add(found)

    assert dict(summary.verdicts) == {"equal": 1, "differs": 1, "only_shadow": 1}
    assert (summary.shadow_cents, summary.manual_cents) == (24000, 17000)


def test_shadow_in_a_page_of_many_takes_as_many_queries_as_in_a_page_of_one(acme):
    contract(acme, included_seconds=36000)
    tickets = [closed_ticket("1.00", client=acme) for _ in range(21)]
    with CaptureQueriesContext(connection) as few:
        billing.bill_tickets([tickets[0].pk], at=NOW)
    with CaptureQueriesContext(connection) as many:
        billing.bill_tickets([ticket.pk for ticket in tickets[1:]], at=later(minutes=1))

    assert len(many) == len(few)
