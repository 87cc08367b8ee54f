"""One plan from what the parts of a ticket were rated at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rating.outcome import NO_RATE, NOTHING_TO_BILL, Rated
from rating.sources import time_source
from tickets import plan as outcomes
from tickets.facts import TicketFacts
from tickets.parts import Part
from tickets.plan import CHARGE, COVERED, COVERED_REASONS, HOLD, HOLD_REASONS, SKIP, TicketPlan


def combined(ticket: TicketFacts, parts: Sequence[Part], rated: Sequence[Rated]) -> TicketPlan:
    """One plan from the parts: a reason to hold wins, then charges, then coverage, then the last reason."""
    reasons = [result.reason for result in rated if result.reason]
    if hold := next((reason for reason in reasons if reason in HOLD_REASONS), ""):
        return without_charge(ticket, hold, _without_rate(parts) if hold == NO_RATE else "")
    whole = _joined(ticket, parts, rated)
    if whole.charges:
        return whole
    if whole.absorbed:
        return replace(whole, outcome=COVERED, reason=outcomes.LATE_WORK_ABSORBED)
    if covered := next((reason for reason in reasons if reason in COVERED_REASONS), ""):
        return replace(whole, outcome=COVERED, reason=covered)
    return _nothing_charged(ticket, reasons[-1], whole)


def _joined(ticket: TicketFacts, parts: Sequence[Part], rated: Sequence[Rated]) -> TicketPlan:
    return TicketPlan(
        ticket,
        CHARGE,
        strategy=rated[-1].strategy,
        charges=tuple(charge for result in rated for charge in result.charges),
        allocations=tuple(use for result in rated for use in result.allocations),
        covered=tuple(source for result in rated for source in result.covered),
        # What one part skips is settled with the ticket that another part bills: it must not make the ticket due again.
        free=tuple(source for result in rated for source in (*result.free, *result.skipped)),
        absorbed=tuple(time_source(entry) for part in parts for entry in part.absorbed),
    )


def _nothing_charged(ticket: TicketFacts, reason: str, whole: TicketPlan) -> TicketPlan:
    """No line and no allowance: what was billed before may have paid for it, as a fee does for later time."""
    plan = without_charge(ticket, _why_nothing(ticket) if reason == NOTHING_TO_BILL else reason)
    return replace(plan, free=whole.free) if plan.reason == outcomes.ALREADY_BILLED else plan


def _why_nothing(ticket: TicketFacts) -> str:
    """Nothing is left to bill: because it was billed before, here or elsewhere, or because there never was anything."""
    if ticket.settled.units > ticket.settled.elsewhere:
        return outcomes.ALREADY_BILLED
    return outcomes.BILLED_ELSEWHERE if ticket.billed_elsewhere or ticket.settled.elsewhere else NOTHING_TO_BILL


def _without_rate(parts: Sequence[Part]) -> str:
    return ", ".join(entry.reference for part in parts for entry in part.work.time if entry.hourly_rate is None)


def without_charge(ticket: TicketFacts, reason: str, detail: str = "") -> TicketPlan:
    """The plan of a ticket that is held or skipped for this reason."""
    return TicketPlan(ticket, HOLD if reason in HOLD_REASONS else SKIP, reason, detail)
