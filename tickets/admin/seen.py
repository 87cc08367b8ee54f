"""What a person has seen before they confirm: if it is something else by then, they are asked again."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.http import HttpRequest

from tickets.run import TicketResult

FIELD = "seen"


def fingerprint(results: Iterable[TicketResult], *more: object) -> str:
    """A digest of what billing would do: outcomes, amounts and the units on each line."""
    shown = [
        (one.ticket, one.outcome, one.reason, one.error, one.strategy,
         [(charge.kind, charge.amount_cents, charge.quantity, [(unit.kind, unit.id) for unit in charge.sources])
          for charge in one.charges])
        for one in results
    ]  # fmt: skip
    return sha256(repr((shown, more)).encode()).hexdigest()


def has_changed(request: HttpRequest, now: str) -> bool:
    """Whether the person was shown something else than what there is now."""
    return request.POST.get(FIELD, now) != now
