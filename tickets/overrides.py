"""What a person decides about billing a ticket: each with a reason, each in the audit trail (T-21).

Whether the person may do so is checked where they act: admin, command.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from invoicing import audit
from invoicing.switches import ensure_enabled
from invoicing.transitions import InvalidTransition
from rating.registry import strategy_named
from tickets import billing
from tickets.models import Ticket
from tickets.plan import HELD_BY_PERSON
from tickets.released import release_coverage
from tickets.run import TicketResult


def bill_now(ticket_id: int, *, by: str, at: datetime) -> TicketResult:
    """Bill a ticket by hand, whatever enrolment, delay and the kill switch say."""
    result = billing.bill_ticket(ticket_id, at=at, by=by, by_hand=True)
    if result is None:
        raise Ticket.DoesNotExist(f"there is no ticket with the key {ticket_id}")
    return result


def force_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> TicketResult:
    """Bill a ticket although it need not be: not billable, of a type that is not billed, covered. Never twice."""
    with transaction.atomic():
        ticket = _change(ticket_id, "ticket.forced", {"forced": True}, reason=reason, by=by, at=at)
        if ticket.billing_status == Ticket.Billing.COVERED:
            release_coverage(ticket_id, reason=reason, by=by, at=at)
            Ticket.objects.filter(pk=ticket_id).update(first_billed_at=None)
        if ticket.billing_status not in (Ticket.Billing.BILLED, Ticket.Billing.UNBILLED):
            ticket.release(at=at)
    return bill_now(ticket_id, by=by, at=at)


def choose_strategy(ticket_id: int, strategy: str, *, reason: str, by: str, at: datetime) -> Ticket:
    """Bill a ticket by this strategy; "" goes back to the contract's. Raises ValueError for an unknown one."""
    if strategy:
        strategy_named(strategy)
    return _change(ticket_id, "ticket.strategy", {"strategy_override": strategy}, reason=reason, by=by, at=at)


def set_rate(ticket_id: int, rate: Decimal | None, *, reason: str, by: str, at: datetime) -> Ticket:
    """Price the hours of a ticket at this rate, in major units; None goes back to the agreed one."""
    if rate is not None and (not rate.is_finite() or rate < 0):
        raise ValueError(f"a rate must be zero or more, not {rate}")
    return _change(ticket_id, "ticket.rate", {"hourly_rate_override": rate}, reason=reason, by=by, at=at)


@transaction.atomic
def waive_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> Ticket:
    """Give up billing a ticket. Raises InvalidTransition for one that is billed or covered."""
    ticket = _locked(ticket_id, reason)
    before = _state(ticket)
    ticket.waive(detail=reason, at=at)
    _record("ticket.waived", ticket, before, reason=reason, by=by, at=at)
    return ticket


@transaction.atomic
def hold_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> Ticket:
    """Keep a ticket from being billed until somebody releases it."""
    ticket = _locked(ticket_id, reason)
    before = _state(ticket)
    ticket.hold(reason=HELD_BY_PERSON, detail=reason, at=at)
    _record("ticket.held", ticket, before, reason=reason, by=by, at=at)
    return ticket


@transaction.atomic
def release_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> Ticket:
    """Put a held, skipped or waived ticket back among what waits to be billed."""
    ticket = _locked(ticket_id, reason)
    if ticket.billing_status in (Ticket.Billing.BILLED, Ticket.Billing.COVERED):
        raise InvalidTransition(f"ticket {ticket} is {ticket.billing_status}: release it from its document")
    before = _state(ticket)
    ticket.release(at=at)
    _record("ticket.released", ticket, before, reason=reason, by=by, at=at)
    return ticket


@transaction.atomic
def _change(
    ticket_id: int, action: str, changes: Mapping[str, object], *, reason: str, by: str, at: datetime
) -> Ticket:
    """Set columns that decide how a ticket is billed; the database puts the ticket back if it was set aside."""
    ticket = _locked(ticket_id, reason)
    before = {name: getattr(ticket, name) for name in changes}
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.acting = by
    ticket.save(update_fields=list(changes))
    ticket.refresh_from_db(fields=["billing_status", "billing_reason"])
    data = {"before": _plain(before), "after": _plain(changes)}
    audit.record(action, ticket, by=by, at=at, reason=reason, data=data)
    return ticket


def _locked(ticket_id: int, reason: str) -> Ticket:
    ensure_enabled()
    if not reason.strip():
        raise ValueError("say why")
    ticket: Ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).get(pk=ticket_id)
    return ticket


def _state(ticket: Ticket) -> dict[str, str]:
    return {"status": ticket.billing_status, "reason": ticket.billing_reason}


def _record(action: str, ticket: Ticket, before: dict[str, str], *, reason: str, by: str, at: datetime) -> None:
    audit.record(action, ticket, by=by, at=at, reason=reason, data={"before": before, "after": _state(ticket)})


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
