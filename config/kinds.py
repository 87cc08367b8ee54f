"""The kinds of values that settings have. Strict: what is not exactly understood is refused, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from config.declaration import MASK, NONE, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})


def masked(text: str) -> str:
    """Hide all of a secret, also its length."""
    return MASK if text else ""


def flag() -> Kind[bool]:
    return Kind("true or false", _flag, lambda value: "true" if value else "false", ("true", "false"))


def choice(*values: str) -> Kind[str]:
    def parse(text: str) -> str:
        if text not in values:
            raise ValueError("no such choice")
        return text

    return Kind(" or ".join(values), parse, options=values)


def optional(kind: Kind[T]) -> Kind[T | None]:
    """The same kind, where not set means None."""
    return Kind(
        f"{kind.allowed}, or not set",
        lambda text: kind.parse(text) if text else None,
        lambda value: "" if value is None else kind.show(value),
        ("", *kind.options) if kind.options else (),
        kind.number,
    )


def whole(low: int, high: int) -> Kind[int]:
    def parse(text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise ValueError("not a whole number")
        return _between(int(text), low, high)

    return Kind(f"a whole number from {low} to {high}", parse)


def minutes(low: int, high: int) -> Kind[int]:
    """Typed in minutes, kept in seconds."""
    number = whole(low, high)
    return Kind(f"whole minutes from {low} to {high}", lambda text: number.parse(text) * 60, lambda s: str(s // 60))


def decimal(low: str, high: str, places: int = 4) -> Kind[Decimal]:
    """An exact decimal number with at most `places` places. A comma, an exponent and NaN are refused."""

    def parse(text: str) -> Decimal:
        if not _DECIMAL.fullmatch(text):
            raise ValueError("not a plain decimal number (digits and one point)")
        value = Decimal(text)
        if max(0, -int(value.normalize().as_tuple().exponent)) > places:
            raise ValueError(f"more than {places} decimal places")
        return _between(value, Decimal(low), Decimal(high))

    return Kind(f"a decimal number from {low} to {high}", parse, lambda value: f"{value.normalize():f}", number=True)


def text(length: int = 200) -> Kind[str]:
    """One line of text; "" when not set."""

    def parse(value: str) -> str:
        if _CONTROL.search(value):
            raise ValueError("has a line break or control character")
        if len(value) > length:
            raise ValueError(f"has {len(value)} characters")
        return value

    return Kind(f"one line of at most {length} characters", parse)


def shaped(pattern: str, allowed: str) -> Kind[str]:
    """A text of a fixed shape; "" when not set."""

    def parse(value: str) -> str:
        if value and not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError("does not have this shape")
        return value

    return Kind(allowed, parse)


def several(kind: Kind[T], of: str) -> Kind[tuple[T, ...]]:
    """Values separated by commas; () for "none". A value given twice is refused."""

    def parse(value: str) -> tuple[T, ...]:
        if value in ("", NONE):
            return ()
        items = tuple(kind.parse(part.strip()) for part in value.split(","))
        if len(set(items)) != len(items):
            raise ValueError("names a value twice")
        return items

    return Kind(f'{of} separated by commas, or "{NONE}"', parse, lambda items: ",".join(map(kind.show, items)) or NONE)


def words() -> Kind[frozenset[str]]:
    """Lower-case names separated by commas."""
    word = shaped(_WORD.pattern, "a name")
    inner = several(Kind("a name", _not_empty(word.parse)), "lower-case names")
    return Kind(inner.allowed, lambda value: frozenset(inner.parse(value)), lambda v: ",".join(sorted(v)) or NONE)


def ascending(kind: Kind[int], of: str) -> Kind[tuple[int, ...]]:
    """Whole numbers separated by commas, each above the one before."""
    inner = several(kind, of)

    def parse(value: str) -> tuple[int, ...]:
        items = inner.parse(value)
        if list(items) != sorted(items):
            raise ValueError("not in ascending order")
        return items

    return Kind(f"{inner.allowed}, ascending", parse, inner.show)


def _not_empty(parse: Callable[[str], T]) -> Callable[[str], T]:
    def strict(value: str) -> T:
        if not value:
            raise ValueError("has an empty name between commas")
        return parse(value)

    return strict


def _flag(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError("neither true nor false")


Number = TypeVar("Number", int, Decimal)


def _between(value: Number, low: Number, high: Number) -> Number:
    if value < low:
        raise ValueError(f"below {low}")
    if value > high:
        raise ValueError(f"above {high}")
    return value
