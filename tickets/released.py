"""Work that a document gave back: its tickets wait again, or are held or waived (T-20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from invoicing import audit
from invoicing.claims import Released, release_claims
from invoicing.sources import Release
from tickets.plan import HELD_BY_PERSON, WAIVED

TICKETS_OF = """
SELECT u.id, u.claimed_at FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[]) u(kind, id, claimed_at)
    WHERE u.kind = 'ticket_fee'
UNION SELECT e.ticket_id, u.claimed_at FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[]) u(kind, id, claimed_at)
    JOIN tickets_timeentry e ON u.kind = 'time_entry' AND e.id = u.id
UNION SELECT x.ticket_id, u.claimed_at FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[]) u(kind, id, claimed_at)
    JOIN tickets_expense x ON u.kind = 'expense' AND x.id = u.id
"""
# What was settled without a line in the same run: it goes back with the rest, so that billing again comes to the same.
SETTLED_BESIDE = """
SELECT c.id FROM unnest(%s::bigint[], %s::timestamptz[]) t(id, claimed_at)
JOIN LATERAL (
    SELECT 'ticket_fee' AS kind, t.id AS source_id
    UNION ALL SELECT 'time_entry', id FROM tickets_timeentry WHERE ticket_id = t.id
    UNION ALL SELECT 'expense', id FROM tickets_expense WHERE ticket_id = t.id
) unit ON true
JOIN invoicing_claim c ON c.kind = unit.kind AND c.source_id = unit.source_id AND c.released_at IS NULL
    AND c.line_id IS NULL AND c.outcome <> 'elsewhere' AND c.claimed_at = t.claimed_at
"""
LOCK = "SELECT 1 FROM tickets_ticket WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
COVERED = """
SELECT c.id, c.outcome FROM invoicing_claim c
WHERE c.released_at IS NULL AND c.line_id IS NULL AND c.outcome <> 'elsewhere'
    AND (c.kind, c.source_id) IN (
        SELECT 'ticket_fee', %s::bigint UNION ALL SELECT 'time_entry', id FROM tickets_timeentry WHERE ticket_id = %s
        UNION ALL SELECT 'expense', id FROM tickets_expense WHERE ticket_id = %s)
"""
# Nothing of it is on a line: what is billed next is its first bill again.
FIRST_AGAIN = """
UPDATE tickets_ticket t SET first_billed_at = NULL WHERE t.id = %s AND NOT EXISTS (
    SELECT 1 FROM invoicing_claim c WHERE c.released_at IS NULL AND c.outcome = 'billed' AND (c.kind, c.source_id) IN (
        SELECT 'ticket_fee', %s::bigint UNION ALL SELECT 'time_entry', id FROM tickets_timeentry WHERE ticket_id = %s
        UNION ALL SELECT 'expense', id FROM tickets_expense WHERE ticket_id = %s))
"""
# Whatever becomes of the tickets, their first bill is gone where it is what was released.
FORGET = """
UPDATE tickets_ticket t SET first_billed_at = NULL FROM unnest(%s::bigint[], %s::timestamptz[]) u(id, claimed_at)
WHERE t.id = u.id AND t.first_billed_at = u.claimed_at
"""
# What a person decided about a ticket itself stays: a waived one is waived, a held one is held.
MOVING = """
SELECT id, billing_status, billing_reason FROM tickets_ticket
WHERE id = ANY(%s) AND billing_status <> 'waived' AND NOT (billing_reason = 'held_by_person' AND %s = 'unbilled')
"""
PUT_BACK = """
UPDATE tickets_ticket SET billing_status = %s, billing_reason = %s, billing_detail = %s, billing_decided_at = %s,
    billing_attempts = 0, lost_workers = 0, bill_after = NULL
WHERE id = ANY(%s)
"""
STATES = {"bill": ("unbilled", ""), "hold": ("held", HELD_BY_PERSON), "waive": ("waived", WAIVED)}


def lock_tickets(units: Sequence[tuple[str, int]]) -> None:
    """Lock the tickets of these units, in the order of their keys."""
    kinds, ids = [kind for kind, _ in units], [pk for _, pk in units]
    columns: list[list[Any]] = [kinds, ids, [None] * len(units)]
    with connection.cursor() as cursor:
        cursor.execute(TICKETS_OF, columns * 3)
        cursor.execute(LOCK, [sorted({pk for pk, _ in cursor.fetchall()})])


def take_back(units: Sequence[Released], release: Release) -> None:
    """Put the tickets of released units where the release says, with what else was settled in the same run."""
    columns: list[list[Any]] = [
        [unit.kind for unit in units],
        [unit.source_id for unit in units],
        [unit.claimed_at for unit in units],
    ]
    with connection.cursor() as cursor:
        cursor.execute(TICKETS_OF, columns * 3)
        tickets = cursor.fetchall()
        ids, moments = [pk for pk, _ in tickets], [claimed_at for _, claimed_at in tickets]
        cursor.execute(SETTLED_BESIDE, [ids, moments])
        beside = [pk for (pk,) in cursor.fetchall()]
        if beside:
            release_claims(beside, reason=release.reason, by=release.by, at=release.at)
        cursor.execute(FORGET, [ids, moments])
    _put_back(ids, release)


def _put_back(tickets: Sequence[int], release: Release) -> None:
    state, reason = STATES[release.then]
    with connection.cursor() as cursor:
        cursor.execute(MOVING, [list(tickets), state])
        before = {pk: {"status": status, "reason": why} for pk, status, why in cursor.fetchall()}
        detail = release.reason if reason else ""
        cursor.execute(PUT_BACK, [state, reason, detail, release.at, list(before)])
    after = {"status": state, "reason": reason}
    audit.record_all(
        (
            audit.Action("ticket.released", "ticket", pk, release.reason, {"before": was, "after": after})
            for pk, was in before.items()
        ),
        by=release.by,
        at=release.at,
    )


def release_coverage(ticket_id: int, *, reason: str, by: str, at: datetime) -> int:
    """Give back what allowances, or a decision to absorb it, settled of a ticket; answer how many units that were.

    What was settled for nothing beside it goes back as well, since the price of the whole decides about it.
    """
    claims = covering(ticket_id)
    if not claims:
        return 0
    released = release_claims(claims, reason=reason, by=by, at=at)
    with connection.cursor() as cursor:
        cursor.execute(FIRST_AGAIN, [ticket_id] * 4)
    return len(released)


def covering(ticket_id: int) -> list[int]:
    """The claims that settle a ticket without a line, if an allowance or absorbing is among them."""
    with connection.cursor() as cursor:
        cursor.execute(COVERED, [ticket_id] * 3)
        settled = cursor.fetchall()
    return [] if all(outcome == "free" for _, outcome in settled) else [pk for pk, _ in settled]
