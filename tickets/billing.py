"""Bill tickets: plan them, and apply exactly the plan. One ticket or a thousand, by hand or by machine: one way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction

import config
from contracts.agreements import Agreements
from invoicing.halving import or_halved
from invoicing.switches import ensure_enabled
from tickets import attempts, stats
from tickets.applying import apply_plans
from tickets.balances import Balances
from tickets.facts import TicketFacts, read_tickets
from tickets.models import Ticket
from tickets.plan import TicketPlan
from tickets.planning import Planner
from tickets.run import FAILED, BillingRun, TicketResult
from tickets.taken import lock_contracts

log = structlog.get_logger("billing.tickets")


def plan_ticket(ticket_id: int, *, at: datetime) -> TicketPlan:
    """What billing this ticket by hand would do. Writes nothing. Raises Ticket.DoesNotExist."""
    tickets = read_tickets([ticket_id])
    if not tickets:
        raise Ticket.DoesNotExist(f"there is no ticket with the key {ticket_id}")
    return planner_for(tickets, at=at, by_hand=True, balances=Balances()).plan_all(tickets)[0]


def plan_tickets(ids: Sequence[int], *, at: datetime, by_hand: bool = False, balances: Balances) -> BillingRun:
    """What `bill_tickets` would do, page by page: hand the same balances to each page. Writes nothing."""
    ensure_enabled()

    def plan(part: Sequence[int]) -> list[TicketResult]:
        known = balances.copy()
        tickets = in_order(part, read_tickets(part))
        planner = planner_for(tickets, at=at, by_hand=by_hand, balances=known)
        plans = planner.plan_all(tickets)
        balances.become(known)  # only now: a page that fails takes nothing
        return [TicketResult.of(plan, _client(planner, plan)) for plan in plans]

    return BillingRun(or_halved(ids, plan, _failure))


def bill_ticket(
    ticket_id: int, *, at: datetime, by: str = "system", by_hand: bool = False, reason: str = ""
) -> TicketResult | None:
    """Bill one ticket. Calling it again is harmless; None when another has it or it does not wait."""
    results = bill_tickets([ticket_id], at=at, by=by, by_hand=by_hand, reason=reason).results
    return results[0] if results else None


def bill_tickets(
    ids: Sequence[int], *, at: datetime, by: str = "system", by_hand: bool = False, reason: str = ""
) -> BillingRun:
    """Bill a page of tickets in sets, in one transaction, in the order given (their balances follow it).

    Automation takes only what still waits and is not locked by others; a person waits for the lock. A page that fails
    is rolled back and halved until the ticket that fails stands alone: it is counted, tried again, parked.
    `reason` is why a person bills, for the audit trail.
    Raises BillingDisabled, and the database's error when the database itself is away.
    """
    ensure_enabled()
    started = time.monotonic_ns()
    with attempts.attempt(ids, at=at):
        results = or_halved(
            ids,
            lambda part: _bill(part, at=at, by=by, by_hand=by_hand, reason=reason),
            lambda ticket_id, problem: _count_failure(ticket_id, problem, at=at),
        )
    run = BillingRun(results)
    milliseconds = (time.monotonic_ns() - started) // 1_000_000
    stats.count_run(run, at=at, by_hand=by_hand, milliseconds=milliseconds)
    _log(run, milliseconds=milliseconds)
    return run


@transaction.atomic
def _bill(ids: Sequence[int], *, at: datetime, by: str, by_hand: bool, reason: str) -> list[TicketResult]:
    tickets = in_order(ids, read_tickets(ids, lock="wait" if by_hand else "skip", only_unbilled=not by_hand))
    planner = planner_for(tickets, at=at, by_hand=by_hand, balances=Balances(), lock=True)
    plans = planner.plan_all(tickets)
    drafts = apply_plans(plans, at=at, by=by, reason=reason) if plans else {}
    return [TicketResult.of(plan, _client(planner, plan), drafts.get(plan.ticket.id, "")) for plan in plans]


def planner_for(
    tickets: Sequence[TicketFacts], *, at: datetime, by_hand: bool, balances: Balances, lock: bool = False
) -> Planner:
    """A planner for these tickets, with the agreements of their clients; `lock` also locks shared allowances."""
    settings = config.billing()
    clients = {ticket.client for ticket in tickets if ticket.client is not None}
    contacts = {ticket.contact for ticket in tickets if ticket.contact is not None}
    agreements = Agreements.read(clients, contacts, settings)
    if lock:
        # Lock order: tickets, contracts, drafts, counters. Only a limited allowance is shared between tickets.
        lock_contracts(agreements.with_limited_allowance())
    return Planner(agreements, settings, at, by_hand, balances)


def in_order(ids: Sequence[int], tickets: Sequence[TicketFacts]) -> list[TicketFacts]:
    """Tickets in the order of their ids in `ids`: the locks were taken by key, the balances follow the order given."""
    by_id = {ticket.id: ticket for ticket in tickets}
    return [by_id[pk] for pk in ids if pk in by_id]


def _client(planner: Planner, plan: TicketPlan) -> str:
    client = planner.agreements.clients.get(plan.ticket.client or 0)
    return client.external_id if client else ""


def _count_failure(ticket_id: int, problem: Exception, *, at: datetime) -> TicketResult:
    """Count the failure; the error is reported with the ticket and the others go on."""
    log.exception("billing failed", ticket_id=ticket_id)
    result = _failure(ticket_id, problem)
    return replace(result, retry_in=attempts.note_failure(ticket_id, result.error, config.billing(), at=at))


def _failure(ticket_id: int, problem: Exception) -> TicketResult:
    error = f"{type(problem).__name__}: {problem}".split("\nCONTEXT:")[0]
    ticket = Ticket.objects.select_related("client").get(pk=ticket_id)
    client = ticket.client.external_id if ticket.client else ""
    return TicketResult(ticket.external_id, ticket.number, client, FAILED, error=error)


def _log(run: BillingRun, *, milliseconds: int) -> None:
    if not run.results:
        return
    summary = run.summary().as_dict()
    log.info("billed", considered=len(run.results), seconds=milliseconds / 1000, **summary)
