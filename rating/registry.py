"""The strategies there are, and which one a ticket takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rating.strategies import mixed, per_ticket, time_based

if TYPE_CHECKING:
    from collections.abc import Callable

    from rating.outcome import Priced
    from rating.terms import Terms
    from rating.work import Work


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to price a ticket.

    `rate` prices what allowances left over. `applies` says when it is the natural choice; at most one registered
    strategy says so of a ticket. `bills_time` and `bills_fee` say what of the work it prices.
    """

    name: str
    rate: Callable[[Work, Terms], Priced]
    applies: Callable[[Work, Terms], bool]
    bills_time: bool
    bills_fee: bool


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("mixed", mixed.rate, mixed.applies, bills_time=True, bills_fee=True),
        Strategy("time_based", time_based.rate, time_based.applies, bills_time=True, bills_fee=False),
        Strategy("per_ticket", per_ticket.rate, per_ticket.applies, bills_time=False, bills_fee=True),
    )
}


def choose(work: Work, terms: Terms) -> str:
    """The strategy's name: a person's choice, the contract's own, the one that applies, the configured default."""
    agreed = terms.forced_strategy or terms.strategy
    if agreed:
        return agreed
    return next((name for name, entry in STRATEGIES.items() if entry.applies(work, terms)), terms.default_strategy)


def strategy_named(name: str) -> Strategy:
    """The registered strategy. Raises ValueError with the names that there are."""
    try:
        return STRATEGIES[name]
    except KeyError:
        raise ValueError(f"Strategy {name!r} is not known; it is one of {', '.join(STRATEGIES)}.") from None
