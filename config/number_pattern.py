"""How document numbers look, and which numbers count together."""

# ruff: noqa: RUF009 - setting() and group() return dataclass fields
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from config.declaration import Kind, declared, setting

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"number(:0[1-9])?")
_LITERAL = re.compile(r"[A-Za-z0-9/_.-]*")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A pattern such as INV-{year}-{number:05}. Raises ValueError where numbers could repeat or be misread."""

    text: str

    def __post_init__(self) -> None:
        fields = _FIELD.findall(self.text)
        if sum(bool(_NUMBER.fullmatch(field)) for field in fields) != 1:
            raise ValueError("must contain {number} exactly once, with zeros in front as in {number:05}")
        for field in fields:
            if field not in ("year", "month:02") and not _NUMBER.fullmatch(field):
                raise ValueError(f"{{{field}}} is not a field of a number")
        if "month:02" in fields and "year" not in fields:
            raise ValueError("{month:02} without {year} would repeat a year later")
        if not _LITERAL.fullmatch(_FIELD.sub("", self.text)) or len(self.text) > _LONGEST:
            raise ValueError("has characters that a number cannot have, or is too long")

    def series(self, on: date) -> str:
        """Return what documents issued on that day share: the pattern with all but the number filled in."""
        return "{number}".join(self._ends(on))

    def has_series(self, name: str) -> bool:
        """Whether `name` is what documents of some year and month share."""
        shape = re.escape(re.sub(r"\{number[^}]*\}", "{number}", self.text))
        for field, digits in (("{year}", "[0-9]{4}"), ("{month:02}", "(0[1-9]|1[0-2])")):
            shape = shape.replace(re.escape(field), digits)
        return re.fullmatch(shape, name) is not None

    def format(self, number: int, on: date) -> str:
        """Return the document number. The number grows beyond its zeros: 1000 in {number:03} is 1000."""
        return self.text.format(number=number, year=on.year, month=on.month)

    def _ends(self, on: date) -> tuple[str, str]:
        before, after = re.split(r"\{number[^}]*\}", self.text)
        return before.format(year=on.year, month=on.month), after.format(year=on.year, month=on.month)

    def may_collide_with(self, other: NumberPattern) -> bool:
        """Say whether two different series could ever produce the same document number."""
        sample = date(2024, 1, 1)
        (head, tail), (other_head, other_tail) = self._ends(sample), other._ends(sample)
        if (head, tail) == (other_head, other_tail):
            return False  # one series with one counter: two kinds of documents may share it
        heads = _digits_apart(head, other_head, str.removeprefix)
        return heads and _digits_apart(tail, other_tail, str.removesuffix)


def _digits_apart(one: str, other: str, without: Callable[[str, str], str]) -> bool:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    rest = without(longer, shorter)
    return longer == shorter or (rest != longer and rest.isdigit())


PATTERN = Kind(
    "letters, digits, / _ . - with {number:05} and, if wanted, {year} and {month:02}", NumberPattern, lambda p: p.text
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPatterns:
    """One pattern for each kind of document."""

    invoice: NumberPattern = setting(
        "BILLING_INVOICE_NUMBER", PATTERN, "INV-{year}-{number:05}", "Numbers of clients' invoices."
    )
    aggregate: NumberPattern = setting(
        "BILLING_AGGREGATE_NUMBER", PATTERN, "AGG-{year}-{month:02}-{number:03}", "Numbers of partners' invoices."
    )
    credit_note: NumberPattern = setting(
        "BILLING_CREDIT_NOTE_NUMBER", PATTERN, "CN-{year}-{number:05}", "Numbers of credit notes."
    )
    cancellation: NumberPattern = setting(
        "BILLING_CANCELLATION_NUMBER", PATTERN, "CA-{year}-{number:05}", "Numbers of cancellations."
    )

    def problems(self) -> list[str]:
        """Name the pairs of patterns that could give two documents the same number."""
        named = [(spec.name, getattr(self, path)) for path, spec in declared(NumberPatterns)]
        return [
            f"{name} and {other_name} can produce the same number: give them different beginnings."
            for (name, pattern), (other_name, other) in combinations(named, 2)
            if pattern.may_collide_with(other)
        ]
