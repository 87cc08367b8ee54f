"""What the database refuses, as a sentence for the person who asked for it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import DatabaseError

BUSY = "somebody else is working on this right now; try again in a moment"
# SQLSTATE: raised by a trigger of ours without a code, lock not available, deadlock.
RAISED, LOCKED, DEADLOCK = "P0001", "55P03", "40P01"
INTEGRITY = "23"


def sentence(problem: DatabaseError, known: Mapping[str, str] | None = None) -> str:
    """The refusal in words; "" where the problem is none but a fault, which must not be hidden.

    `known` holds sentences for constraints by their names. Triggers bring their own sentence.
    """
    diagnosis = getattr(problem.__cause__, "diag", None)
    state = getattr(diagnosis, "sqlstate", None) or ""
    if state in (LOCKED, DEADLOCK):
        return BUSY
    if not state.startswith(INTEGRITY) and state != RAISED:
        return ""
    constraint = getattr(diagnosis, "constraint_name", None) or ""
    said = getattr(diagnosis, "message_primary", None) or str(problem)
    return (known or {}).get(constraint) or said
