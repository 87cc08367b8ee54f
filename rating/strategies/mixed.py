"""Bill the time and the fee: exactly the lines of the two other strategies, time first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rating.outcome import Priced
from rating.strategies import per_ticket, time_based

if TYPE_CHECKING:
    from rating.terms import Terms
    from rating.work import Work


def applies(work: Work, terms: Terms) -> bool:
    """Where there are time and a fee, and the terms allow both on one ticket."""
    return terms.allow_mixed and bool(work.time) and work.has_fee


def rate(work: Work, terms: Terms) -> Priced:
    """The time lines, then the fee line, which claims no time here."""
    time = time_based.rate(work, terms)
    fee = per_ticket.rate(replace(work, time=()), terms)
    return Priced(time.charges + fee.charges, time.free + fee.free, time.reason)
