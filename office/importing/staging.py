"""The temporary tables of an import and the COPY into them.

For each type, `incoming_<type>` holds the lines as they were read and `import_<type>` the same lines completed with
what is stored: the records as they would be after the import. All problems are rows of `import_problem`, so that a
file in which every line is wrong needs no more memory than any other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .reading import ReadLine
    from .record_type import RecordType
    from .values import Value

_ROWS_A_FLUSH = 5000
_BYTES_A_FLUSH = 4 << 20


def create_tables(types: Iterable[RecordType]) -> None:
    """Create the tables, empty; they go with the transaction."""
    problem = "sequence bigint, position serial, field varchar(100), problem text, other bigint"
    statements = _created("import_problem", problem)
    for kind in types:
        columns = ", ".join(f'"{column.name}" {column.sql_type}' for column in kind.columns)
        read = f"sequence bigint, key varchar(100), given bigint, faulty bigint, {columns}"
        statements += _created(f"incoming_{kind.name}", read) + _created(f"import_{kind.name}", f"pk bigint, {read}")
    with connection.cursor() as cursor:
        cursor.execute(";".join(statements))


def _created(table: str, columns: str) -> list[str]:
    # A caller that imports twice in one transaction still has the tables of the first time.
    return [f"DROP TABLE IF EXISTS pg_temp.{table}", f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP"]


class Staging:
    """Collects lines that were read and copies them in batches that are bounded in rows and in bytes."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Value, ...]]] = defaultdict(list)
        self._columns: dict[str, str] = {"import_problem": "sequence, field, problem"}
        self._seen: set[str] = set()
        self._waiting = self._bytes = 0

    def add(self, sequence: int, read: ReadLine, size: int) -> None:
        """Stage one line of `size` bytes with its problems."""
        if read.kind is not None:
            self._seen.add(read.kind.name)
            table = f"incoming_{read.kind.name}"
            if table not in self._columns:
                names = (f'"{column.name}"' for column in read.kind.columns)
                self._columns[table] = ", ".join(("sequence", "key", "given", "faulty", *names))
            self._rows[table].append(read.row)
        if read.problems:
            self._rows["import_problem"].extend((sequence, field, problem) for field, problem in read.problems)
        self._waiting += 1 + len(read.problems)
        self._bytes += size
        if self._waiting >= _ROWS_A_FLUSH or self._bytes >= _BYTES_A_FLUSH:
            self.flush()

    def seen(self, types: Mapping[str, RecordType]) -> list[RecordType]:
        """The types of which there were lines, in their order: nothing has to be asked about the others."""
        return [kind for name, kind in types.items() if name in self._seen]

    def flush(self) -> None:
        """Copy what waits."""
        with connection.cursor() as cursor:
            for table, rows in self._rows.items():
                _copy(cursor, f"COPY {table} ({self._columns[table]}) FROM STDIN", rows)
        self._rows.clear()
        self._waiting = self._bytes = 0


def analyse(prefix: str, types: Iterable[RecordType]) -> None:
    """Tell the planner how large the tables have become: it joins them a hundred times slower when it guesses."""
    with connection.cursor() as cursor:
        for kind in types:
            cursor.execute(f"ANALYZE {prefix}_{kind.name}")


def _copy(cursor: Any, statement: str, rows: Iterable[tuple[Value, ...]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
