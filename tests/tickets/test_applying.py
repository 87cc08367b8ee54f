"""A plan is applied whole or not at all, and never to a ticket that was decided meanwhile."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from invoicing.claims import DoubleBilling
from invoicing.models import Claim, Heartbeat, Invoice, InvoiceLine
from invoicing.transitions import InvalidTransition
from tests.factories import (
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
    later,
)
from tickets import billing
from tickets.applying import apply_plans
from tickets.models import BillingAttempt, PlanningBasis, Ticket

pytestmark = pytest.mark.django_db


def plan_of(ticket):
    return billing.plan_ticket(ticket.pk, at=NOW)


def test_a_plan_that_is_applied_twice_is_refused_and_keeps_nothing():
    ticket = closed_ticket("1.00")
    plan = plan_of(ticket)
    apply_plans([plan], at=NOW, by="petra")

    with pytest.raises(DoubleBilling, match="already billed"), transaction.atomic():
        apply_plans([plan], at=NOW, by="petra")

    assert list(Invoice.objects.values_list("line_count", "subtotal_cents")) == [(1, 8000)]


def test_a_plan_for_a_ticket_that_was_decided_meanwhile_is_refused():
    ticket = TicketFactory.create()
    plan = plan_of(ticket)
    ticket.waive(detail="goodwill", at=NOW)

    with pytest.raises(InvalidTransition, match="1 of 1 tickets were decided meanwhile"), transaction.atomic():
        apply_plans([plan], at=NOW, by="system")

    assert Ticket.objects.get().billing_status == "waived"


def test_one_plan_that_is_refused_takes_the_others_of_its_transaction_back():
    good, stale = closed_ticket("1.00"), closed_ticket("1.00")
    plans = [plan_of(good), plan_of(stale)]
    billing.bill_ticket(stale.pk, at=NOW)

    with pytest.raises(DoubleBilling), transaction.atomic():
        apply_plans(plans, at=NOW, by="system")

    assert Ticket.objects.get(pk=good.pk).billing_status == "unbilled"
    assert InvoiceLine.objects.count() == Claim.objects.count() == 1


def test_no_plans_write_nothing():
    assert apply_plans([], at=NOW, by="system") == {}
    assert not Invoice.objects.exists()


def test_a_ticket_that_does_not_exist_has_no_plan_and_is_passed_over():
    with pytest.raises(Ticket.DoesNotExist, match="no ticket with the key 4711"):
        billing.plan_ticket(4711, at=NOW)

    assert billing.bill_tickets([4711], at=NOW).results == []
    assert billing.bill_ticket(4711, at=NOW) is None


def test_each_unit_is_claimed_by_the_line_that_bills_it():
    client = ClientFactory.create()
    ContractFactory.create(client=client, per_ticket_rate=50)
    ticket = closed_ticket("1.00", "0.50", client=client)
    ExpenseFactory.create(ticket=ticket)

    billing.bill_ticket(ticket.pk, at=NOW)

    claims = Claim.objects.order_by("kind", "source_id")
    assert list(claims.values_list("kind", "outcome", "line__kind", "quantity", "amount_cents", "claimed_at")) == [
        ("expense", "billed", "expense", Decimal(2), 15980, NOW),
        ("ticket_fee", "billed", "ticket_fee", Decimal(1), 5000, NOW),
        ("time_entry", "billed", "time", Decimal(3600), None, NOW),
        ("time_entry", "billed", "time", Decimal(1800), None, NOW),
    ]


def test_a_partly_covered_entry_names_its_line_and_its_allowance():
    client = ClientFactory.create()
    contract = ContractFactory.create(client=client, included_seconds=1800)
    ticket = closed_ticket("1.00", client=client)

    billing.bill_ticket(ticket.pk, at=NOW)

    claim = Claim.objects.filter(outcome="billed")
    assert claim.values_list("quantity", "line__amount_cents").get() == (Decimal(1800), 4000)
    assert claim.values_list("allocation__contract", "allocation__seconds").get() == (contract.pk, 1800)


def test_time_and_fee_of_an_included_ticket_name_its_allowance():
    client = ClientFactory.create()
    ContractFactory.create(client=client, included_tickets=1, per_ticket_rate=50)
    ticket = closed_ticket("1.00", client=client)

    billing.bill_ticket(ticket.pk, at=NOW)

    claims = Claim.objects.filter(line__isnull=True).values_list("kind", "outcome", "allocation__tickets")
    assert set(claims) == {("time_entry", "covered", 1), ("ticket_fee", "covered", 1)}


def test_a_covered_ticket_whose_new_work_is_taken_away_stays_covered():
    client = ClientFactory.create()
    ContractFactory.create(client=client, unlimited_hours=True)
    ticket = closed_ticket("1.00", client=client)
    billing.bill_ticket(ticket.pk, at=NOW)
    TimeEntryFactory.create(ticket=ticket).delete()

    billing.bill_ticket(ticket.pk, at=later(hours=1))

    ticket.refresh_from_db()
    assert (ticket.billing_status, ticket.billing_reason) == ("covered", "already_billed")


def test_rows_read_as_people_would_name_them():
    rows = (
        BillingAttempt(ticket_ids=[1, 2], started_at=NOW),
        PlanningBasis(fingerprint="0123456789abcdef"),
        Heartbeat(name="sweep", at=NOW),
    )

    assert [str(row) for row in rows] == [
        "2 tickets since 2026-01-16 08:00:00+00:00", "0123456789abcdef", "sweep at 2026-01-16 08:00:00+00:00",
    ]  # fmt: skip
