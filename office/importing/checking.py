"""Check the completed lines in sets: against each other and against what is stored.

Each check is one statement over all lines of a type; its cost grows with the file, not with the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from .merging import joined_references, stored
from .registry import TYPES

if TYPE_CHECKING:
    from .record_type import Check, Column, Key, RecordType


def check(kind: RecordType) -> None:
    """Write a row of `import_problem` for all that is wrong with the lines of this type."""
    with connection.cursor() as cursor:
        cursor.execute(_repeated_ids(kind))
        for key in kind.keys:
            for statement in _of_key(kind, key):
                cursor.execute(statement)
        for declared in kind.checks:
            cursor.execute(_declared(kind, declared))


def _repeated_ids(kind: RecordType) -> str:
    # The first line of an id names the second, all others name the first. Few ids are repeated, if any.
    incoming = f"incoming_{kind.name}"
    repeated = f"SELECT key FROM {incoming} GROUP BY key HAVING count(*) > 1"
    return (
        "INSERT INTO import_problem (sequence, field, problem, other)"
        " SELECT sequence, 'id', format('%s is also on', to_json(key)), CASE WHEN place = 1 THEN second ELSE first END"
        " FROM (SELECT sequence, key, row_number() OVER w AS place, first_value(sequence) OVER w AS first,"
        f" nth_value(sequence, 2) OVER w AS second FROM {incoming} WHERE key IN ({repeated})"
        " WINDOW w AS (PARTITION BY key ORDER BY sequence"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) numbered"
    )


def _of_key(kind: RecordType, key: Key) -> list[str]:
    column = key.columns[0]
    found = []
    if key.required:
        absent = f"i.pk IS NULL AND (i.given | i.faulty) & {kind.bits[column.name]} = 0"
        found.append(_problems(kind, key.path, absent, "'is missing'"))
    if column.refers_to:
        found.append(_problems(kind, key.path, _dangling(column), _no_such(column)))
    if key.fixed:
        moved = f't.id IS NOT NULL AND i."{column.name}" <> {stored(column)}'
        problem = f"format('cannot change from %s to %s', to_json({stored(column)}), to_json(i.\"{column.name}\"))"
        found.append(_problems(kind, key.path, moved, problem, _record(kind)))
    return found


def _dangling(column: Column) -> str:
    wanted = f'i."{column.name}"'
    return (
        f"{wanted} IS NOT NULL AND NOT EXISTS (SELECT FROM import_{column.refers_to} r WHERE r.key = {wanted})"
        f" AND NOT EXISTS (SELECT FROM {TYPES[str(column.refers_to)].table} r WHERE r.external_id = {wanted})"
    )


def _no_such(column: Column) -> str:
    return f"format('there is no {column.refers_to} %s', to_json(i.\"{column.name}\"))"


def _declared(kind: RecordType, declared: Check) -> str:
    # A line with a value that could not be read is not compared further: every answer would follow from the gap.
    return _problems(
        kind,
        declared.field,
        f"i.faulty = 0 AND ({declared.wrong_if})",
        declared.problem,
        _record(kind) + declared.joins,
    )


def _record(kind: RecordType) -> str:
    return f" LEFT JOIN {kind.table} t ON t.id = i.pk {joined_references(kind)} "


def _problems(kind: RecordType, field: str, wrong_if: str, problem: str, joins: str = "") -> str:
    return (
        f"INSERT INTO import_problem (sequence, field, problem) SELECT i.sequence, '{field}', {problem}"
        f" FROM import_{kind.name} i {joins} WHERE {wrong_if}"
    )
