"""A process that dies, or a statement that fails, at any moment of billing: the books end up the same."""

from __future__ import annotations

import contextlib
import signal
from datetime import datetime

import pytest
from django.db import OperationalError

from tests.factories import NOW, ContractFactory, ExpenseFactory, closed_ticket, later
from tests.faults.points import Trap, at_every_moment
from tests.forks import die, fork
from tests.ledger import book_of, statuses
from tests.processes import becomes
from tickets import attempts, automation
from tickets.models import BillingAttempt, Ticket

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


def ticket_with_everything() -> int:
    """Time that is covered in part, and material: every kind of row that billing writes."""
    contract = ContractFactory.create(included_seconds=1800)
    ticket = closed_ticket("1.00", "0.50", client=contract.client)
    ExpenseFactory.create(ticket=ticket)
    return ticket.pk


def bill_into(trap: Trap, ticket: int, at: datetime = NOW) -> None:
    with at_every_moment(trap.reach):
        automation.bill_due_ticket(ticket, at=at)


def fail() -> None:
    raise OperationalError("the line broke")


def sweep_until_quiet() -> bool:
    """Sweep until nothing is due; a killed process holds its locks until the database has noticed its end."""
    return becomes(lambda: list(automation.sweep(at=later(minutes=1))) == [] and not automation.due(NOW).exists())


def test_a_process_killed_at_any_moment_leaves_the_same_books():
    whole = ticket_with_everything()
    counted = Trap(die)
    bill_into(counted, whole)
    moments = len(counted.moments)

    tickets = [ticket_with_everything() for _ in range(moments)]
    killed = [fork(bill_into, Trap(die, at=n), ticket) for n, ticket in enumerate(tickets, 1)]
    for child in killed:
        child.join(30)

    assert [child.exitcode for child in killed] == [-signal.SIGKILL] * moments
    assert sweep_until_quiet()
    assert {ticket: book_of(ticket) for ticket in tickets} == dict.fromkeys(tickets, book_of(whole))
    assert becomes(lambda: attempts.count_lost_workers(at=NOW) == 0)
    assert not BillingAttempt.objects.exists()


def test_a_statement_that_fails_at_any_moment_leaves_the_same_books():
    whole = ticket_with_everything()
    counted = Trap(fail)
    bill_into(counted, whole)

    tickets = [ticket_with_everything() for _ in counted.moments]
    for n, ticket in enumerate(tickets, 1):
        with contextlib.suppress(OperationalError):  # what fails outside the transaction is for the caller to see
            bill_into(Trap(fail, at=n), ticket)

    assert sweep_until_quiet()
    assert {ticket: book_of(ticket) for ticket in tickets} == dict.fromkeys(tickets, book_of(whole))


def test_a_lost_worker_is_counted_apart_from_failed_attempts():
    ticket = closed_ticket("1.00")
    child = fork(bill_into, Trap(die, at=1, named="COPY"), ticket.pk)
    child.join(30)

    assert becomes(lambda: attempts.count_lost_workers(at=NOW) == 1)

    ticket.refresh_from_db()
    assert (ticket.lost_workers, ticket.billing_attempts, ticket.billing_status) == (1, 0, "unbilled")


def test_a_page_that_lost_its_worker_is_billed_ticket_by_ticket():
    tickets = [closed_ticket("1.00").pk for _ in range(5)]
    child = fork(_sweep_and_die)
    child.join(30)
    assert becomes(lambda: attempts.count_lost_workers(at=NOW) == 1)

    pages = list(automation.sweep(at=NOW))

    assert [len(page.results) for page in pages] == [1] * 5
    assert statuses(tickets) == {"billed": 5}
    assert set(Ticket.objects.values_list("lost_workers", flat=True)) == {0}


def _sweep_and_die() -> None:
    trap = Trap(die, at=1, named="COPY")
    with at_every_moment(trap.reach):
        list(automation.sweep(at=NOW))
