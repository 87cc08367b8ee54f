"""What was granted, rolled over, used and is left of contracts' allowances in a month (T-12)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.factories import AllocationFactory, ContractFactory, TicketFactory, TimeEntryFactory
from tickets import billing
from tickets.balance_report import Allowed, balances

pytestmark = pytest.mark.django_db

HOUR = 3600
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
NONE = Allowed(granted=None, rolled_over=0, opening=0, used=0, left=None)


def opening(contract, month, seconds=0, tickets=0):
    """What another system had covered."""
    AllocationFactory.create(contract=contract, month=month, seconds=seconds, tickets=tickets)


def worked(contract, month, hours):
    """A ticket of that month, billed."""
    day = month.replace(day=10)
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    ticket = TicketFactory.create(client=contract.client, created_at=moment, closed_at=moment)
    TimeEntryFactory.create(ticket=ticket, worked_on=day, hours=hours)
    billing.bill_tickets([ticket.pk], at=datetime(2026, 4, 1, tzinfo=UTC), by_hand=True)


def of(contract, month):
    return balances([contract.pk], month)[contract.pk]


def test_T_12_the_balance_of_a_month_tells_opening_balances_from_uses():
    contract = ContractFactory.create(included_tickets=5, included_seconds=20 * HOUR)
    opening(contract, JANUARY, tickets=4)
    opening(contract, JANUARY, seconds=18 * HOUR)
    worked(contract, JANUARY, "2.00")
    worked(contract, JANUARY, "1.00")
    worked(contract, FEBRUARY, "1.00")

    found = of(contract, date(2026, 1, 20))

    assert found.month == JANUARY
    assert found.tickets == Allowed(granted=5, rolled_over=0, opening=4, used=1, left=0)
    assert found.seconds == Allowed(granted=20 * HOUR, rolled_over=0, opening=18 * HOUR, used=HOUR, left=HOUR)
    assert found.opened == 2


def test_T_12_the_balance_shows_what_earlier_months_left():
    contract = ContractFactory.create(included_seconds=10 * HOUR, rollover_months=1)
    opening(contract, JANUARY, seconds=4 * HOUR)
    worked(contract, FEBRUARY, "8.00")
    worked(contract, MARCH, "1.00")

    assert of(contract, JANUARY).seconds == Allowed(10 * HOUR, 0, 4 * HOUR, 0, 6 * HOUR)
    assert of(contract, FEBRUARY).seconds == Allowed(10 * HOUR, 6 * HOUR, 0, 8 * HOUR, 8 * HOUR)
    assert of(contract, MARCH).seconds == Allowed(10 * HOUR, 8 * HOUR, 0, HOUR, 17 * HOUR)


def test_T_12_no_allowance_and_unlimited_have_nothing_left_to_count():
    contract = ContractFactory.create(unlimited_hours=True)
    worked(contract, JANUARY, "1.00")

    assert of(contract, JANUARY).tickets == NONE
    assert of(contract, JANUARY).seconds == Allowed("unlimited", 0, 0, HOUR, None)


def test_T_12_a_month_out_of_force_grants_nothing():
    contract = ContractFactory.create(included_tickets=5, start_on=date(2026, 1, 31), end_on=date(2026, 2, 1))

    assert [of(contract, date(2026, month, 1)).tickets.granted for month in (1, 2, 3)] == [5, 5, 0]
    assert of(contract, date(2025, 12, 1)).tickets == Allowed(0, 0, 0, 0, 0)


def test_T_12_what_another_system_overdrew_leaves_nothing():
    contract = ContractFactory.create(included_seconds=HOUR)
    opening(contract, JANUARY, seconds=2 * HOUR)

    assert of(contract, JANUARY).seconds == Allowed(HOUR, 0, 2 * HOUR, 0, 0)


@pytest.mark.parametrize("count", [1, 20])
def test_T_12_balances_take_three_queries_however_many_contracts_there_are(count, django_assert_num_queries):
    contracts = ContractFactory.create_batch(count, included_seconds=HOUR, unlimited_rollover=True)
    for contract in contracts:
        opening(contract, JANUARY, seconds=60)

    with django_assert_num_queries(3):
        found = balances([contract.pk for contract in contracts], FEBRUARY)

    assert [one.seconds.rolled_over for one in found.values()] == [HOUR - 60] * count
