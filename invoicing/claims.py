"""Claims: which line, allowance or reason settled which billable unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection

from invoicing.bulk import copy_rows
from invoicing.models import Claim
from rating.charge import Source

CLAIM_ONCE = "invoicing_claim_once"


class DoubleBilling(Exception):  # noqa: N818 - named for what was prevented
    """A unit was already claimed. The transaction that tried is rolled back."""


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A unit and what settles it. `reference` says where, or why, where neither a line nor an allowance does."""

    source: Source
    outcome: str
    line: int | None = None
    allocation: int | None = None
    reference: str = ""


def claim(claims: Iterable[NewClaim], *, at: datetime) -> None:
    """Claim units in one COPY. Raises DoubleBilling when any of them has a live claim; nothing is then written."""
    rows = (
        (
            new.source.kind, new.source.id, new.source.part, new.outcome, new.line, new.allocation,
            new.reference,
            new.source.quantity, new.source.amount_cents, at, "", "",
        )
        for new in claims
    )  # fmt: skip
    columns = (
        "kind", "source_id", "part", "outcome", "line_id", "allocation_id", "reference", "quantity", "amount_cents",
        "claimed_at", "released_by", "release_reason",
    )  # fmt: skip
    with double_billing():
        copy_rows(Claim, columns, rows)


@contextmanager
def double_billing() -> Iterator[None]:
    """The database's refusal of a second live claim, as DoubleBilling; for statements that claim by themselves."""
    try:
        yield
    except IntegrityError as problem:
        if CLAIM_ONCE in str(problem):
            raise DoubleBilling(f"already billed: {_which(problem)}") from problem
        raise


def _which(problem: IntegrityError) -> str:
    detail = getattr(getattr(problem.__cause__, "diag", None), "message_detail", None)
    return detail or str(problem)


@dataclass(frozen=True, slots=True)
class Released:
    """A unit that was given back, when it had been claimed, and which part of it; `claim` is the claim's key."""

    kind: str
    source_id: int
    claimed_at: datetime
    part: str = ""
    claim: int = 0


RELEASE = """
UPDATE invoicing_claim SET released_at = %s, released_by = %s, release_reason = %s, released_to_id = %s
WHERE {which} AND released_at IS NULL RETURNING kind, source_id, claimed_at, part, id, allocation_id
"""
RELEASE_ALLOCATIONS = """
UPDATE contracts_allocation a SET released_at = %s WHERE id = ANY(%s) AND released_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM invoicing_claim c WHERE c.allocation_id = a.id AND c.released_at IS NULL)
"""


def release_lines(lines: Sequence[int], *, reason: str, by: str, at: datetime, to: int | None = None) -> list[Released]:
    """Give back every unit that these lines bill, with the allowances that paid for a part of them.

    `to` is the document that cancels or credits an issued one. Raises IntegrityError where an issued document would
    lose what it bills without one.
    """
    return _release("line_id = ANY(%s)", list(lines), reason=reason, by=by, at=at, to=to)


def release_claims(claims: Sequence[int], *, reason: str, by: str, at: datetime) -> list[Released]:
    """Give back units that were settled without a line, by the keys of their claims."""
    return _release("id = ANY(%s)", list(claims), reason=reason, by=by, at=at, to=None)


def _release(which: str, keys: list[int], *, reason: str, by: str, at: datetime, to: int | None) -> list[Released]:
    with connection.cursor() as cursor:
        cursor.execute(RELEASE.format(which=which), [at, by, reason[:300], to, keys])
        rows = cursor.fetchall()
        if used := [allocation for *_, allocation in rows if allocation is not None]:
            cursor.execute(RELEASE_ALLOCATIONS, [at, used])
    return [Released(*released) for *released, _ in rows]
