"""Every parameter is held against the SDK's own TypedDict of the call, and becomes a typed value by it."""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from functools import cache
from types import SimpleNamespace, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import stripe
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from tests.stripe_simulator.errors import Refused

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_UNIONS = (Union, UnionType)


@cache
def _fields(shape: type) -> tuple[dict[str, Any], frozenset[str]]:
    """Types by name and the required names, without the options that travel as headers."""
    options = RequestOptions.__annotations__
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in options}
    hints = get_type_hints(SimpleNamespace(__annotations__=own), vars(sys.modules[shape.__module__]))
    return hints, frozenset(shape.__required_keys__) & own.keys()  # type: ignore[attr-defined]


def check(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The values of a call typed by `stripe.params.<name>`; Refused for an unknown, missing or wrong one."""
    return _mapping(getattr(stripe.params, name), given, "")


def _mapping(shape: type, given: Any, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused("Invalid object", param=path, code="parameter_invalid_object")
    hints, required = _fields(shape)
    for name in given:
        if name not in hints:
            where = _inside(path, name)
            raise Refused(f"Received unknown parameter: {where}", param=where, code="parameter_unknown")
    for name in sorted(required - given.keys()):
        where = _inside(path, name)
        raise Refused(f"Missing required param: {where}.", param=where, code="parameter_missing")
    return {name: _value(hints[name], value, _inside(path, name)) for name, value in given.items()}


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(hint: Any, given: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in _UNIONS:
        return _any_of(get_args(hint), given, path)
    if origin is Literal:
        return _literal(get_args(hint), given, path)
    if origin is list:
        return _sequence(get_args(hint)[0], given, path)
    if origin is dict or origin is UntypedStripeObject:
        return _metadata(given, path)
    if is_typeddict(hint):
        return _mapping(hint, given, path)
    return _scalar(hint, given, path)


def _any_of(hints: tuple[Any, ...], given: Any, path: str) -> Any:
    """The first that fits. An open enumeration (`Literal[…] | str`) is closed here, as it is at the server."""
    literals = [hint for hint in hints if get_origin(hint) is Literal]
    if any(value for hint in literals for value in get_args(hint)):
        hints = tuple(hint for hint in hints if hint is not str)
    refusal: Refused | None = None
    for hint in hints:
        try:
            return _value(hint, given, path)
        except Refused as error:
            refusal = error
    raise refusal or Refused("Invalid value", param=path)


def _literal(allowed: tuple[Any, ...], given: Any, path: str) -> Any:
    if given not in allowed:
        raise Refused(f"Invalid {path}: must be one of {', '.join(map(str, allowed))}", param=path)
    return given


def _sequence(hint: Any, given: Any, path: str) -> list[Any]:
    if not isinstance(given, dict) or sorted(given, key=_place) != [str(place) for place in range(len(given))]:
        raise Refused("Invalid array", param=path, code="parameter_invalid_array")
    return [_value(hint, given[str(place)], f"{path}[{place}]") for place in range(len(given))]


def _place(key: str) -> int:
    return int(key) if key.isdecimal() else -1


def _metadata(given: Any, path: str) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Refused("Invalid hash", param=path, code="parameter_invalid_hash")
    if len(given) > 50 or any(len(name) > 40 or len(value) > 500 for name, value in given.items()):
        raise Refused("Metadata: at most 50 keys of 40 characters with values of 500", param=path)
    return given


def _scalar(hint: Any, given: Any, path: str) -> Any:
    if not isinstance(given, str):
        raise Refused(f"Invalid {hint.__name__}", param=path)
    if hint is bool:
        return _literal(("true", "false"), given, path) == "true"
    if hint is int:
        if not _INTEGER.fullmatch(given):
            raise Refused(f"Invalid integer: {given}", param=path, code="parameter_invalid_integer")
        return int(given)
    if hint in (Decimal, float):  # percentages, too, are decimals here
        if not _DECIMAL.fullmatch(given):
            raise Refused(f"Invalid decimal: {given}", param=path)
        return Decimal(given)
    if "\x00" in given or len(given) > 5000:
        raise Refused("Invalid string", param=path)
    return given
