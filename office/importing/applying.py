"""Count what an import would change, and write it: a few statements a type, in the order of references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from accounts.acting import act_as

from .merging import differs, joined_references
from .registry import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .record_type import Column, RecordType


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines of a type create, update and say nothing new."""

    created: int
    updated: int
    unchanged: int


def count(kind: RecordType) -> Count:
    """What applying the lines of this type comes to; writes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE i.pk IS NULL),"
            f" count(*) FILTER (WHERE i.pk IS NOT NULL AND {differs(kind)}), count(*)"
            f" FROM import_{kind.name} i LEFT JOIN {kind.table} t ON t.id = i.pk {joined_references(kind)}"
        )
        created, updated, lines = cursor.fetchone()
    return Count(created, updated, lines - created - updated)


def apply(kind: RecordType, *, at: datetime, by: str) -> None:
    """Write the lines of this type. All that they refer to, but for their own type, stands already."""
    parameters: dict[str, datetime | str] = {"at": at, "by": by}
    act_as(by)
    with connection.cursor() as cursor:
        for statement in kind.before:
            cursor.execute(statement, parameters)
        if not kind.replaced:
            # Updates come first: a rate that ends makes room for its successor.
            cursor.execute(_update(kind, "i.pk IS NOT NULL", _plain(kind)))
        cursor.execute(*_insert(kind, parameters))
        if own := [column for column in kind.columns if _own(kind, column)]:
            cursor.execute(_update(kind, "true", own))
        for statement in kind.after:
            cursor.execute(statement, parameters)


def _insert(kind: RecordType, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    constants = {f"constant_{field.column}": value for field, value in _constants(kind)}
    others = {name.removeprefix("constant_"): f"%({name})s" for name in constants} | dict(kind.supplied)
    columns = _plain(kind)
    names = [kind.identity.column, *(column.field.column for column in columns), *others]
    values = [kind.identity.value.format(key="i.key"), *map(_value, columns), *others.values()]
    quoted = ", ".join(f'"{name}"' for name in names)
    statement = (
        f"INSERT INTO {kind.table} ({quoted}) SELECT {', '.join(values)} FROM import_{kind.name} i"
        f" {_references(columns)} WHERE i.pk IS NULL ORDER BY i.sequence"
    )
    return statement, {**parameters, **constants}


def _update(kind: RecordType, which: str, columns: Sequence[Column]) -> str:
    values = {column.field.column: _value(column) for column in columns} | dict(kind.stamped)
    assigned = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    changed = " OR ".join(f't."{column.field.column}" IS DISTINCT FROM {_value(column)}' for column in columns)
    return (
        f"UPDATE {kind.table} t SET {assigned} FROM import_{kind.name} i {_references(columns)}"
        f" WHERE {kind.same('t', 'i.key')} AND {which} AND ({changed})"
    )


def _plain(kind: RecordType) -> list[Column]:
    """The columns of the record itself that may be written as soon as all other types stand."""
    return [column for column in kind.columns if not _own(kind, column) and not column.kept]


def _own(kind: RecordType, column: Column) -> bool:
    """Whether the column refers to its own type, as such records may both be new, or goes with one that does."""
    return column.refers_to == kind.name or column.name in kind.last


def _value(column: Column) -> str:
    return f"is_{column.name}.id" if column.refers_to else f'i."{column.name}"'


def _references(columns: Sequence[Column]) -> str:
    return " ".join(
        f"LEFT JOIN {TYPES[column.refers_to].table} is_{column.name}"
        f' ON is_{column.name}.external_id = i."{column.name}"'
        for column in columns
        if column.refers_to
    )


def _constants(kind: RecordType) -> list[tuple[models.Field[Any, Any], Any]]:
    """Columns that no line speaks of, with what a new record has there."""
    said = {column.field.column for column in kind.columns} | {kind.identity.column} | kind.supplied.keys()
    return [
        (field, field.get_db_prep_save(field.get_default(), connection))
        for field in kind.model._meta.concrete_fields
        if field.column not in said and not field.primary_key and not isinstance(field, models.GeneratedField)
    ]
