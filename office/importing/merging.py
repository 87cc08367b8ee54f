"""Complete the lines with what is stored: SQL made from the declaration of a type.

In all these statements `i` is the line and `t` the record with the same id, if there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from .registry import TYPES

if TYPE_CHECKING:
    from datetime import datetime

    from .record_type import Column, RecordType


def merge(kind: RecordType, *, at: datetime, by: str) -> None:
    """Fill `import_<type>` from `incoming_<type>`: what a line leaves out comes from the record, else its default."""
    names = ", ".join(f'"{column.name}"' for column in kind.columns)
    merged = ", ".join(_merged(kind, column) for column in kind.columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO import_{kind.name} (pk, sequence, key, given, faulty, {names})"
            f" SELECT t.id, i.sequence, i.key, i.given, i.faulty, {merged} FROM incoming_{kind.name} i"
            f" LEFT JOIN {kind.table} t ON {kind.same('t', 'i.key')} {joined_references(kind)}",
            [_default(column) for column in kind.columns],
        )
        for statement in kind.derive:
            cursor.execute(statement, {"at": at, "by": by})


def joined_references(kind: RecordType) -> str:
    """Joins that give, for each reference, the record that `t` refers to now, as `was_<column>`."""
    return " ".join(
        f"LEFT JOIN {TYPES[column.refers_to].table} was_{column.name}"
        f' ON was_{column.name}.id = t."{column.field.column}"'
        for column in kind.columns
        if column.refers_to
    )


def stored(column: Column) -> str:
    """The value that `t` has now, in the form of the staging table."""
    if column.kept:
        return column.kept
    return f"was_{column.name}.external_id" if column.refers_to else f't."{column.field.column}"'


def differs(kind: RecordType) -> str:
    """The condition that the line says something new about `t`."""
    return "(" + " OR ".join(f'i."{column.name}" IS DISTINCT FROM {stored(column)}' for column in kind.columns) + ")"


def _default(column: Column) -> Any:
    if column.refers_to or not column.field.has_default():
        return "" if column.field.blank and not column.field.null else None
    return column.field.get_db_prep_save(column.field.get_default(), connection)


def _merged(kind: RecordType, column: Column) -> str:
    return (
        f'CASE WHEN i.given & {kind.bits[column.name]} <> 0 THEN i."{column.name}"'
        f" WHEN t.id IS NOT NULL THEN {stored(column)} ELSE %s::{column.sql_type} END"
    )
