"""One line -> one row for the staging table of its type, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .json_line import read_object
from .problem import Problem, quoted
from .values import Value, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .record_type import Key, RecordType


_NAME = 60


@dataclass(slots=True)
class ReadLine:
    """What was read. `kind` is None where not even type and id could be read; `row` then is empty.

    `row` is (sequence, key, given, faulty, value of each column …); `problems` are (field, rest of the sentence).
    """

    kind: RecordType | None = None
    row: tuple[Value, ...] = ()
    problems: list[tuple[str, str]] = field(default_factory=list)


def read_line(sequence: int, line: bytes, types: Mapping[str, RecordType]) -> ReadLine:
    """Read and check one line by itself; what concerns other lines or stored records is checked later, in sets."""
    try:
        record = read_object(line)
    except Problem as problem:
        return ReadLine(problems=[("line", str(problem))])
    found = ReadLine()
    kind = _kind(record.pop("type", None), types, found.problems)
    key = _identifier(record, found.problems)
    if kind is None:
        return found
    given, faulty, values = _values(kind, record, found.problems)
    if key is not None:
        found.kind, found.row = kind, (sequence, key, given, faulty, *values)
    return found


def _kind(name: object, types: Mapping[str, RecordType], problems: list[tuple[str, str]]) -> RecordType | None:
    kind = types.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(types)
        problems.append(("type", "is missing" if name is None else f"must be one of {known}, not {quoted(name)}"))
    return kind


def _identifier(record: dict[str, Any], problems: list[tuple[str, str]]) -> str | None:
    if "id" not in record:
        problems.append(("id", "is missing"))
        return None
    value = record.pop("id")
    try:
        found = str(_read_identifier(value))
    except Problem as problem:
        problems.append(("id", str(problem)))
        return None
    if found != found.strip():
        problems.append(("id", "must not begin or end with a space"))
    return found


_read_identifier = text(100)


def _values(
    kind: RecordType, record: Mapping[str, Any], problems: list[tuple[str, str]]
) -> tuple[int, int, list[Value]]:
    given = faulty = 0
    values: list[Value] = [None] * len(kind.columns)
    for path, value in _flattened(kind, record, problems) if kind.groups else record.items():
        place = kind.places.get(path)
        if place is None:
            problems.append((_shown(path), "is not a known key"))
            continue
        key, mask, columns = place
        if (given | faulty) & mask:
            problems.append((path, f"is a second way to say {_other(kind, key)}; give one of them"))
            continue
        try:
            read = _cleared(key) if value is None else key.read(value)
        except Problem as problem:
            problems.append((path, str(problem)))
            faulty |= mask
            continue
        given |= mask
        if isinstance(read, tuple):
            for column, part in zip(columns, read, strict=True):
                values[column] = part
        else:
            values[columns[0]] = read
    return given, faulty, values


def _cleared(key: Key) -> tuple[Value, ...]:
    if key.cleared is None:
        raise Problem("must not be null")
    return key.cleared


def _flattened(
    kind: RecordType, record: Mapping[str, Any], problems: list[tuple[str, str]]
) -> Iterator[tuple[str, object]]:
    """Keys of nested objects as `address.city`; null for the object is null for each of its keys."""
    for name, value in record.items():
        inner = kind.groups.get(name)
        if inner is None or name in kind.places:
            yield name, value
        elif value is None:
            yield from ((f"{name}.{key}", None) for key in sorted(inner))
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", part) for key, part in value.items())
        else:
            problems.append((name, f"must be an object with {', '.join(sorted(inner))}, not {quoted(value)}"))


def _other(kind: RecordType, key: Key) -> str:
    return next(other.path for other in kind.keys if other is not key and other.columns == key.columns)


def _shown(path: str) -> str:
    # What a stranger wrote goes to terminals and logs: plain where it is plain, else quoted.
    return path if path.isascii() and path.replace(".", "").isidentifier() and len(path) <= _NAME else quoted(path)
