"""One difference between us and Stripe, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final, TypeVar

from invoicing.models import Invoice
from invoicing.stripe import anomalies
from invoicing.stripe.findings import Finding

T = TypeVar("T")
PAGE: Final = 100  # as many as Stripe lists at once


class Outcome(StrEnum):
    FOUND = "found"  # not dealt with yet, and safe to repair
    REPAIRED = "repaired"
    REMAINS = "remains"  # an anomaly, for a person
    ACCEPTED = "accepted"  # a person has closed the anomaly, and the difference is as it was
    GONE = "gone"  # the anomaly is closed, because the difference is not there any more
    FAILED = "failed"  # could not be repaired; the text says why


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding about a document, or about none; `stripe_id` is that of the object there. `safe`: to be repaired."""

    finding: Finding
    document: Invoice | None = None
    stripe_id: str = ""
    safe: bool = False
    outcome: Outcome = Outcome.FOUND

    @property
    def key(self) -> str:
        """The same for the same difference, from run to run."""
        return anomalies.key_of(self.finding.kind, self.document, self.finding.key)

    @property
    def remains(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.outcome in (Outcome.REMAINS, Outcome.FAILED)

    def ended(self, outcome: Outcome) -> Difference:
        return replace(self, outcome=outcome)

    def failed(self, problem: str) -> Difference:
        """It could not be repaired, for that reason."""
        finding = self.finding._replace(text=f"{self.finding.text} {problem}")
        return replace(self, finding=finding, outcome=Outcome.FAILED)


def show(difference: Difference, *, at: datetime, dry_run: bool) -> Difference:
    """Write it down for a person, unless one has dealt with it before."""
    kind, text, key = difference.finding
    if not dry_run:
        anomalies.note(kind, text, invoice=difference.document, key=key, at=at)
    before = anomalies.last(kind, difference.document, key)
    accepted = before is not None and before.closed_by not in ("", anomalies.BY_ITSELF)
    return difference.ended(Outcome.ACCEPTED if accepted else Outcome.REMAINS)


def pages(things: Iterable[T]) -> Iterator[list[T]]:
    """The things in lists of at most a hundred, each asked of the database in one go."""
    left = iter(things)
    while page := list(islice(left, PAGE)):
        yield page
