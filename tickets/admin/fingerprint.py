"""What tells a plan from another one of the same tickets: a person confirms what they were shown, or is asked again."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from tickets.run import TicketResult


def fingerprint(results: Iterable[TicketResult], *more: object) -> str:
    """A digest of what billing would do: outcomes, amounts and the units on each line."""
    shown = [
        (one.ticket, one.outcome, one.reason, one.error, one.strategy,
         [(charge.kind, charge.amount_cents, charge.quantity, [(unit.kind, unit.id) for unit in charge.sources])
          for charge in one.charges])
        for one in results
    ]  # fmt: skip
    return sha256(repr((shown, more)).encode()).hexdigest()
