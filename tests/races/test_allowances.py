"""Many processes, one allowance: never is more covered than was agreed, and nobody waits for ever (T-12, T-13)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db.models import Sum

from contracts.models import Allocation, Contract, FairUseReview
from tests.factories import ContractFactory, TicketFactory, TimeEntryFactory
from tests.forks import together
from tests.ledger import statuses
from tickets import billing
from tickets.fair_use import decide_fair_use
from tickets.models import Ticket, TicketUsage

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

PROCESSES = 8
MONTHS = (1, 2, 3)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = 3600


def one_by_one(tickets: list[int]) -> None:
    for ticket in tickets:
        billing.bill_tickets([ticket], at=NOW)


def turned(tickets: list[int], by: int) -> list[int]:
    """The same tickets, from another one on."""
    return tickets[by:] + tickets[:by]


def opened(contract: Contract, month: int, count: int, *, signal: bool = True) -> list[int]:
    """Closed tickets of one hour each, of that month."""
    moment = datetime(2026, month, 10, 12, tzinfo=UTC)
    facts = {"client": contract.client, "created_at": moment, "closed_at": moment}
    if signal:
        tickets = TicketFactory.create_batch(count, **facts)
    else:
        tickets = Ticket.objects.bulk_create(TicketFactory.build_batch(count, **facts))
    for ticket in tickets:
        TimeEntryFactory.create(ticket=ticket, worked_on=moment.date())
    return [ticket.pk for ticket in tickets]


@pytest.mark.parametrize(
    ("terms", "covered"),
    [
        ({"included_seconds": 3 * HOUR, "rollover_months": 1}, 6),
        ({"included_tickets": 3}, 3),
        ({"unlimited_hours": True, "fair_use": {"hard_hours": "4"}}, 4),
        ({"unlimited_tickets": True, "fair_use": {"hard_tickets": 5}}, 5),
    ],
)
@pytest.mark.parametrize("signal", [True, False], ids=["with signals", "imported"])
def test_T_12_eight_processes_cover_what_was_agreed_and_no_more(terms: dict[str, object], covered: int, signal: bool):
    contract = ContractFactory.create(start_on=date(2026, 3, 1), **terms)
    tickets = opened(contract, 4, 16, signal=signal)

    works = [partial(one_by_one, turned(tickets, 2 * process)) for process in range(PROCESSES)]

    assert together(works) == [0] * PROCESSES
    one_by_one(tickets)  # as the sweep does with those that waited too long for the contract
    assert statuses(tickets) == {"covered": covered, "billed": 16 - covered}
    assert TicketUsage.objects.count() == 16


def test_T_13_a_decision_in_the_middle_of_billing_leaves_no_ticket_waiting():
    contract = ContractFactory.create(unlimited_tickets=True)
    for month in MONTHS:
        billing.bill_tickets(opened(contract, month, 1), at=NOW)
    tickets = opened(contract, 4, 24)
    billing.bill_tickets(tickets[:4], at=NOW)
    review = FairUseReview.objects.get()
    decide = partial(decide_fair_use, review.pk, "cover", reason="talked to them", by="petra", at=NOW)

    assert together([decide, *(partial(one_by_one, turned(tickets, 3 * process)) for process in range(7))]) == [0] * 8

    one_by_one(tickets)
    assert statuses(tickets) == {"covered": 24}
    assert Allocation.objects.aggregate(Sum("tickets")) == {"tickets__sum": 27}
