"""Many processes, the same tickets: each is billed by one of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tests.factories import NOW, ClientFactory, ContractFactory, TicketFactory, TimeEntryFactory, closed_ticket, later
from tests.forks import together
from tests.ledger import book_of, not_billed_once, statuses
from tests.races.chance import repeatable
from tickets import automation, billing, lifecycle, tasks
from tickets.models import Ticket
from tickets.run import FAILED

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

PROCESSES = 8
ALL_WELL = [0] * PROCESSES


def bill_pages(pages: list[list[int]], *, by_hand: bool) -> None:
    """Bill the pages; a deadlock or any other failure ends the process badly."""
    for page in pages:
        run = billing.bill_tickets(page, at=NOW, by_hand=by_hand, by="ann" if by_hand else "system")
        assert not any(result.outcome == FAILED for result in run.results), run


def shuffled_pages(tickets: list[int], size: int, seed: int) -> list[list[int]]:
    mixed = repeatable(seed).sample(tickets, len(tickets))
    return [mixed[start : start + size] for start in range(0, len(mixed), size)]


@pytest.mark.parametrize("by_hand", [False, True], ids=["by machine", "by hand"])
@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.full)])
def test_P4_eight_processes_bill_one_ticket_into_one_invoice(rounds: int, by_hand: bool):
    tickets = [closed_ticket("1.00").pk for _ in range(rounds)]
    one_by_one = [[ticket] for ticket in tickets]

    assert together([partial(bill_pages, one_by_one, by_hand=by_hand)] * PROCESSES) == ALL_WELL

    assert not_billed_once(tickets) == []
    assert {len(book_of(ticket)["documents"]) for ticket in tickets} == {1}


@pytest.mark.parametrize("count", [80, pytest.param(2000, marks=pytest.mark.full)])
def test_P4_eight_processes_bill_overlapping_pages_in_any_order_without_a_deadlock(count: int):
    """They share clients, so drafts as well; half of them wait for locks, half pass over what is locked."""
    clients = [ClientFactory.create() for _ in range(6)]
    tickets = [closed_ticket("1.00", client=clients[n % 6]).pk for n in range(count)]

    works = [
        partial(bill_pages, shuffled_pages(tickets, 20, seed), by_hand=bool(seed % 2)) for seed in range(PROCESSES)
    ]

    assert together(works) == ALL_WELL
    assert not_billed_once(tickets) == []
    assert set(Ticket.objects.values_list("billing_attempts", flat=True)) == {0}


def test_T_12_eight_processes_do_not_overdraw_an_allowance_that_their_tickets_share():
    contract = ContractFactory.create(included_seconds=10 * 3600)
    tickets = [closed_ticket("1.00", client=contract.client).pk for _ in range(24)]

    works = [partial(bill_pages, shuffled_pages(tickets, 3, seed), by_hand=bool(seed % 2)) for seed in range(PROCESSES)]

    assert together(works) == ALL_WELL
    assert statuses(tickets) == {"billed": 14, "covered": 10}


def test_T_17_closing_and_resolving_at_once_and_five_messages_make_one_invoice(settings):
    settings.BILLING = replace(settings.BILLING, auto_bill_on_close=True, auto_bill_on_resolve=True)
    tickets = [TicketFactory.create(status="open") for _ in range(5)]
    for ticket in tickets:
        TimeEntryFactory.create(ticket=ticket)
    keys = [ticket.pk for ticket in tickets]

    def finish(move):
        return lambda: [move(key, at=NOW, by="kim") for key in keys]

    def deliver():
        for _ in range(3):
            for key in keys:
                automation.bill_due_ticket(key, at=later(minutes=5))

    codes = together([finish(lifecycle.close_ticket), finish(lifecycle.resolve_ticket), *[deliver] * 5])

    assert codes == [0] * 7
    deliver()
    assert not_billed_once(keys) == []
    assert {len(book_of(key)["documents"]) for key in keys} == {1}


def test_T_22_eight_catch_ups_at_once_are_one(settings):
    tickets = [closed_ticket("1.00").pk for _ in range(40)]

    assert together([tasks.catch_up_tickets.run] * PROCESSES) == ALL_WELL

    assert not_billed_once(tickets) == []
