"""A ticket's work, split by the contract in force on each day (T-03, T-14, T-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from config import BillingSettings
from contracts.agreements import Agreements, Binding, SeveralContracts
from contracts.models import Client
from rating.terms import Terms
from rating.work import Fee, Work, WorkedTime
from tickets import plan as outcomes
from tickets.facts import LoggedTime, TicketFacts

SUBMITTED, APPROVED = "submitted", "approved"
WORKED = (SUBMITTED, APPROVED)


class NotCharged(Exception):  # noqa: N818 - ends the planning of one ticket with its reason
    """The ticket is not charged; carries the reason and its detail."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Part:
    """The work of one ticket under one contract, with its terms. `absorbed`: late time that is not charged."""

    binding: Binding
    terms: Terms
    work: Work
    absorbed: tuple[WorkedTime, ...] = ()


def counted_time(ticket: TicketFacts) -> list[LoggedTime]:
    """The entries that the client may be asked to pay for; a person may force those that are not billable."""
    return [entry for entry in ticket.time if (entry.billable or ticket.forced) and entry.status in WORKED]


def raw_seconds(ticket: TicketFacts) -> int:
    """The seconds of what counts, before any minimum or rounding."""
    return sum(entry.worked.seconds for entry in counted_time(ticket))


def split(ticket: TicketFacts, agreements: Agreements, settings: BillingSettings, at: datetime) -> list[Part]:
    """The parts of a ticket, the one of the day it closed last: fee and expenses go with that day.

    Raises NotCharged where an entry waits for approval, or where several contracts could apply.
    """
    client = agreements.clients[ticket.client or 0]
    counted = counted_time(ticket)
    _refuse_pending(client, counted, settings)
    closed_on = (ticket.finished_at or at).astimezone(client.zone).date()
    closing = _binding(ticket, agreements, closed_on)
    # By contract: minimum and rounding are agreed per ticket and contract.
    groups: dict[int, tuple[Binding, list[WorkedTime]]] = {}
    for entry in counted:
        binding = _binding(ticket, agreements, entry.worked.worked_on)
        groups.setdefault(_key(binding), (binding, []))[1].append(entry.worked)
    _, closing_time = groups.pop(_key(closing), (closing, []))
    earlier = [_part(ticket, agreements, binding, time, None) for binding, time in groups.values()]
    return [*earlier, _part(ticket, agreements, closing, closing_time, closed_on)]


def _refuse_pending(client: Client, counted: Sequence[LoggedTime], settings: BillingSettings) -> None:
    own = client.require_entry_approval
    if settings.require_entry_approval if own is None else own:
        waiting = [entry.worked.reference for entry in counted if entry.status == SUBMITTED]
        if waiting:
            raise NotCharged(outcomes.ENTRIES_PENDING_APPROVAL, ", ".join(waiting))


def _binding(ticket: TicketFacts, agreements: Agreements, on: date) -> Binding:
    try:
        return agreements.binding(ticket.client or 0, ticket.contact, ticket.contract, on)
    except SeveralContracts as several:
        raise NotCharged(outcomes.SEVERAL_CONTRACTS, f"in force on {on}: {several}") from several


def _key(binding: Binding) -> int:
    return binding.contract.pk if binding.contract else 0


def _part(
    ticket: TicketFacts, agreements: Agreements, binding: Binding, time: Sequence[WorkedTime], closed_on: date | None
) -> Part:
    """One contract's part. Only the part of the closing day carries the fee, the expenses and the ticket itself."""
    terms = _terms_of(ticket, agreements.terms(ticket.client or 0, binding), has_time=bool(time))
    absorbed = tuple(time) if ticket.late and terms.late_work == "absorb" and not ticket.forced else ()
    fee_is_open = not (ticket.late or ticket.billed_elsewhere or ticket.settled.fee or ticket.only_time)
    first_bill = closed_on is not None and fee_is_open
    work = Work(
        number=ticket.number,
        subject=ticket.subject,
        time=() if absorbed else tuple(time),
        fee=Fee(ticket.id, *binding.fee, reference=ticket.reference) if first_bill and binding.fee else None,
        expenses=tuple(ticket.expenses) if closed_on is not None else (),
        ticket_id=ticket.id,
        closed_on=closed_on,
        counts_as_ticket=first_bill,
    )
    return Part(binding, terms, work, absorbed)


def _terms_of(ticket: TicketFacts, terms: Terms, *, has_time: bool) -> Terms:
    """The contract's terms with what a person decided for this ticket."""
    changes: dict[str, object] = {}
    if ticket.strategy_override:
        changes["forced_strategy"] = ticket.strategy_override
    if ticket.hourly_rate_override is not None:
        changes["override_rate"] = ticket.hourly_rate_override
    if ticket.forced:
        changes |= {"included_tickets": None, "included_seconds": None}
    if terms.require_time_entries and not has_time and (ticket.late or ticket.settled.units or counted_time(ticket)):
        # Time was settled before, or falls under another contract: nobody forgot to log it.
        changes["require_time_entries"] = False
    return replace(terms, **changes) if changes else terms  # type: ignore[arg-type]
