"""Contracts: the terms of one client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from contracts.models import Contract
from office.importing.keys import Of
from office.importing.problem import Problem, quoted
from office.importing.record_type import Check, RecordType
from office.importing.values import Reader, Value, choice, decimal, hours, integer
from rating.registry import STRATEGIES
from rating.terms import BusinessHours

if TYPE_CHECKING:
    from collections.abc import Mapping

of = Of(Contract)

_HOURS_OF_A_MONTH = 100_000  # a whole company's prepaid hours; more is a slip
_FAIR_USE: Mapping[str, Reader] = {
    "soft_tickets": integer(0, 1_000_000),
    "hard_tickets": integer(0, 1_000_000),
    "soft_hours": decimal(12, 4),
    "hard_hours": decimal(12, 4),
}

# Periods of recurring charges that were billed and that would be charged for other days under the new dates.
_MOVED = (
    " JOIN LATERAL (SELECT r.external_id AS charge, invoicing_moved_period(r.id,"
    " invoicing_days(r.valid_from, r.valid_to), invoicing_days(i.start_on, i.end_on)) AS found_at"
    " FROM contracts_recurringcharge r WHERE r.contract_id = t.id"
    " AND (i.start_on, i.end_on) IS DISTINCT FROM (t.start_on, t.end_on)) moved ON moved.found_at IS NOT NULL"
)


def allowance(value: object, read: Reader) -> tuple[Value, Value]:
    """An allowance as two columns: how much, and whether it is unlimited."""
    return (None, True) if value == "unlimited" else (read(value), False)


def rollover(value: object) -> tuple[Value, Value]:
    """Months, and whether it is unlimited; the months of an unlimited rollover are of no consequence."""
    return (0, True) if value == "unlimited" else (integer(0, 120)(value), False)


def business_hours(value: object) -> str:
    """Business hours such as {"mon-fri": "08:00-18:00"}, as JSON."""
    if not isinstance(value, dict):
        raise Problem(f'must be an object such as {{"mon-fri": "08:00-18:00"}}, not {quoted(value)}')
    try:
        BusinessHours.parse(value)
    except (TypeError, ValueError) as error:
        raise Problem(f"cannot be read: {error}") from error
    return json.dumps(value)


def fair_use(value: object) -> str:
    """The limits of an unlimited plan, as JSON with the hours as decimal strings."""
    if not isinstance(value, dict) or not value.keys() <= _FAIR_USE.keys():
        raise Problem(f"must be an object with {', '.join(_FAIR_USE)}, not {quoted(value)}")
    found: dict[str, Value] = {}
    for name, part in value.items():
        try:
            found[name] = _FAIR_USE[name](part)
        except Problem as problem:
            raise Problem(f"{name} {problem}") from problem
    return json.dumps(found)


CONTRACT = RecordType(
    "contract",
    Contract,
    keys=(
        of.reference("client", "client", fixed=True),
        of.choice("status").needed(),
        of.day("start_date", "start_on"),
        of.day("end_date", "end_on"),
        of.value("strategy", choice(*STRATEGIES)),
        of.decimal("hourly_rate"),
        of.decimal("per_ticket_rate"),
        of.several(
            "included_tickets",
            lambda value: allowance(value, integer(0, 1_000_000)),
            ("included_tickets", "unlimited_tickets"),
            (None, False),
        ),
        of.several(
            "included_hours",
            lambda value: allowance(value, hours(_HOURS_OF_A_MONTH)),
            ("included_seconds", "unlimited_hours"),
            (None, False),
        ),
        of.several("rollover_months", rollover, ("rollover_months", "unlimited_rollover"), (0, False)),
        of.choice("rounding.level", "rounding_level"),
        of.value("rounding.increment_minutes", integer(1, 1440), "rounding_increment_minutes"),
        of.choice("rounding.direction", "rounding_direction"),
        of.value("rounding.minimum_hours", hours(24), "minimum_seconds"),
        of.choice("below_minimum"),
        of.value("business_hours", cast("Reader", business_hours)),
        of.value("fair_use", cast("Reader", fair_use)),
        of.choice("late_work"),
        of.choice("grouping"),
    ),
    checks=(
        Check("end_date", "i.end_on < i.start_on", "'is before start_date'"),
        *(
            Check(
                key,
                f"i.{column} IS DISTINCT FROM t.{column}",
                "format('cannot change: recurring charge %s is %s', to_json(moved.charge), moved.found_at)",
                _MOVED,
            )
            for key, column in (("start_date", "start_on"), ("end_date", "end_on"))
        ),
    ),
)
