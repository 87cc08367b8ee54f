"""One line of bytes -> one JSON object, strict where Python's reader is generous."""

from __future__ import annotations

import json
from typing import Any

from .problem import Inexact, Problem


def read_object(line: bytes) -> dict[str, Any]:
    """The object on the line. Raises Problem, a sentence without its subject, where there is none."""
    try:
        value = _DECODER.decode(line.decode("utf-8"))
    except Problem:
        raise
    except UnicodeDecodeError as error:
        raise Problem(f"is not valid UTF-8 at byte {error.start + 1}") from error
    except RecursionError as error:
        raise Problem("is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise Problem(f"is not JSON: {error.msg} at column {error.colno}") from error
    except ValueError as error:  # only an integer of thousands of digits gets here
        raise Problem("has a number that is too long") from error
    if not isinstance(value, dict):
        raise Problem("is not a JSON object")
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise Problem(f"has the key {json.dumps(repeated)} twice")
    return found


# NaN and Infinity arrive through parse_constant and take the same way as other inexact numbers.
_DECODER = json.JSONDecoder(object_pairs_hook=_without_repetition, parse_float=Inexact, parse_constant=Inexact)
