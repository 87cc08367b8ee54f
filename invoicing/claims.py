"""Claims: which line, allowance or reason settled which billable unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from invoicing.bulk import copy_rows
from invoicing.models import Claim
from rating.charge import Source

CLAIM_ONCE = "invoicing_claim_once"


class DoubleBilling(Exception):  # noqa: N818 - named for what was prevented
    """A unit was already claimed. The transaction that tried is rolled back."""


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A unit and what settles it."""

    source: Source
    outcome: str
    line: int | None = None
    allocation: int | None = None


def claim(claims: Iterable[NewClaim], *, at: datetime) -> None:
    """Claim units in one COPY. Raises DoubleBilling when any of them has a live claim; nothing is then written."""
    rows = (
        (
            new.source.kind, new.source.id, new.source.part, new.outcome, new.line, new.allocation, "",
            new.source.quantity, new.source.amount_cents, at, "", "",
        )
        for new in claims
    )  # fmt: skip
    columns = (
        "kind", "source_id", "part", "outcome", "line_id", "allocation_id", "reference", "quantity", "amount_cents",
        "claimed_at", "released_by", "release_reason",
    )  # fmt: skip
    try:
        copy_rows(Claim, columns, rows)
    except IntegrityError as problem:
        if CLAIM_ONCE in str(problem):
            raise DoubleBilling(f"already billed: {_which(problem)}") from problem
        raise


def _which(problem: IntegrityError) -> str:
    detail = getattr(getattr(problem.__cause__, "diag", None), "message_detail", None)
    return detail or str(problem)
