"""A planned line of an aggregate invoice, and how the units behind it are claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from invoicing.claims import NewClaim, claim
from invoicing.models import Claim
from rating.charge import Charge


@dataclass(frozen=True, slots=True)
class Mass:
    """Thousands of units that one line bills: all of a kind that are of one month ("2026-01") and of one price.

    `quantity` is the sum of what they are claimed with; `price_cents` is set where each unit has its own price.
    `alone`: planning found nothing in the same selection that is claimed already.
    """

    kind: str
    units: int
    quantity: int
    month: str
    price_cents: int | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class MonthCharge:
    """A charge to a company. `always` has a line even where it costs nothing; without a mass its sources are named."""

    charge: Charge
    mass: Mass | None = None
    always: bool = False

    @property
    def company(self) -> int:
        """The key of the company. Raises ValueError for a charge that names none."""
        if self.charge.company is None:
            raise ValueError(f"{self.charge.kind} {self.charge.description!r} names no company")
        return self.charge.company

    @property
    def month(self) -> str:
        """The month of a mass, "" for other charges."""
        return self.mass.month if self.mass else ""

    @property
    def units(self) -> int:
        """How many units it claims."""
        return self.mass.units if self.mass else len(self.charge.sources)


@dataclass(frozen=True, slots=True)
class Placed:
    """A charge with the key of its line; None where its units are settled without one."""

    planned: MonthCharge
    line: int | None


@dataclass(frozen=True, slots=True)
class Settling:
    """What claims without a line refer to (the run of the month), and when they are made."""

    reference: str
    at: datetime


class UnitsChanged(Exception):  # noqa: N818 - the run is tried again
    """What was to be claimed is not what was planned."""


def claim_units(placed: Sequence[Placed], settling: Settling) -> None:
    """Claim the named sources of these charges. Raises DoubleBilling when any of them is claimed already."""
    claim(
        (
            NewClaim(source, Claim.Outcome.BILLED, line=one.line)
            if one.line is not None
            else NewClaim(source, Claim.Outcome.FREE, reference=settling.reference)
            for one in placed
            for source in one.planned.charge.sources
        ),
        at=settling.at,
    )


def claimed_parts(kind: str, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Which parts of these units live claims settle, by key, in one query."""
    found: dict[int, set[str]] = {}
    live = Claim.objects.filter(kind=kind, source_id__in=list(ids), released_at__isnull=True)
    for pk, part in live.values_list("source_id", "part"):
        found.setdefault(pk, set()).add(part)
    return {pk: frozenset(parts) for pk, parts in found.items()}
