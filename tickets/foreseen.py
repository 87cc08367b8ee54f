"""What billing by hand would come to after a person's decision: planned over facts as they would be, never written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tickets.balances import Balances
from tickets.billing import planner_for
from tickets.facts import TicketFacts, read_tickets
from tickets.models import Ticket
from tickets.parts import WORKED
from tickets.plan import TicketPlan
from tickets.released import covering

RELEASED: dict[str, Any] = {"billing_status": "unbilled", "billing_reason": ""}


def foresee(ticket_id: int, *, at: datetime, by_hand: bool = True, **changes: Any) -> TicketPlan:
    """The plan of a ticket whose facts are changed like this. Raises Ticket.DoesNotExist."""
    return _plan(read_tickets([ticket_id]), changes, at=at, by_hand=by_hand)


def foresee_release(ticket_id: int, *, at: datetime) -> TicketPlan:
    """The plan of a ticket that nobody holds, waives or skips any more."""
    return _plan(read_tickets([ticket_id]), RELEASED, at=at, by_hand=True)


def foresee_force(ticket_id: int, *, at: datetime) -> TicketPlan:
    """The plan of a ticket that is forced: whatever covers it would be given back before."""
    given_back = bool(covering(ticket_id))
    tickets = read_tickets([ticket_id], uncovered=given_back)
    changes: dict[str, Any] = {"forced": True}
    for ticket in tickets:
        if given_back or ticket.billing_status != "billed":
            changes |= RELEASED
        if given_back and not ticket.settled.billed:
            changes["first_billed_at"] = None
        if not ticket.forced and any(not one.billable and one.status in WORKED for one in ticket.time):
            # More work counts than was approved: the database ends the approval.
            changes["approved_at"] = None
    return _plan(tickets, changes, at=at, by_hand=True)


def _plan(tickets: list[TicketFacts], changes: dict[str, Any], *, at: datetime, by_hand: bool) -> TicketPlan:
    if not tickets:
        raise Ticket.DoesNotExist("there is no such ticket")
    for ticket in tickets:
        for name, value in changes.items():
            setattr(ticket, name, value)
    return planner_for(tickets, at=at, by_hand=by_hand, balances=Balances()).plan_all(tickets)[0]
