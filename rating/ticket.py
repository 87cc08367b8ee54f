"""Rate one ticket under one contract: choose the strategy, take off allowances, price the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rating import outcome
from rating.coverage import Covered, Left, allocations, cover
from rating.expenses import expense_charges
from rating.outcome import Priced, Rated
from rating.registry import Strategy, choose, strategy_named
from rating.sources import TIME_ENTRY, fee_source, time_source
from rating.work import Work, in_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from rating.rollover import HourAccount
    from rating.terms import Terms


def rate_ticket(work: Work, terms: Terms, left: Mapping[date, Left], hours: HourAccount | None = None) -> Rated:
    """Charges, or the reason why there are none, for the part of a ticket that falls under one contract.

    `left` are the balances by first of month of the contract's limited allowances, before this ticket; `hours` is the
    account of prepaid hours that roll over. Raises LookupError where a balance is missing, ValueError for a strategy
    that is not registered.
    """
    name = choose(work, terms)
    strategy = strategy_named(name)
    if not strategy.bills_fee and work.fee is not None:
        work = replace(work, fee=None)  # not owed under this strategy, so nothing can cover it either
    if _lacks_time(work, terms, strategy):
        return Rated(name, reason=outcome.NO_TIME_ENTRIES)
    covered = cover(work, terms, left, hours=hours, time_is_billed=strategy.bills_time)
    priced = strategy.rate(_rest(work, covered) if covered.reason else work, terms)
    if priced.reason == outcome.NO_RATE:
        return Rated(name, reason=outcome.NO_RATE)
    return _settled(name, work, terms, covered, priced)


def _lacks_time(work: Work, terms: Terms, strategy: Strategy) -> bool:
    """Expenses on a ticket billed by time, but no time: someone may have forgotten to log it."""
    if work.time or not (terms.require_time_entries and strategy.bills_time and work.counts_as_ticket):
        return False
    return bool(work.expenses) and not work.has_fee


def _rest(work: Work, covered: Covered) -> Work:
    """The work with what the allowances paid for marked as such, or left out with a whole ticket."""
    if covered.ticket:
        return replace(work, time=(), fee=None)
    taken = {entry: seconds for entry, seconds, _ in covered.seconds}
    time = (
        replace(entry, covered_seconds=entry.covered_seconds + taken[entry.id]) if entry.id in taken else entry
        for entry in work.time
    )
    return replace(work, time=tuple(time))


def _settled(name: str, work: Work, terms: Terms, covered: Covered, priced: Priced) -> Rated:
    charges = priced.charges + expense_charges(work, terms)
    if any(charge.amount_cents for charge in charges):
        lined = {source.id for charge in priced.charges for source in charge.sources if source.kind == TIME_ENTRY}
        return _with_settled(Rated(name, charges, free=priced.free), work, terms, covered, lined)
    unpriced = priced.free + tuple(source for charge in charges for source in charge.sources)
    if covered.reason:
        return _with_settled(Rated(name, reason=covered.reason, free=unpriced), work, terms, covered, set())
    reason = outcome.ZERO_AMOUNT if charges else priced.reason or outcome.NOTHING_TO_BILL
    return Rated(name, reason=reason, skipped=unpriced)


def _with_settled(rated: Rated, work: Work, terms: Terms, covered: Covered, lined: set[int]) -> Rated:
    """Adds what the allowances paid for. An entry of which they paid a part, the rest being free, counts as covered."""
    if not covered.reason:
        return rated
    paid = {entry.id for entry in work.time} if covered.ticket else {entry for entry, _, _ in covered.seconds}
    sources = tuple(time_source(entry) for entry in in_order(work.time) if entry.id in paid - lined)
    if covered.ticket and work.fee is not None and work.has_fee:
        sources += (fee_source(work.fee),)
    free = tuple(source for source in rated.free if source.kind != TIME_ENTRY or source.id not in paid)
    return replace(rated, allocations=allocations(work, terms, covered), covered=sources, free=free)
