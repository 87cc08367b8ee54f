"""Which units a line bills, according to its own explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from rating import expenses, recurring, single_charge
from rating.recompute import UnknownRule
from rating.sources import EXPENSE, TICKET_FEE, TIME_ENTRY
from rating.strategies import per_ticket, time_based

Inputs: TypeAlias = Mapping[str, Any]


class NamedSource(NamedTuple):
    """A unit as an explanation names it. Without a reference: one of that kind. A quantity of None is not told."""

    kind: str
    reference: str
    quantity: Decimal | None
    part: str = ""


def named_sources(explanation: Mapping[str, Any]) -> list[NamedSource]:
    """The units, in the order in which they are named.

    Raises UnknownRule for a rule that is not registered, ValueError for inputs that are missing or make no sense.
    """
    rule = RULES.get(str(explanation.get("rule")))
    if rule is None:
        raise UnknownRule(f"Rule {explanation.get('rule')!r} names no sources.")
    try:
        return rule(explanation["inputs"])
    except (KeyError, TypeError, ArithmeticError) as problem:
        raise ValueError(f"The explanation by rule {explanation['rule']} names no sources: {problem!r}.") from problem


def _time(inputs: Inputs) -> list[NamedSource]:
    """The entries at the rate of the line; others are named only because they were rounded together with them."""
    hourly = Decimal(inputs["hourly_rate"])
    return [
        NamedSource(TIME_ENTRY, entry["time_entry"], Decimal(entry["seconds"] - entry["covered_seconds"]))
        for entry in inputs["time_entries"]
        if Decimal(entry["hourly_rate"]) == hourly
    ]


def _fee(inputs: Inputs) -> list[NamedSource]:
    return [
        NamedSource(TICKET_FEE, "", per_ticket.ONE),
        *(NamedSource(TIME_ENTRY, reference, None) for reference in inputs["time_entries"]),
    ]


def _expense(inputs: Inputs) -> list[NamedSource]:
    return [NamedSource(EXPENSE, inputs["expense"], Decimal(inputs["quantity"]))]


def _recurring(inputs: Inputs) -> list[NamedSource]:
    reference, quantity = inputs["recurring_charge"], Decimal(inputs["quantity"])
    return [NamedSource(recurring.KIND, reference, quantity, inputs["period_first_day"])]


def _single(inputs: Inputs) -> list[NamedSource]:
    return [NamedSource(single_charge.KIND, inputs["charge"], Decimal(inputs["quantity"]))]


RULES: Final[Mapping[str, Callable[[Inputs], list[NamedSource]]]] = {
    time_based.RULE: _time,
    per_ticket.RULE: _fee,
    expenses.RULE: _expense,
    recurring.RULE: _recurring,
    single_charge.RULE: _single,
}
