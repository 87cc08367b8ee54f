"""Why a line costs what it costs, in a form that can be stored as JSON and computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = "str | int | bool | Decimal | Sequence[Value] | Mapping[str, Value] | None"
JSON: TypeAlias = "str | int | bool | list[JSON] | dict[str, JSON] | None"
# Constants: `str | int` in the function would be made anew for each of many thousand values.
_AS_IS = (str, int)
_MAPPINGS = (dict, Mapping)  # a dict is recognised at once, without asking the abstract class
_LISTS = (list, tuple)


def plain(number: Decimal) -> str:
    """The decimal in digits, never with an exponent. Raises ValueError for NaN and infinity."""
    if not number.is_finite():
        raise ValueError(f"{number} is no number that can be billed.")
    return format(number, "f")


def as_json(value: Value) -> JSON:
    """The value in types that JSON has; decimals become plain strings. Raises TypeError for a float or another type."""
    if value is None or isinstance(value, _AS_IS):
        return value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, _MAPPINGS):
        return {key: inner if isinstance(inner, _AS_IS) else as_json(inner) for key, inner in value.items()}
    if isinstance(value, _LISTS):
        return [as_json(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} {value!r} has no place in an explanation.")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rule and its version, what went in, and each step to the result.

    `inputs` suffice to compute the amount again (see `recompute`); `steps` are for people.
    """

    rule: str
    version: int
    inputs: Mapping[str, Value]
    steps: tuple[Mapping[str, Value], ...] = ()

    def as_dict(self) -> dict[str, JSON]:
        """The keys rule, version, inputs and steps, in types that JSON has."""
        return {
            "rule": self.rule,
            "version": self.version,
            "inputs": as_json(self.inputs),
            "steps": [as_json(step) for step in self.steps],
        }
