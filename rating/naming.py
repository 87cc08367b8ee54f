"""Which units a line bills, according to its own explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from rating import by_hand, correction, expenses, recurring, single_charge
from rating.gateway import calls, cases, changes, kinds, services, setup
from rating.recompute import UnknownRule
from rating.sources import EXPENSE, TICKET_FEE, TIME_ENTRY
from rating.strategies import per_ticket, time_based

Inputs: TypeAlias = Mapping[str, Any]
Named = TypeVar("Named")


class NamedSource(NamedTuple):
    """A unit as an explanation names it. Without a reference: one of that kind. A quantity of None is not told."""

    kind: str
    reference: str
    quantity: Decimal | None
    part: str = ""


class NamedMass(NamedTuple):
    """Units that an explanation names by their number alone: thousands of calls or cases.

    `quantity` is the sum of theirs, `annex` the checksum of the list of them ("" where none was kept).
    """

    kind: str
    units: int
    quantity: Decimal
    annex: str = ""


def named_mass(explanation: Mapping[str, Any]) -> NamedMass | None:
    """The mass of units that a line bills; None where its rule names each unit (see `named_sources`).

    Raises ValueError for inputs that are missing or make no sense.
    """
    rule = MASSES.get(str(explanation.get("rule")))
    return None if rule is None else _read(rule, explanation)


def named_sources(explanation: Mapping[str, Any]) -> list[NamedSource]:
    """The units, in the order in which they are named; none of a rule that names a mass (see `named_mass`).

    Raises UnknownRule for a rule that is not registered, ValueError for inputs that are missing or make no sense.
    """
    rule = RULES.get(str(explanation.get("rule")))
    if rule is None:
        raise UnknownRule(f"Rule {explanation.get('rule')!r} names no sources.")
    return _read(rule, explanation)


def _read(rule: Callable[[Inputs], Named], explanation: Mapping[str, Any]) -> Named:
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


def _calls(inputs: Inputs) -> NamedMass:
    return NamedMass(kinds.CALL, inputs["calls"], Decimal(inputs["metered_seconds"]), inputs["annex"])


def _cases(inputs: Inputs) -> NamedMass:
    return NamedMass(kinds.CASE, inputs["cases"], Decimal(inputs["cases"]), inputs["annex"])


def _by_number(inputs: Inputs) -> list[NamedSource]:  # noqa: ARG001
    """A mass is named by its number alone; a correction, and what a person wrote, claim nothing."""
    return []


def _flat(inputs: Inputs) -> list[NamedSource]:
    return [NamedSource(kinds.FLAT_FEE, inputs["output_configuration"], cases.ONE, inputs["month"])]


def _service(inputs: Inputs) -> list[NamedSource]:
    return [NamedSource(kinds.SERVICE_PRICE, inputs["service_price"], Decimal(inputs["quantity"]), inputs["month"])]


def _change(inputs: Inputs) -> list[NamedSource]:
    return [NamedSource(kinds.SERVICE_CHANGE, inputs["service_change"], Decimal(inputs["quantity"]), inputs["month"])]


def _setup(inputs: Inputs) -> list[NamedSource]:
    return [NamedSource(kinds.SETUP_FEE, inputs["fee_schedule"], setup.ONE)]


RULES: Final[Mapping[str, Callable[[Inputs], list[NamedSource]]]] = {
    time_based.RULE: _time,
    per_ticket.RULE: _fee,
    expenses.RULE: _expense,
    recurring.RULE: _recurring,
    single_charge.RULE: _single,
    by_hand.RULE: _by_number,
    correction.RULE: _by_number,
    calls.RULE: _by_number,
    cases.CASE_RULE: _by_number,
    cases.FLAT_RULE: _flat,
    services.RULE: _service,
    changes.RULE: _change,
    setup.RULE: _setup,
}
MASSES: Final[Mapping[str, Callable[[Inputs], NamedMass]]] = {calls.RULE: _calls, cases.CASE_RULE: _cases}
