"""Whatever the work and the terms: the plan is what is billed, once, and everything has a line or a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Allocation
from invoicing.models import Claim, Invoice, InvoiceLine
from tests.books import violations
from tests.factories import NOW, ClientFactory, ContractFactory, ExpenseFactory, TicketFactory, TimeEntryFactory, later
from tickets import billing
from tickets.balances import Balances
from tickets.facts import read_tickets
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

# The examples share a transaction; each has a client of its own.
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

prices = st.none() | st.decimals(0, 200, places=2)
seconds = st.integers(0, 4 * 3600) | st.just(0)
terms = st.fixed_dictionaries({
    "hourly_rate": prices,
    "per_ticket_rate": prices,
    "strategy": st.sampled_from(["", "time_based", "per_ticket", "mixed"]),
    "included_seconds": st.none() | st.integers(0, 6 * 3600),
    "included_tickets": st.none() | st.integers(0, 2),
    "rounding_level": st.sampled_from(["", "entry", "day"]),
    "below_minimum": st.sampled_from(["raise", "skip"]),
    "end_on": st.sampled_from([None, date(2026, 1, 14)]),
    "late_work": st.sampled_from(["supplement", "absorb"]),
    "grouping": st.sampled_from(["", "per_ticket"]),
})  # fmt: skip
entries = st.lists(
    st.fixed_dictionaries({
        "seconds_worked": seconds,
        "billable": st.booleans(),
        "status": st.sampled_from(["draft", "submitted", "approved", "rejected"]),
        "hourly_rate": prices,
        "worked_on": st.sampled_from([date(2026, 1, 14), date(2026, 1, 15), date(2025, 12, 31)]),
    }),
    max_size=4,
)  # fmt: skip
expenses = st.lists(st.decimals(0, 50, places=4), max_size=2)
tickets = st.lists(st.tuples(entries, expenses), min_size=1, max_size=4)


def arrange(agreed, work):
    client = ClientFactory.create(hourly_rate=Decimal(80))
    ContractFactory.create(client=client, start_on=date(2025, 1, 1), **agreed)
    return [log(TicketFactory.create(client=client), *one) for one in work]


def log(ticket, time, material):
    for facts in time:
        TimeEntryFactory.create(ticket=ticket, **facts)
    for price in material:
        ExpenseFactory.create(ticket=ticket, unit_price=price)
    return ticket.pk


def outcomes(run):
    return [(one.ticket, one.outcome, one.reason, one.strategy, one.charges, one.currency) for one in run.results]


def the_books():
    return (
        InvoiceLine.objects.count(),
        sorted(Invoice.objects.values_list("pk", "subtotal_cents", "line_count")),
        Claim.objects.count(),
        Allocation.objects.count(),
        sorted(Ticket.objects.values_list("pk", "billing_status", "billing_reason", "billing_decided_at")),
    )


@quick
@given(agreed=terms, work=tickets)
def test_what_is_previewed_is_what_is_billed_and_billing_again_changes_nothing(agreed, work):
    keys = arrange(agreed, work)

    dry = billing.plan_tickets(keys, at=NOW, balances=Balances())
    run = billing.bill_tickets(keys, at=NOW)
    books = the_books()
    again = billing.bill_tickets(keys, at=later(hours=1))
    by_hand = billing.bill_tickets(
        [key for key in keys if Ticket.objects.get(pk=key).billing_status in ("billed", "covered")],
        at=later(hours=1), by="petra", by_hand=True,
    )  # fmt: skip

    assert outcomes(dry) == outcomes(run)
    assert (again.results, the_books()) == ([], books)
    assert all(not result.charges for result in by_hand.results)


@quick
@given(agreed=terms, work=tickets)
def test_the_lines_sum_to_the_plan_and_every_ticket_has_lines_or_a_reason(agreed, work):
    before = sum(Invoice.objects.values_list("subtotal_cents", flat=True))

    results = billing.bill_tickets(arrange(agreed, work), at=NOW).results

    planned = sum(result.subtotal_cents for result in results)
    assert sum(Invoice.objects.values_list("subtotal_cents", flat=True)) - before == planned
    assert sum(InvoiceLine.objects.values_list("amount_cents", flat=True)) == before + planned
    assert all(bool(result.charges) != bool(result.reason) for result in results)
    assert violations() == []


@quick
@given(agreed=terms, work=tickets)
def test_a_ticket_that_is_settled_leaves_no_work_behind(agreed, work):
    keys = arrange(agreed, work)
    billing.bill_tickets(keys, at=NOW)

    left = {
        facts.id: [entry for entry in facts.time if entry.billable and entry.status in ("submitted", "approved")]
        + facts.expenses
        for facts in read_tickets(keys)
    }
    settled = Ticket.objects.filter(pk__in=keys, billing_status__in=["billed", "covered"])

    assert {key: left[key] for key in settled.values_list("pk", flat=True) if left[key]} == {}


@quick
@given(agreed=terms, work=tickets, late=st.tuples(entries, expenses))
def test_late_work_is_billed_alone_and_without_a_second_fee(agreed, work, late):
    key, *_ = arrange(agreed, work)
    billing.bill_tickets([key], at=NOW)
    lines = set(InvoiceLine.objects.values_list("pk", "amount_cents"))
    ticket = Ticket.objects.get(pk=key)
    settled = ticket.billing_status in ("billed", "covered")

    log(ticket, *late)
    billing.bill_tickets([key], at=later(hours=1))

    after = set(InvoiceLine.objects.values_list("pk", "amount_cents"))
    fees = InvoiceLine.objects.filter(kind="ticket_fee", pk__in={pk for pk, _ in after - lines})
    assert lines <= after
    assert not (settled and fees.exists())
    assert violations() == []
