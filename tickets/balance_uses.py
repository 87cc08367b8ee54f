"""What was taken of contracts' allowances, month by month, and how many tickets were opened under them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from contracts.models import Contract


@dataclass(slots=True)
class Taken:
    """What was taken up to a month: in it, of that as opening balance, and seconds month by month."""

    tickets: int
    opening_tickets: int
    opening_seconds: int
    seconds: dict[date, int]


TAKEN = """
SELECT w.contract, a.month, a.tickets, a.seconds, a.opening_tickets, a.opening_seconds
FROM unnest(%s::bigint[], %s::date[]) w(contract, first)
CROSS JOIN LATERAL (
    SELECT month, sum(tickets) AS tickets, sum(seconds) AS seconds,
        coalesce(sum(tickets) FILTER (WHERE kind = 'opening'), 0) AS opening_tickets,
        coalesce(sum(seconds) FILTER (WHERE kind = 'opening'), 0) AS opening_seconds
    FROM contracts_allocation
    WHERE contract_id = w.contract AND month BETWEEN w.first AND %s AND released_at IS NULL GROUP BY month
) a
"""
OPENED = """
SELECT contract_id, count(*) FROM tickets_ticketusage WHERE contract_id = ANY(%s) AND month = %s GROUP BY contract_id
"""
OPENED_BY_MONTH = """
SELECT month, count(*) FROM tickets_ticketusage WHERE contract_id = %s AND month = ANY(%s) GROUP BY month
"""


# Month, tickets and seconds, and how much of both is an opening balance.
_Use = tuple[date, int, int, int, int]


def taken_of(contracts: Sequence[Contract], month: date) -> dict[int, Taken]:
    """All months of contracts whose hours roll over, else the month alone."""
    firsts = [date.min if contract.rolls_over else month for contract in contracts]
    found: dict[int, list[_Use]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [[contract.pk for contract in contracts], firsts, month])
        for contract, *use in cursor.fetchall():
            found[contract].append(_as_use(use))
    return defaultdict(_nothing, {contract: taken_until(month, uses) for contract, uses in found.items()})


def uses_of(contract: Contract, months: Sequence[date]) -> list[_Use]:
    """What was taken in these months; of a contract whose hours roll over also before them."""
    first = date.min if contract.rolls_over else min(months)
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [[contract.pk], [first], max(months)])
        return [_as_use(use) for _, *use in cursor.fetchall()]


def _as_use(row: Sequence[Any]) -> _Use:
    month, *sums = row
    tickets, seconds, opening_tickets, opening_seconds = map(int, sums)
    return month, tickets, seconds, opening_tickets, opening_seconds


def _nothing() -> Taken:
    return Taken(0, 0, 0, {})


def taken_until(month: date, uses: Sequence[_Use]) -> Taken:
    """What was taken up to that month: later uses are none of its business."""
    taken = _nothing()
    for taken_in, tickets, seconds, opening_tickets, opening_seconds in uses:
        if taken_in <= month:
            taken.seconds[taken_in] = seconds
        if taken_in == month:
            taken.tickets, taken.opening_tickets, taken.opening_seconds = tickets, opening_tickets, opening_seconds
    return taken


def opened_by_month(contract: Contract, months: Sequence[date]) -> dict[date, int]:
    """How many tickets were opened under the contract, by month."""
    with connection.cursor() as cursor:
        cursor.execute(OPENED_BY_MONTH, [contract.pk, list(months)])
        return dict(cursor.fetchall())


def opened_under(contracts: Sequence[int], month: date) -> dict[int, int]:
    """How many tickets were opened in the month, by contract."""
    with connection.cursor() as cursor:
        cursor.execute(OPENED, [list(contracts), month])
        return dict(cursor.fetchall())
