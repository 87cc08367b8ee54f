"""Drafts are given up while others bill onto them: each in the order of locks, and nothing is billed twice (T-20)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from itertools import count, takewhile
from typing import Any

import psycopg
import pytest

from contracts.models.base import new_external_id
from invoicing.lifecycle.withdraw import discard_draft, withdraw_lines
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.transitions import InvalidTransition
from tests.factories import ClientFactory, ContractFactory, TimeEntryFactory, closed_ticket, configure, later
from tests.forks import together
from tests.processes import becomes
from tests.races.chance import repeatable
from tickets import automation, billing
from tickets.chosen import CannotBeBilled, bill_time_entries
from tickets.models import Ticket, TimeEntry
from tickets.overrides import force_ticket
from tickets.run import FAILED

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

HOW: dict[str, Any] = {"reason": "wrong month", "by": "petra"}


def turns(seconds: float) -> Iterator[int]:
    """Turn after turn, for so long."""
    end = time.monotonic() + seconds
    yield from takewhile(lambda _: time.monotonic() < end, count())


def bill_again_and_again(tickets: list[int], seconds: float, seed: int) -> None:
    chance = repeatable(seed)
    for turn in turns(seconds):
        page = chance.sample(tickets, len(tickets) // 2)
        by_hand = bool(chance.randrange(2))
        run = billing.bill_tickets(page, at=later(minutes=seed, seconds=turn), by="carl", by_hand=by_hand)
        assert not any(result.outcome == FAILED for result in run.results), run


def work_again_and_again(tickets: list[int], seconds: float, seed: int) -> None:
    """Late work, so that tickets whose work is on a draft want the draft again."""
    chance = repeatable(seed)
    for _ in turns(seconds):
        TimeEntryFactory.create(ticket_id=chance.choice(tickets), ticket=None, external_id=new_external_id())
        time.sleep(0.02)


def give_back_again_and_again(seconds: float, seed: int) -> None:
    chance = repeatable(seed)
    for turn in turns(seconds):
        drafts = list(Invoice.objects.filter(status="draft").values_list("pk", flat=True))
        lines = list(InvoiceLine.objects.filter(invoice__in=drafts).values_list("invoice", "pk"))
        try:
            if chance.randrange(2) and lines:
                draft, line = chance.choice(lines)
                withdraw_lines(draft, [line], at=later(hours=seed, seconds=turn), **HOW)
            elif drafts:
                discard_draft(chance.choice(drafts), at=later(hours=seed, seconds=turn), **HOW)
        except (InvalidTransition, InvoiceLine.DoesNotExist):
            continue  # another process was first


def choose_again_and_again(seconds: float, seed: int) -> None:
    chance = repeatable(seed)
    for turn in turns(seconds):
        entries = list(TimeEntry.objects.order_by("pk").values_list("pk", flat=True))
        try:
            bill_time_entries(chance.sample(entries, 3), by="carl", at=later(days=seed, seconds=turn))
        except CannotBeBilled:
            continue  # billed meanwhile


def force_again_and_again(tickets: list[int], seconds: float, seed: int) -> None:
    chance = repeatable(seed)
    for turn in turns(seconds):
        result = force_ticket(chance.choice(tickets), at=later(days=seed, seconds=turn), **HOW)
        assert result.outcome != FAILED, result


def deadlocks(owner: psycopg.Connection) -> int:
    found = owner.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.full)])
def test_T_20_drafts_are_given_up_while_others_bill_without_a_deadlock(owner, settings, seconds: float):
    configure(settings, approval_threshold_seconds=10**9)
    contract = ContractFactory.create(client=ClientFactory.create(), included_seconds=4 * 3600, per_ticket_rate=50)
    tickets = [closed_ticket("1.00", "0.50", client=contract.client).pk for _ in range(16)]
    billing.bill_ticket(tickets[0], at=later())  # what is loaded when it is first needed is loaded before the forks
    before = deadlocks(owner)

    codes = together([
        *(partial(bill_again_and_again, tickets, seconds, seed) for seed in (1, 2)),
        *(partial(give_back_again_and_again, seconds, seed) for seed in (3, 4)),
        partial(choose_again_and_again, seconds, 5),
        partial(force_again_and_again, tickets, seconds, 6),
        partial(work_again_and_again, tickets, seconds, 7),
    ], within=10 * seconds)  # fmt: skip

    assert codes == [0] * 7
    assert not becomes(lambda: deadlocks(owner) > before, within=2)
    assert Invoice.objects.filter(status="discarded").exists()
    list(automation.catch_up(at=later(days=30)))
    assert not Ticket.objects.exclude(billing_status__in=["billed", "covered"]).exists()
    settled = Claim.objects.filter(released_at__isnull=True).exclude(kind="ticket_fee")
    assert settled.count() == TimeEntry.objects.count()
