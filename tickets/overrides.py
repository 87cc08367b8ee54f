"""What a person decides about billing a ticket: each with a reason, each in the audit trail (T-21).

Whether the person may do so is checked where they act: admin, command.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from invoicing import audit
from invoicing.reasons import stated
from invoicing.switches import ensure_enabled
from invoicing.transitions import InvalidTransition
from rating.registry import strategy_named
from tickets import billing
from tickets.models import Ticket
from tickets.plan import HELD_BY_PERSON
from tickets.released import release_coverage
from tickets.run import TicketResult

OPEN = (Ticket.Billing.UNBILLED, Ticket.Billing.HELD, Ticket.Billing.SKIPPED)
SETTLED = (Ticket.Billing.BILLED, Ticket.Billing.COVERED)
RATE_PLACES, HIGHEST_RATE = Decimal("0.0001"), Decimal(10**8)


def bill_now(ticket_id: int, *, reason: str, by: str, at: datetime) -> TicketResult:
    """Bill a ticket by hand, whatever enrolment, delay and the kill switch say."""
    result = billing.bill_ticket(ticket_id, at=at, by=by, by_hand=True, reason=stated(reason))
    if result is None:
        raise Ticket.DoesNotExist(f"there is no ticket with the key {ticket_id}")
    return result


@transaction.atomic
def force_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> TicketResult:
    """Bill a ticket although it need not be: not billable, of a type that is not billed, covered, held, waived.

    What is on a line stays there: nothing is billed twice. An open ticket is billed when it is closed. A ticket above
    the threshold still waits for its approval.
    """
    ticket = _locked(ticket_id, reason)
    before = {"forced": ticket.forced, **_state(ticket)}
    _save(ticket, {"forced": True}, by=by)
    given_back = release_coverage(ticket_id, reason=reason, by=by, at=at)
    if given_back or ticket.billing_status not in (Ticket.Billing.BILLED, Ticket.Billing.UNBILLED):
        ticket.release(at=at)
    after = {"forced": True, **_state(ticket)}
    data = {"before": before, "after": after, "given_back": given_back}
    audit.record("ticket.forced", ticket, by=by, at=at, reason=reason.strip(), data=data)
    return bill_now(ticket_id, reason=reason, by=by, at=at)


def choose_strategy(ticket_id: int, strategy: str, *, reason: str, by: str, at: datetime) -> Ticket:
    """Bill a ticket by this strategy from now on; "" goes back to the contract's. Raises ValueError for others."""
    if strategy:
        strategy_named(strategy)
    return _change(ticket_id, "ticket.strategy", {"strategy_override": strategy}, reason=reason, by=by, at=at)


def set_rate(ticket_id: int, rate: Decimal | None, *, reason: str, by: str, at: datetime) -> Ticket:
    """Price the hours of a ticket from now on at this rate, in major units; None goes back to the agreed one.

    Raises ValueError for a rate below zero, with more than four places, or beyond what can be stored.
    """
    return _change(ticket_id, "ticket.rate", {"hourly_rate_override": checked_rate(rate)}, reason=reason, by=by, at=at)


def checked_rate(rate: Decimal | None) -> Decimal | None:
    """The rate as it is stored, in major units. Raises ValueError for one that cannot be a price of an hour."""
    if rate is None:
        return None
    if not rate.is_finite() or not 0 <= rate < HIGHEST_RATE:
        raise ValueError(f"a rate must be zero or more and below {HIGHEST_RATE}, not {rate}")
    stored = abs(rate.quantize(RATE_PLACES))  # a minus before zero is none
    if stored != rate:
        raise ValueError(f"a rate has at most 4 places, not as {rate}")
    return stored


@transaction.atomic
def waive_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> Ticket:
    """Give up billing a ticket. Raises InvalidTransition for one that is billed, covered or waived."""
    ticket = _locked(ticket_id, reason)
    ensure_waivable(ticket)
    before = _state(ticket)
    ticket.waive(detail=reason.strip(), at=at)
    _record("ticket.waived", ticket, before, reason=reason, by=by, at=at)
    return ticket


@transaction.atomic
def hold_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> Ticket:
    """Keep a ticket from being billed until somebody releases it, whatever else it may be held for."""
    ticket = _locked(ticket_id, reason)
    ensure_holdable(ticket)
    before = _state(ticket)
    if ticket.billing_status == Ticket.Billing.HELD:
        ticket.release(at=at)
    ticket.hold(reason=HELD_BY_PERSON, detail=reason.strip(), at=at)
    _record("ticket.held", ticket, before, reason=reason, by=by, at=at)
    return ticket


@transaction.atomic
def release_ticket(ticket_id: int, *, reason: str, by: str, at: datetime) -> Ticket:
    """Put a held, skipped or waived ticket back among what waits to be billed."""
    ticket = _locked(ticket_id, reason)
    ensure_releasable(ticket)
    before = _state(ticket)
    ticket.release(at=at)
    _record("ticket.released", ticket, before, reason=reason, by=by, at=at)
    return ticket


def ensure_waivable(ticket: Ticket) -> None:
    """Raise InvalidTransition for a ticket that is settled or waived."""
    if ticket.billing_status not in OPEN:
        raise InvalidTransition(f"ticket {ticket} is {ticket.billing_status} and cannot be waived")


def ensure_holdable(ticket: Ticket) -> None:
    """Raise InvalidTransition for a ticket that is settled, waived, or held by a person already."""
    if ticket.billing_status not in OPEN:
        raise InvalidTransition(f"ticket {ticket} is {ticket.billing_status} and cannot be held")
    if ticket.billing_reason == HELD_BY_PERSON:
        raise InvalidTransition(f"ticket {ticket} is held by a person already: {ticket.billing_detail}")


def ensure_releasable(ticket: Ticket) -> None:
    """Raise InvalidTransition for a ticket that nobody set aside."""
    if ticket.billing_status in SETTLED:
        raise InvalidTransition(f"ticket {ticket} is {ticket.billing_status}: take it off its document, or force it")
    if ticket.billing_status == Ticket.Billing.UNBILLED:
        raise InvalidTransition(f"ticket {ticket} is not set aside")


@transaction.atomic
def _change(
    ticket_id: int, action: str, changes: Mapping[str, object], *, reason: str, by: str, at: datetime
) -> Ticket:
    """Set columns that decide how a ticket is billed; the database puts the ticket back if it was set aside."""
    ticket = _locked(ticket_id, reason)
    before = {**_plain({name: getattr(ticket, name) for name in changes}), **_state(ticket)}
    _save(ticket, changes, by=by)
    data = {"before": before, "after": {**_plain(changes), **_state(ticket)}}
    audit.record(action, ticket, by=by, at=at, reason=reason.strip(), data=data)
    return ticket


def _save(ticket: Ticket, changes: Mapping[str, object], *, by: str) -> None:
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.acting = by
    ticket.save(update_fields=list(changes))
    ticket.refresh_from_db(fields=["billing_status", "billing_reason", "billing_detail"])


def _locked(ticket_id: int, reason: str) -> Ticket:
    ensure_enabled()
    stated(reason)
    ticket: Ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).get(pk=ticket_id)
    return ticket


def _state(ticket: Ticket) -> dict[str, object]:
    return {"status": ticket.billing_status, "reason": ticket.billing_reason}


def _record(action: str, ticket: Ticket, before: dict[str, object], *, reason: str, by: str, at: datetime) -> None:
    data = {"before": before, "after": _state(ticket)}
    audit.record(action, ticket, by=by, at=at, reason=reason.strip(), data=data)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
