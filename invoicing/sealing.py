"""Seal the audit trail: a chain of digests, so that an entry that is changed, moved or taken away is found.

The digest of an entry is SHA-256 over the digest before it and over all of its columns in one unambiguous text. Billing
does not wait for it: a trigger notes each new entry as unsealed, and a task seals what has been committed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from django.db import connection, transaction

from invoicing.locks import only_one
from invoicing.models import AuditHead

log = structlog.get_logger("billing.audit")

PAGE: Final = 5000
START: Final = "0" * 64

# PostgreSQL writes jsonb in one way only. What is part of the text is what the seal protects.
CANONICAL: Final = """jsonb_build_array(
    e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.by, e.action, e.subject_kind, e.subject_id,
    e.reason, e.data
)::text"""

_UNSEALED = f"""
SELECT s.entry_id, {CANONICAL} FROM invoicing_auditseal s JOIN invoicing_auditentry e ON e.id = s.entry_id
WHERE s.position IS NULL ORDER BY s.entry_id LIMIT %s
"""
_SEAL = """
UPDATE invoicing_auditseal s SET position = u.position, digest = u.digest, sealed_at = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS u (entry_id, position, digest) WHERE s.entry_id = u.entry_id
"""


def digest(before: str, text: str) -> str:
    """The digest of an entry, as 64 hexadecimal digits, from the digest before it and its canonical text."""
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def seal_entries(*, at: datetime) -> int:
    """Seal what waits, page by page, and answer how many entries; 0 where another process is at it."""
    sealed = 0
    with only_one("audit seals") as alone:
        while alone:
            page = _seal_page(at)
            sealed += page
            if page < PAGE:
                break
    return sealed


@transaction.atomic
def _seal_page(at: datetime) -> int:
    head = AuditHead.objects.select_for_update().filter(pk=1).first()
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, [PAGE])
        rows = cursor.fetchall()
        if not rows:
            return 0
        first = head.position + 1 if head else 1
        digests = _chain(head.digest if head else START, [text for _, text in rows])
        positions = list(range(first, first + len(rows)))
        cursor.execute(_SEAL, [at, [entry for entry, _ in rows], positions, digests])
    AuditHead.objects.update_or_create(
        pk=1, defaults={"position": positions[-1], "digest": digests[-1], "sealed_at": at}
    )
    # Out of reach of whoever may change the database: with this line a chain that was cut or made anew is found.
    log.info("audit trail sealed", position=positions[-1], digest=digests[-1], entries=len(rows))
    return len(rows)


def _chain(before: str, texts: Sequence[str]) -> list[str]:
    found = []
    for text in texts:
        before = digest(before, text)
        found.append(before)
    return found
