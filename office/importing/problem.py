"""What is wrong with a line, and how what was found there is shown."""

from __future__ import annotations

import json

_SHOWN = 60


class Problem(ValueError):  # noqa: N818 - read as a sentence where it is caught
    """The rest of a sentence that begins with the field: "is missing", "must be …"."""


class Inexact(str):
    """A JSON number with a point or an exponent, kept as it was written: the fields refuse it by name."""

    __slots__ = ()


def quoted(value: object) -> str:
    """A value as it may appear in a message: short, printable, on one line."""
    text = str(value) if isinstance(value, Inexact) else json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 4] + ' …"'
