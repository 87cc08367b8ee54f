"""What happened to tickets: facts that others may act on, once per change of state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from tickets.models import Ticket

# Sent inside the transaction that changed the ticket, with `sender` the class of the event and `event` the fact.
happened = Signal()


@dataclass(frozen=True, slots=True)
class TicketCreated:
    ticket: Ticket
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TicketClosed:
    ticket: Ticket
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TicketResolved:
    ticket: Ticket
    actor: str
    at: datetime


TicketEvent = TicketCreated | TicketClosed | TicketResolved


def announce(event: TicketEvent) -> None:
    """Tell everybody who listens. A listener that fails is a defect and fails the save."""
    happened.send(sender=type(event), event=event)
