"""Check the audit trail against its seals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections

from invoicing.models import AuditHead
from invoicing.sealing import CANONICAL, PAGE, START, digest

LONGEST_UNSEALED: Final = timedelta(minutes=10)

_PAGE = f"""
SELECT s.position, s.digest, s.entry_id, CASE WHEN e.id IS NOT NULL THEN {CANONICAL} END
FROM invoicing_auditseal s LEFT JOIN invoicing_auditentry e ON e.id = s.entry_id
WHERE s.position > %s ORDER BY s.position LIMIT %s
"""
_WITHOUT_PLACE = """
SELECT e.id FROM invoicing_auditentry e WHERE NOT EXISTS (SELECT FROM invoicing_auditseal s WHERE s.entry_id = e.id)
ORDER BY e.id LIMIT 100
"""
_TOO_OLD = """
SELECT count(*), min(e.at) FROM invoicing_auditseal s LEFT JOIN invoicing_auditentry e ON e.id = s.entry_id
WHERE s.position IS NULL AND (e.id IS NULL OR e.at < %s)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """An end of the chain that somebody kept outside of the database, as from a line of the log."""

    position: int
    digest: str


def violations(*, at: datetime, known: Known | None = None, using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """A sentence for everything that is not as it was sealed; nothing where all is well. `using`: the connection."""
    position, before = 0, START
    met = known is None
    with connections[using].cursor() as cursor:
        while True:
            cursor.execute(_PAGE, [position, PAGE])
            rows = cursor.fetchall()
            for found, sealed, entry, text in rows:
                if found != position + 1:
                    yield f"seals {position + 1} to {found - 1} are missing"
                if text is None:
                    yield f"entry {entry}, sealed at position {found}, is missing"
                elif digest(before, text) != sealed:
                    yield f"entry {entry}, sealed at position {found}, is not as it was sealed"
                # Goes on from what is stored, so that one change is one sentence.
                position, before = found, sealed
                if known and known.position == found:
                    met = known.digest == sealed
            if len(rows) < PAGE:
                break
    yield from _at_the_end(position, before, using)
    if not met and known:
        yield f"the trail does not have the seal that was kept of position {known.position}"
    yield from _unsealed(at, using)


def _at_the_end(position: int, last: str, using: str) -> Iterator[str]:
    head = AuditHead.objects.using(using).filter(pk=1).first()
    kept = (head.position, head.digest) if head else (0, START)
    if kept != (position, last):
        yield f"the trail ends at position {position}, and its end was noted at {kept[0]}"


def _unsealed(at: datetime, using: str) -> Iterator[str]:
    with connections[using].cursor() as cursor:
        cursor.execute(_WITHOUT_PLACE)
        for (entry,) in cursor.fetchall():
            yield f"entry {entry} has no place in the chain"
        cursor.execute(_TOO_OLD, [at - LONGEST_UNSEALED])
        number, oldest = cursor.fetchone()
    if number:
        yield f"{number} entries wait to be sealed, the oldest since {oldest or 'an unknown time'}"
