"""Bracketed form fields to nested values and back: `lines[0][amount]=5`, `expand[]=x`, `metadata[id]=7`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_simulator.errors import Refused

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def decode(text: str) -> dict[str, Any]:
    """A form or query string as nested dictionaries of strings; lists are dictionaries with the keys "0", "1" …."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"):
        match = _KEY.fullmatch(key)
        if match is None:
            raise Refused(f"Invalid parameter name: {key}", param=key)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(found, path, value)
    return found


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    for name in path[:-1]:
        into = into.setdefault(name or str(len(into)), {})
        if not isinstance(into, dict):
            raise Refused("A parameter is both a value and a mapping", param=path[0])
    into[path[-1] or str(len(into))] = value


def plain(value: Any) -> Any:
    """Python's values as a decoded form has them."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return {str(place): plain(item) for place, item in enumerate(value)}
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
