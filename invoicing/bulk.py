"""Reading and writing in sets: one COPY for thousands of rows, and what a driver should not do a thousand times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection, models
from psycopg import pq, sql

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MOMENT = psycopg.adapters.types["timestamptz"].oid


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of `model` by COPY, values in the order of the column names. Constraints and triggers apply."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    # Django translates the errors of `execute` alone; those of a COPY are the same to whoever calls.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Take `count` new primary keys, so that rows which name each other can be written without asking back."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(own.sequence) "
            "FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) own, generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


@contextmanager
def mass_reader() -> Iterator[CursorWrapper]:
    """A cursor for reading thousands of rows: moments come from the driver's compiled loader, not from Django's."""
    with connection.cursor() as cursor:
        loader = psycopg.adapters.get_loader(MOMENT, pq.Format.TEXT)
        if loader is not None:
            cursor.cursor.adapters.register_loader(MOMENT, loader)
        yield cursor


def bigints(keys: Iterable[int]) -> str:
    """Keys as the text of a bigint[]; in a list the driver would look for what to quote in each of them."""
    return f"{{{','.join(map(str, keys))}}}"
