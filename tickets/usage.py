"""Tickets as uses of the contract they were opened under: one row each, recorded once (T-12, T-13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

import config
from contracts.agreements import Agreements, SeveralContracts
from contracts.models import Client, Contract
from invoicing.bulk import bigints
from rating.coverage import month_of
from tickets.facts import TicketFacts
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Use:
    """A ticket that uses a contract in a month. Keys are primary keys; the month is its first day."""

    ticket: int
    contract: int
    assignment: int | None
    month: date


@dataclass(frozen=True, slots=True)
class Opened:
    """What decides which contract a new ticket uses."""

    id: int
    client: int | None
    contact: int | None
    contract: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContractUsage:
    """How many tickets used a contract, and when the last of them was opened."""

    this_month: int
    in_all: int
    last_access: datetime | None


def opened_in(created_at: datetime, client: Client) -> date:
    """The month in which a ticket was opened, in the client's zone."""
    return month_of(created_at.astimezone(client.zone).date())


def uncounted(tickets: Iterable[TicketFacts], agreements: Agreements) -> list[Use]:
    """The uses that nothing has recorded yet: of tickets that came by import, mass insert or SQL, without a signal."""
    found = (_use(one, agreements) for one in tickets if not one.counted)
    return [use for use in found if use is not None]


def record_use(ticket: Ticket, *, at: datetime) -> None:
    """Record what a new ticket uses; nothing where no contract, or more than one, is in force on that day."""
    if ticket.client_id is None:
        return
    contacts = [] if ticket.contact_id is None else [ticket.contact_id]
    agreements = Agreements.read([ticket.client_id], contacts, config.billing())
    opened = Opened(ticket.pk, ticket.client_id, ticket.contact_id, ticket.contract_id, ticket.created_at)
    use = _use(opened, agreements)
    record_uses([use] if use else [], at=at)


def _use(ticket: TicketFacts | Opened, agreements: Agreements) -> Use | None:
    if ticket.client is None:
        return None
    owner = agreements.clients[ticket.client]
    opened_on = ticket.created_at.astimezone(owner.zone).date()
    try:
        binding = agreements.binding(ticket.client, ticket.contact, ticket.contract, opened_on)
    except SeveralContracts:
        return None
    if binding.contract is None:
        return None
    assignment = binding.assignment.pk if binding.assignment else None
    return Use(ticket.id, binding.contract.pk, assignment, month_of(opened_on))


RECORD = """
INSERT INTO tickets_ticketusage (ticket_id, contract_id, assignment_id, month, recorded_at)
SELECT u.ticket, u.contract, u.assignment, u.month, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::date[]) WITH ORDINALITY
    u(ticket, contract, assignment, month, place)
ORDER BY u.place ON CONFLICT DO NOTHING
"""


def record_uses(uses: Sequence[Use], *, at: datetime) -> None:
    """Record uses in this order, each once, however often it is asked for."""
    if not uses:
        return
    columns = zip(*((use.ticket, use.contract, use.assignment, use.month) for use in uses), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [at, *(list(column) for column in columns)])


PLACES = """
SELECT contract_id, month, count(*), array_agg(ticket_id) FILTER (WHERE ticket_id = ANY(%s::bigint[])),
    array_agg(place) FILTER (WHERE ticket_id = ANY(%s::bigint[]))
FROM (
    SELECT contract_id, month, ticket_id, row_number() OVER (PARTITION BY contract_id, month ORDER BY id) AS place
    FROM tickets_ticketusage WHERE (contract_id, month) IN (SELECT * FROM unnest(%s::bigint[], %s::date[]))
) u GROUP BY 1, 2
"""


def places(
    tickets: Sequence[int], months: Sequence[tuple[int, date]]
) -> dict[tuple[int, date], tuple[int, Mapping[int, int]]]:
    """By contract and month: how many tickets used it, and the places of these tickets among them, from 1."""
    if not months:
        return {}
    contracts, firsts = (list(column) for column in zip(*months, strict=True))
    with connection.cursor() as cursor:
        wanted = bigints(tickets)
        cursor.execute(PLACES, [wanted, wanted, contracts, firsts])
        return {
            (contract, month): (count, dict(zip(found or (), numbers or (), strict=True)))
            for contract, month, count, found, numbers in cursor.fetchall()
        }


USAGE = """
SELECT count(*) FILTER (WHERE u.month = %s), count(*), max(t.created_at)
FROM tickets_ticketusage u JOIN tickets_ticket t ON t.id = u.ticket_id WHERE u.contract_id = %s
"""


def contract_usage(contract_id: int, at: datetime) -> ContractUsage:
    """How a contract is used: in the month of `at` in its client's zone, and in all. Raises Contract.DoesNotExist."""
    client = Contract.objects.select_related("client").get(pk=contract_id).client
    with connection.cursor() as cursor:
        cursor.execute(USAGE, [opened_in(at, client), contract_id])
        return ContractUsage(*cursor.fetchone())
