"""Compute a line's amount again, from nothing but its stored explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from rating import by_hand, correction, expenses, recurring, single_charge
from rating.gateway import calls, cases, changes, services, setup
from rating.hours import HOUR
from rating.money import amount
from rating.rates import product
from rating.recurring import DAY, ChargedPeriod, period_price
from rating.rounding import Piece, round_pieces
from rating.strategies import per_ticket, time_based
from rating.terms import Rounding

Inputs: TypeAlias = Mapping[str, Any]


class UnknownRule(ValueError):  # noqa: N818 - says what was found, as a sentence
    """No rule of that name and version can be computed again."""


def recompute(explanation: Mapping[str, Any]) -> int:
    """Minor units that the line must have, from `Explanation.as_dict()` or what JSON made of it.

    Raises UnknownRule for a rule that is not registered, ValueError for inputs that are missing or make no sense.
    """
    key = (explanation.get("rule"), explanation.get("version"))
    rule = RULES.get(key)
    if rule is None:
        raise UnknownRule(f"Rule {key[0]!r} in version {key[1]!r} is not known.")
    try:
        return rule(explanation["inputs"])
    except (KeyError, TypeError, ArithmeticError) as problem:
        raise ValueError(f"The explanation by rule {key[0]} cannot be computed: {problem!r}.") from problem


def _time(inputs: Inputs) -> int:
    pieces = [_piece(entry) for entry in inputs["time_entries"]]
    hourly = Decimal(inputs["hourly_rate"])
    buckets = round_pieces(pieces, Rounding(**inputs["rounding"]))
    seconds = sum(bucket.by_rate.get(hourly, 0) for bucket in buckets)
    return amount(Decimal(seconds), hourly, currency=inputs["currency"], price_per=HOUR)


def _piece(entry: Inputs) -> Piece:
    """A multiplied rate is multiplied again: its result is not believed."""
    hourly = Decimal(entry["hourly_rate"])
    if "base_rate" in entry:
        hourly = product(Decimal(entry["base_rate"]), tuple(Decimal(factor) for factor in entry["multipliers"]))
    return Piece(entry["worked_on"], hourly, entry["seconds"] - entry["covered_seconds"])


def _fee(inputs: Inputs) -> int:
    return amount(per_ticket.ONE, Decimal(inputs["fee"]), currency=inputs["currency"])


def _units(inputs: Inputs) -> int:
    return amount(Decimal(inputs["quantity"]), Decimal(inputs["unit_price"]), currency=inputs["currency"])


def _correction(inputs: Inputs) -> int:
    quantity, unit_price = Decimal(inputs["quantity"]), Decimal(inputs["unit_price"])
    return amount(quantity, unit_price, currency=inputs["currency"], price_per=_whole(inputs["price_per"]))


def _recurring(inputs: Inputs) -> int:
    quantity, unit_price = Decimal(inputs["quantity"]), Decimal(inputs["unit_price"])
    return period_price(quantity, unit_price, inputs["currency"], _period(inputs))


def _period(inputs: Inputs) -> ChargedPeriod:
    start, end, first, last = (date.fromisoformat(inputs[name]) for name in PERIOD)
    return ChargedPeriod(start, end + DAY, first, last, due_on=first)


def _calls(inputs: Inputs) -> int:
    billable = calls.billable_seconds(
        inputs["metered_seconds"],
        before_seconds=inputs["before_seconds"],
        included_seconds=inputs["included_seconds"],
        unlimited=inputs["unlimited"],
    )
    usage = calls.usage_price(billable, Decimal(inputs["rate"]), inputs["currency"])
    return calls.net_price(usage, Decimal(inputs["discount_percent"]))


def _cases(inputs: Inputs) -> int:
    return _whole(inputs["cases"]) * _whole(inputs["price_cents"])


def _flat(inputs: Inputs) -> int:
    return _whole(inputs["price_cents"])


def _whole(number: object) -> int:
    if not isinstance(number, int):
        raise TypeError(f"{number!r} is no whole number")
    return number


def _service(inputs: Inputs) -> int:
    unit_price = services.net_unit_price(Decimal(inputs["unit_price"]), Decimal(inputs["discount_percent"]))
    return period_price(Decimal(inputs["quantity"]), unit_price, inputs["currency"], _period(inputs))


def _setup(inputs: Inputs) -> int:
    return amount(setup.ONE, Decimal(inputs["fee"]), currency=inputs["currency"])


PERIOD = ("period_first_day", "period_last_day", "charged_first_day", "charged_last_day")
RULES: dict[tuple[Any, Any], Callable[[Inputs], int]] = {
    (time_based.RULE, time_based.VERSION): _time,
    (per_ticket.RULE, per_ticket.VERSION): _fee,
    (expenses.RULE, expenses.VERSION): _units,
    (recurring.RULE, recurring.VERSION): _recurring,
    (single_charge.RULE, single_charge.VERSION): _units,
    (by_hand.RULE, by_hand.VERSION): _units,
    (correction.RULE, correction.VERSION): _correction,
    (calls.RULE, calls.VERSION): _calls,
    (cases.CASE_RULE, cases.CASE_VERSION): _cases,
    (cases.FLAT_RULE, cases.FLAT_VERSION): _flat,
    (services.RULE, services.VERSION): _service,
    (changes.RULE, changes.VERSION): _units,
    (setup.RULE, setup.VERSION): _setup,
}
