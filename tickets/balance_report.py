"""Contracts' allowances in a month, for people: what was granted, rolled over, used, and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from contracts.models import Allocation, Client, Contract
from contracts.models.contract import IN_FORCE
from rating.proration import months_after
from rating.terms import UNLIMITED, Allowance
from tickets.balance_uses import Taken, opened_by_month, opened_under, taken_of, taken_until, uses_of
from tickets.balances import account

PAGE = 500


@dataclass(frozen=True, slots=True)
class Allowed:
    """One allowance in a month, in tickets or in seconds.

    `granted` None: none is agreed. `rolled_over` is what earlier months left, `opening` what another system had used
    before. `left` None: nothing is counted, because none is agreed or because it is unlimited.
    """

    granted: Allowance
    rolled_over: int
    opening: int
    used: int
    left: int | None


@dataclass(frozen=True, slots=True)
class ContractBalance:
    """A contract's month. `opened` is how many tickets were opened under it; names are external ids."""

    contract: int
    reference: str
    client: str
    month: date
    tickets: Allowed
    seconds: Allowed
    opened: int


def balances(contract_ids: Sequence[int], month: date) -> dict[int, ContractBalance]:
    """The balances of contracts in the month of that day, by primary key; three queries, however many they are."""
    month = month.replace(day=1)
    contracts = Contract.objects.select_related("client").in_bulk(list(contract_ids))
    taken, opened = taken_of(list(contracts.values()), month), opened_under(list(contracts), month)
    return {
        pk: ContractBalance(
            pk, contract.external_id, contract.client.external_id, month, _tickets(contract, month, taken[pk]),
            _seconds(contract, month, taken[pk]), opened.get(pk, 0),
        )
        for pk, contract in contracts.items()
    }  # fmt: skip


def months_of(contract: Contract, months: Sequence[date]) -> list[ContractBalance]:
    """The balances of one contract in these months, in that order; two queries, however many months."""
    firsts = [month.replace(day=1) for month in months]
    uses, opened = uses_of(contract, firsts), opened_by_month(contract, firsts)
    found = []
    for month in firsts:
        taken = taken_until(month, uses)
        found.append(ContractBalance(
            contract.pk, contract.external_id, contract.client.external_id, month, _tickets(contract, month, taken),
            _seconds(contract, month, taken), opened.get(month, 0),
        ))  # fmt: skip
    return found


def balance_pages(
    month: date, *, client: Client | None = None, contract: Contract | None = None
) -> Iterator[list[ContractBalance]]:
    """The balances of all contracts with an allowance that are in force in the month or were used in it.

    In keyset pages, so that memory does not grow with the contracts. A `contract` that is named is always there.
    """
    month = month.replace(day=1)
    found = _with_allowance(month) if contract is None else Contract.objects.filter(pk=contract.pk)
    if client is not None:
        found = found.filter(client=client)
    last = 0
    keys = found.order_by("pk").values_list("pk", flat=True)
    while page := list(keys.filter(pk__gt=last)[:PAGE]):
        last = page[-1]
        by_contract = balances(page, month)
        yield [by_contract[pk] for pk in page]


def _with_allowance(month: date) -> QuerySet[Contract]:
    agreed = (
        Q(included_tickets__isnull=False) | Q(included_seconds__isnull=False) | Q(unlimited_tickets=True)
        | Q(unlimited_hours=True)
    )  # fmt: skip
    next_month = months_after(month, 1) or date.max
    in_force = Q(status__in=IN_FORCE, start_on__lt=next_month) & (Q(end_on__isnull=True) | Q(end_on__gte=month))
    used = Allocation.objects.filter(contract=OuterRef("pk"), month=month, released_at__isnull=True)
    return Contract.objects.filter(agreed & (in_force | Exists(used)))


def _tickets(contract: Contract, month: date, taken: Taken) -> Allowed:
    granted = _granted(contract, contract.included_tickets, month, unlimited=contract.unlimited_tickets)
    left = max(0, granted - taken.tickets) if isinstance(granted, int) else None
    return Allowed(granted, 0, taken.opening_tickets, taken.tickets - taken.opening_tickets, left)


def _seconds(contract: Contract, month: date, taken: Taken) -> Allowed:
    used = taken.seconds.get(month, 0)
    granted = _granted(contract, contract.included_seconds, month, unlimited=contract.unlimited_hours)
    rolled_over, left = 0, max(0, granted - used) if isinstance(granted, int) else None
    if (hours := account(contract, taken.seconds)) is not None:
        shown = hours.month(month)
        rolled_over, left = shown.rolled_over, shown.left
    return Allowed(granted, rolled_over, taken.opening_seconds, used - taken.opening_seconds, left)


def _granted(contract: Contract, included: int | None, month: date, *, unlimited: bool) -> Allowance:
    """The month's own allowance; a month in which the contract is not in force, even in part, has none of it."""
    if unlimited or included is None:
        return UNLIMITED if unlimited else None
    first, last = contract.start_on.replace(day=1), contract.end_on
    return included if first <= month and (last is None or month <= last) else 0
