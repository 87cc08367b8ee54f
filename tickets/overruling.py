"""The ways to overrule how a ticket is billed: what each does, what it would come to, and who may.

Pages and commands share them, so that what is shown before is what is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from rating.registry import strategy_named
from tickets import billing, overrides
from tickets.applying import decided
from tickets.foreseen import foresee, foresee_force, foresee_release
from tickets.models import Ticket
from tickets.plan import HELD_BY_PERSON, WAIVED, TicketPlan
from tickets.run import TicketResult

State = dict[str, Any]
# The state that a ticket is in afterwards, and what billing by hand would come to then (None: nothing is billed).
Foreseen = tuple[State, TicketPlan | None]


@dataclass(frozen=True, slots=True)
class Override:
    """One way to overrule. `do` takes the key of a ticket, reason, by and at; `foresee` the ticket and at.

    Both raise InvalidTransition, ValueError or BillingDisabled where it is refused.
    """

    name: str
    permission: str
    do: Callable[..., object]
    foresee: Callable[..., Foreseen]


def state_of(ticket: Ticket) -> State:
    """What overrides change of a ticket."""
    rate = ticket.hourly_rate_override
    return {
        "billing_status": ticket.billing_status,
        "billing_reason": ticket.billing_reason,
        "forced": ticket.forced,
        "strategy": ticket.strategy_override or None,
        "rate": None if rate is None else f"{rate.normalize():f}",
    }


def perform(
    override: Override, ticket: Ticket, *, reason: str, by: str, at: datetime
) -> TicketResult | TicketPlan | None:
    """Do it. Answers the result of forcing; of what changes the price or releases, what billing would come to now."""
    done = override.do(ticket.pk, reason=reason, by=by, at=at)
    if isinstance(done, TicketResult):
        return done
    return None if override.name in ("hold", "waive") else billing.plan_ticket(ticket.pk, at=at)


def with_strategy(name: str) -> Override:
    """Bill by this strategy; "" for the contract's. Raises ValueError for one that is not registered."""
    if name:
        strategy_named(name)
    do = partial(_choose_strategy, name)
    return Override("strategy", "tickets.override_strategy", do, partial(_priced, {"strategy_override": name}))


def with_rate(rate: Decimal | None) -> Override:
    """Price the hours at this rate, in major units; None for the agreed one. Raises ValueError where it cannot be."""
    checked = overrides.checked_rate(rate)
    do = partial(_set_rate, checked)
    return Override("rate", "tickets.override_rate", do, partial(_priced, {"hourly_rate_override": checked}))


def _choose_strategy(name: str, ticket_id: int, **how: Any) -> object:
    return overrides.choose_strategy(ticket_id, name, **how)


def _set_rate(rate: Decimal | None, ticket_id: int, **how: Any) -> object:
    return overrides.set_rate(ticket_id, rate, **how)


def _priced(changes: dict[str, Any], ticket: Ticket, *, at: datetime) -> Foreseen:
    after = ticket_with(ticket, **changes)
    aside = ticket.billing_status in ("held", "skipped") and ticket.billing_reason != HELD_BY_PERSON
    if aside and any(getattr(ticket, name) != value for name, value in changes.items()):
        after |= {"billing_status": "unbilled", "billing_reason": ""}
    return after, foresee(ticket.pk, at=at, **changes)


def ticket_with(ticket: Ticket, **changes: Any) -> State:
    """The state of the ticket with these columns changed; the ticket itself stays as it is."""
    before = {name: getattr(ticket, name) for name in changes}
    for name, value in changes.items():
        setattr(ticket, name, value)
    found = state_of(ticket)
    for name, value in before.items():
        setattr(ticket, name, value)
    return found


def _forced(ticket: Ticket, *, at: datetime) -> Foreseen:
    plan = foresee_force(ticket.pk, at=at)
    status, reason = decided(plan)
    return ticket_with(ticket, forced=True, billing_status=status, billing_reason=reason), plan


def _waived(ticket: Ticket, **_: Any) -> Foreseen:
    overrides.ensure_waivable(ticket)
    return ticket_with(ticket, billing_status="waived", billing_reason=WAIVED), None


def _held(ticket: Ticket, **_: Any) -> Foreseen:
    overrides.ensure_holdable(ticket)
    return ticket_with(ticket, billing_status="held", billing_reason=HELD_BY_PERSON), None


def _released(ticket: Ticket, *, at: datetime) -> Foreseen:
    overrides.ensure_releasable(ticket)
    plan = foresee_release(ticket.pk, at=at)
    return ticket_with(ticket, billing_status="unbilled", billing_reason=""), plan


FORCE = Override("force", "tickets.force_billing", overrides.force_ticket, _forced)
WAIVE = Override("waive", "tickets.waive_billing", overrides.waive_ticket, _waived)
HOLD = Override("hold", "tickets.hold_billing", overrides.hold_ticket, _held)
RELEASE = Override("release", "tickets.release_billing", overrides.release_ticket, _released)
SWITCHES = (FORCE, WAIVE, HOLD, RELEASE)
