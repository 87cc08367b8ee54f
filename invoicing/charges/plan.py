"""What becomes of one unit: one period of a recurring charge, or one single charge."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from invoicing.lifecycle.drafts import Collector
from invoicing.planned_lines import line_as_dict
from rating.charge import Charge

CHARGE, FREE, SKIP, FAILED = "charge", "free", "skip", "failed"
COUNTED = {CHARGE: "charged", FREE: "free", SKIP: "skipped", FAILED: "failed"}

ZERO_AMOUNT = "zero_amount"
CONTRACT_NOT_IN_FORCE = "contract_not_in_force"
MANAGED_BY_PARTNER = "managed_by_partner"
CLIENT_INACTIVE = "client_inactive"
CLIENT_NOT_ENROLLED = "client_not_enrolled"
DUE_BEFORE_ENROLMENT = "due_before_enrolment"


@dataclass(frozen=True, slots=True)
class ChargePlan:
    """One unit with its outcome; all but charge carry a reason. Computing it writes nothing.

    `outcome` is charge; free (settled, no line, because its amount is zero); skip; or failed, with its `error`.
    `period` is the first day of the period ("2026-01-01"), empty for a single charge. `invoice` is the draft's id
    where the line was written.
    """

    kind: str
    id: int
    reference: str
    client: str
    outcome: str
    reason: str = ""
    period: str = ""
    due_on: date | None = None
    line: Charge | None = None
    collector: Collector | None = None
    invoice: str = ""
    error: str = ""

    @property
    def amount_cents(self) -> int:
        """Minor units of what is charged."""
        return self.line.amount_cents if self.line and self.outcome == CHARGE else 0

    @property
    def currency(self) -> str:
        return self.line.currency if self.line else ""

    def as_dict(self) -> dict[str, Any]:
        """The unit as scripts read it."""
        return {
            "charge": self.reference,
            "kind": self.kind,
            "client": self.client,
            "period": self.period or None,
            "due_date": self.due_on.isoformat() if self.due_on else None,
            "outcome": self.outcome,
            "reason": self.reason,
            "error": self.error,
            "lines": [line_as_dict(self.line)] if self.line and self.outcome == CHARGE else [],
            "amount_cents": self.amount_cents,
            "currency": self.currency,
            "invoice": self.invoice or None,
        }


@dataclass(slots=True)
class ChargeSummary:
    """Counts by outcome and sums by currency in minor units; grows page by page in constant memory."""

    counts: Counter[str] = field(default_factory=Counter)
    subtotals: Counter[str] = field(default_factory=Counter)

    def add(self, page: list[ChargePlan]) -> None:
        """Count one more page."""
        for plan in page:
            self.counts[COUNTED[plan.outcome]] += 1
            if plan.outcome == CHARGE:
                self.subtotals[plan.currency] += plan.amount_cents

    def as_dict(self) -> dict[str, Any]:
        """The counts by name, and the subtotal per currency."""
        counts = {name: self.counts[name] for name in COUNTED.values()}
        return {**counts, "subtotal_cents": dict(sorted(self.subtotals.items()))}
