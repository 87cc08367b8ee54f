"""Keep what an import is about to change from changing under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from .registry import TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .record_type import RecordType

# The order in which billing locks: tickets by key, then contracts. The rest follows.
_FIRST = ("ticket", "contract")
_ONE_IMPORT_AT_A_TIME = 0x1A9057


def lock_records(seen: Sequence[RecordType]) -> None:
    """Wait for another import to end, then lock every stored record that the lines of these types name or belong to."""
    touched = {kind.name for kind in seen} | {kind.belongs_to for kind in seen}
    rest = [name for name in TYPES if name not in _FIRST]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])
        for name in filter(touched.__contains__, (*_FIRST, *rest)):
            cursor.execute(_lock(TYPES[name]))


def _lock(kind: RecordType) -> str:
    named = [f"SELECT {kind.identity.value.format(key='key')} FROM incoming_{kind.name}"]
    for other in TYPES.values():
        if other.belongs_to == kind.name:
            named.append(f"SELECT {kind.name}_key FROM incoming_{other.name}")
            named.append(
                f"SELECT p.external_id FROM incoming_{other.name} i JOIN {other.table} c ON {other.same('c', 'i.key')}"
                f" JOIN {kind.table} p ON p.id = c.{kind.name}_id"
            )
    # The count keeps the rows on the server's side: a file may name millions.
    return (
        f"SELECT count(*) FROM (SELECT t.id FROM {kind.table} t WHERE t.{kind.identity.column} IN"
        f" ({' UNION '.join(named)}){kind.identity.also.format(record='t')}"
        " ORDER BY t.id FOR NO KEY UPDATE OF t) locked"
    )
