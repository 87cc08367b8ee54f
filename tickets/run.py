"""What a run over tickets did, for people, scripts and logs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from invoicing.planned_lines import line_as_dict
from rating.charge import Charge
from tickets.plan import TicketPlan

FAILED = "failed"
COUNTED = {"charge": "charged", "covered": "covered", "hold": "held", "skip": "skipped", FAILED: "failed"}


@dataclass(frozen=True, slots=True)
class TicketResult:
    """One ticket that a run considered. `invoice` is the draft's id where charges were written."""

    ticket: str
    number: str
    client: str
    outcome: str
    reason: str = ""
    detail: str = ""
    error: str = ""
    strategy: str = ""
    charges: tuple[Charge, ...] = ()
    currency: str = ""
    invoice: str = ""
    retry_in: int | None = None

    @property
    def subtotal_cents(self) -> int:
        return sum(charge.amount_cents for charge in self.charges)

    @classmethod
    def of(cls, plan: TicketPlan, client: str, invoice: str = "") -> TicketResult:
        """The result of a plan, applied (with its draft) or not."""
        return cls(
            plan.ticket.reference, plan.ticket.number, client, plan.outcome, plan.reason, plan.detail, "",
            plan.strategy, plan.charges, plan.currency, invoice,
        )  # fmt: skip


@dataclass(slots=True)
class BillingRun:
    """The tickets that a run considered. Runs of several pages are added up."""

    results: list[TicketResult] = field(default_factory=list)

    def __add__(self, other: BillingRun) -> BillingRun:
        return BillingRun([*self.results, *other.results])

    def summary(self) -> Summary:
        """Counts and sums of this run."""
        summary = Summary()
        summary.add(self)
        return summary


@dataclass(slots=True)
class Summary:
    """Counts by outcome and sums by currency, in minor units; grows page by page in constant memory."""

    counts: Counter[str] = field(default_factory=Counter)
    subtotals: Counter[str] = field(default_factory=Counter)

    def add(self, run: BillingRun) -> None:
        """Count one more page."""
        for result in run.results:
            self.counts[COUNTED[result.outcome]] += 1
            if result.charges:
                self.subtotals[result.currency] += result.subtotal_cents

    def as_dict(self) -> dict[str, Any]:
        """The counts by name, and the subtotal per currency."""
        return {
            **{name: self.counts[name] for name in COUNTED.values()},
            "subtotal_cents": dict(sorted(self.subtotals.items())),
        }


def result_as_dict(result: TicketResult) -> dict[str, Any]:
    """A considered ticket as scripts read it."""
    return {
        "ticket": result.ticket,
        "client": result.client or None,
        "outcome": result.outcome,
        "reason": result.reason,
        "error": result.error,
        "strategy": result.strategy,
        "lines": [line_as_dict(charge) for charge in result.charges],
        "subtotal_cents": result.subtotal_cents,
        "currency": result.currency,
        "invoice": result.invoice or None,
    }
