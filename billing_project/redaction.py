"""Takes secrets out of what is logged: by the name of a value, and by how secrets look."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from datetime import date, time, timedelta
from numbers import Number
from typing import Any, Final

from django.http import HttpRequest

GONE: Final = "[redacted]"
# Values whose names say enough. Any part of the name counts: new_password, stripe-signature, HTTP_COOKIE.
_NAMES = re.compile(
    r"authorization|cookie|passw|secret|token|signature|csrf|session_?key|api_?key|dsn|^body$|payload|credential",
    re.IGNORECASE,
)
# Keys of Stripe, signatures, what follows Bearer and Basic, passwords in addresses, name=value, and "name": "value".
_LOOKS = re.compile(
    r"""
    \b(?:sk|rk|pk)_(?:live|test)_\w+ | \bwhsec_[\w+/=]+ | \bt=\d+(?:,v\d=[0-9a-f]+)+ | \bv1=[0-9a-f]{16,}
    | (?i:\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}
    | (?<=://)[^\s/@:]*:[^\s/@]+(?=@)
    | (?i:\b[\w-]*(?:authorization|cookie|password|secret|token|signature|sessionid)[\w-]*["']?\s*[=:]\s*)
        ["']?(?i:(?:bearer|basic)\s+)?[^\s"',;&}]+["']?
    """,
    re.VERBOSE,
)
_PLAIN = (Number, type(None), date, time, timedelta)
DEEPEST: Final = 6


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor of structlog: the line without secrets, whoever wrote it."""
    return {name: _of(name, value) for name, value in event.items()}


def clean(text: str) -> str:
    """A text without what looks like a secret."""
    return _LOOKS.sub(GONE, text)


def _of(name: str, value: object, depth: int = 0) -> object:
    if isinstance(value, _PLAIN):
        return value
    if _NAMES.search(name) and value:
        return GONE
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, HttpRequest):
        return f"{value.method} {value.path}"
    return _parts(value, depth) if depth < DEEPEST else clean(repr(value))


def _parts(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        return {str(key): _of(str(key), one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_of("", one, depth + 1) for one in value]
    return GONE if isinstance(value, bytes | bytearray | memoryview) else clean(repr(value))
