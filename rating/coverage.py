"""Allowances come off first: what of a ticket its contract has already paid for.

An allowance counts by calendar month: hours in the month of the work, tickets in the month of the closing. Balances
are handed in and what is used is handed out, so that a batch can carry them from ticket to ticket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rating.terms import UNLIMITED, Terms
from rating.work import Work, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from rating.rollover import HourAccount

INCLUDED_TICKET = "included_ticket"
INCLUDED_HOURS = "included_hours"
UNLIMITED_PLAN = "unlimited_plan"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a month's allowances: tickets, and seconds.

    None: nothing is counted here. For an unlimited plan a number is what is left until the excess is billed.
    """

    tickets: int | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """A use of an allowance: of one ticket (source: the ticket) or of seconds (source: a time entry)."""

    contract: int
    month: date
    kind: str
    source_id: int
    tickets: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Covered:
    """What the allowances pay for. `ticket`: all time and the fee; `seconds`: (entry id, seconds, month) each.

    `reason` names the allowance that was used, "" where none was.
    """

    ticket: bool = False
    seconds: tuple[tuple[int, int, date], ...] = ()
    reason: str = ""


def month_of(day: date) -> date:
    """The first of the day's month."""
    return day.replace(day=1)


def months_needed(work: Work) -> set[date]:
    """The months whose balances `cover` may ask for."""
    days = [entry.worked_on for entry in work.time]
    if work.closed_on is not None:
        days.append(work.closed_on)
    return {month_of(day) for day in days}


def cover(
    work: Work,
    terms: Terms,
    left: Mapping[date, Left],
    *,
    hours: HourAccount | None = None,
    time_is_billed: bool = True,
) -> Covered:
    """What the contract's allowances pay of this work, included tickets before included hours.

    `hours` is the account of a contract whose unused hours roll over; it takes the place of the seconds in `left`.
    Hours are used only where the strategy bills time. Raises LookupError where an allowance is limited and `left`
    has no balance for the month.
    """
    if terms.contract is None or not (work.time or work.has_fee):
        return Covered()
    if terms.included_tickets is not None and _ticket_is_included(work, terms, left):
        return Covered(ticket=True, reason=UNLIMITED_PLAN if terms.included_tickets == UNLIMITED else INCLUDED_TICKET)
    if terms.included_seconds is None or not time_is_billed or _is_excess(terms):
        return Covered()
    seconds = _covered_seconds(work, terms, left, hours)
    reason = UNLIMITED_PLAN if terms.included_seconds == UNLIMITED else INCLUDED_HOURS
    return Covered(seconds=seconds, reason=reason if seconds else "")


def allocations(work: Work, terms: Terms, covered: Covered) -> tuple[Allocation, ...]:
    """The uses to record for what is covered. Later work on an unlimited plan uses nothing more."""
    if terms.contract is None or not covered.reason:
        return ()
    if covered.ticket:
        if work.closed_on is None or not work.counts_as_ticket:
            return ()
        return (Allocation(terms.contract, month_of(work.closed_on), "ticket", work.ticket_id, tickets=1),)
    return tuple(
        Allocation(terms.contract, month, "time_entry", entry, seconds=seconds)
        for entry, seconds, month in covered.seconds
    )


def left_after(left: Mapping[date, Left], used: Iterable[Allocation]) -> dict[date, Left]:
    """The balances after these uses, for the next ticket of the same contract."""
    balances = dict(left)
    for use in used:
        before = balances.get(use.month, Left())
        balances[use.month] = Left(
            None if before.tickets is None else before.tickets - use.tickets,
            None if before.seconds is None else before.seconds - use.seconds,
        )
    return balances


def _is_excess(terms: Terms) -> bool:
    """Whether a ticket that was not included is beyond fair use: unlimited hours do not pay for it either."""
    return terms.included_tickets == terms.included_seconds == UNLIMITED


def _ticket_is_included(work: Work, terms: Terms, left: Mapping[date, Left]) -> bool:
    """An unlimited plan also takes later work, which is no further ticket; a limited one only a ticket that counts."""
    unlimited = terms.included_tickets == UNLIMITED
    if work.closed_on is None or not (unlimited or work.counts_as_ticket):
        return unlimited
    month = month_of(work.closed_on)
    balance = left.get(month, Left()).tickets
    if balance is None and not unlimited:
        raise LookupError(f"The included tickets left in {month:%Y-%m} of contract {terms.contract} were not given.")
    return balance is None or balance > 0


def _covered_seconds(
    work: Work, terms: Terms, left: Mapping[date, Left], hours: HourAccount | None
) -> tuple[tuple[int, int, date], ...]:
    balances: dict[date, int | None] = {}
    covered = []
    for entry in in_order(work.time):
        month = month_of(entry.worked_on)
        if hours is not None:
            balances[month] = hours.left(month)  # an entry of another month may have taken from the same hours
        elif month not in balances:
            balances[month] = _seconds_left(terms, left, month)
        balance = balances[month]
        taken = entry.remaining if balance is None else min(entry.remaining, balance)
        if taken > 0:
            covered.append((entry.id, taken, month))
            balances[month] = None if balance is None else balance - taken
            hours = None if hours is None else hours.after(month, taken)
    return tuple(covered)


def _seconds_left(terms: Terms, left: Mapping[date, Left], month: date) -> int | None:
    balance = left.get(month, Left()).seconds
    if balance is None and terms.included_seconds != UNLIMITED:
        raise LookupError(f"The included seconds left in {month:%Y-%m} of contract {terms.contract} were not given.")
    return balance
