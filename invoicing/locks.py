"""Work of which only one may run at a time, whoever starts it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


class AlreadyRunning(Exception):  # noqa: N818 - a finding, not a fault
    """Another run of the same kind holds the lock."""


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Yield whether this connection now holds the lock called `name`; it is free again after the block or a crash."""
    key = zlib.crc32(name.encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
