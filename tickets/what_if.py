"""What last month's tickets would have cost under other terms: planned twice, written never."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, Sum

from contracts.models import Allocation, Contract
from rating.period import BillingPeriod
from rating.sources import TIME_ENTRY
from tickets.balances import Balances
from tickets.billing import in_order, planner_for
from tickets.facts import TicketFacts, read_tickets
from tickets.models import Ticket, TimeEntry
from tickets.plan import HELD_BY_PERSON, TicketPlan

PAGE: Final = 500
MOST_SHOWN: Final = 20
# What may be tried out: columns of a contract.
TERMS: Final = (
    "strategy", "hourly_rate", "per_ticket_rate", "included_tickets", "unlimited_tickets", "included_seconds",
    "unlimited_hours", "rollover_months", "unlimited_rollover", "minimum_seconds", "below_minimum", "rounding_level",
    "rounding_increment_minutes", "rounding_direction",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Came:
    """What one ticket comes to: an amount in minor units, or the reason why it costs nothing."""

    cents: int
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One ticket under the terms that are in force, and under the others."""

    ticket: int
    number: str
    subject: str
    now: Came
    then: Came

    @property
    def cents(self) -> int:
        """By how much it would cost more (or less, below zero)."""
        return self.then.cents - self.now.cents


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A month of the contract's client under both terms, in minor units. `most` are the tickets that differ most."""

    month: str
    currency: str
    tickets: int
    differing: int
    now_cents: int
    then_cents: int
    most: tuple[Difference, ...]


def with_terms(contract: Contract, terms: Mapping[str, Any]) -> Contract:
    """The contract with these columns changed, for planning alone; the row stays as it is. Numbers may be text.

    Raises ValueError for a column that cannot be tried out.
    """
    if unknown := terms.keys() - set(TERMS):
        raise ValueError(f"these are no terms to try out: {', '.join(sorted(unknown))}")
    other, columns = copy(contract), {field.name: field for field in Contract._meta.concrete_fields}
    for name, value in terms.items():
        setattr(other, name, columns[name].to_python(value))
    return other


def as_json(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Terms as a job keeps them: decimals as text."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in terms.items()}


def tickets_of_last_month(contract: Contract, *, at: datetime) -> list[int]:
    """The keys of the client's tickets that were finished in the month before, in the order of billing."""
    month = BillingPeriod.previous_month(at, contract.client.zone)
    finished = Ticket.objects.filter(
        client=contract.client_id, status__in=Ticket.FINISHED, finished_at__gte=month.start, finished_at__lt=month.end
    )
    return list(finished.order_by("finished_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def what_if(contract: Contract, other: Contract, *, at: datetime) -> WhatIf:
    """Bill last month's tickets of the client by the terms in force and by those of `other`, from the same balances.

    All the work that is on a ticket today is planned as one bill, whatever was billed of it, and as approved. Runs
    in a READ ONLY transaction. Raises ValueError for terms that cannot be rated.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    ids = tickets_of_last_month(contract, at=at)
    taken = _taken_by(ids)
    balances = (Balances(), Balances())
    for known in balances:
        known.leave_out(taken)
    found: list[Difference] = []
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        now, then = (
            _planned(page, terms, at=at, balances=known)
            for terms, known in zip((contract, other), balances, strict=True)
        )
        found.extend(map(_difference, now, then))
    return _summed(contract, found, at=at)


def _planned(ids: Sequence[int], terms: Contract, *, at: datetime, balances: Balances) -> list[TicketPlan]:
    tickets = in_order(ids, read_tickets(ids, afresh=True))
    for ticket in tickets:
        _as_new(ticket, at)
    planner = planner_for(tickets, at=at, by_hand=True, balances=balances)
    planner.agreements.contracts[terms.client_id][terms.pk] = terms
    return planner.plan_all(tickets)


def _as_new(ticket: TicketFacts, at: datetime) -> None:
    """As if it had just been closed: nothing billed, and approved; what a person waived or holds stays so."""
    ticket.first_billed_at, ticket.approved_at = None, at
    if ticket.billing_status != "waived" and ticket.billing_reason != HELD_BY_PERSON:
        ticket.billing_status, ticket.billing_reason = "unbilled", ""


def _taken_by(ids: Sequence[int]) -> list[tuple[int, Any, int, int]]:
    """What these tickets have taken from allowances: it is left again while they are planned anew."""
    entries = TimeEntry.objects.filter(ticket__in=ids).values("pk")
    own = Q(kind="ticket", source_id__in=ids) | Q(kind=TIME_ENTRY, source_id__in=entries)
    rows = Allocation.objects.filter(own, released_at__isnull=True).values_list("contract", "month")
    return [
        (contract, month, int(tickets), int(seconds))
        for contract, month, tickets, seconds in rows.annotate(Sum("tickets"), Sum("seconds"))
    ]


def _difference(now: TicketPlan, then: TicketPlan) -> Difference:
    ticket = now.ticket
    return Difference(ticket.id, ticket.number, ticket.subject, _came(now), _came(then))


def _came(plan: TicketPlan) -> Came:
    return Came(plan.subtotal_cents, plan.reason)


def _summed(contract: Contract, found: Iterable[Difference], *, at: datetime) -> WhatIf:
    every = list(found)
    differing = [one for one in every if one.now != one.then]
    most = sorted(differing, key=lambda one: (-abs(one.cents), one.number))[:MOST_SHOWN]
    return WhatIf(
        BillingPeriod.previous_month(at, contract.client.zone).label(),
        contract.client.currency,
        len(every),
        len(differing),
        sum(one.now.cents for one in every),
        sum(one.then.cents for one in every),
        tuple(most),
    )
