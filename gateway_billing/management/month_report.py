"""What a run of partners' months prints: for scripts one JSON object, for people the lines of each company."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from django.core.management.base import OutputWrapper

from gateway_billing.month_plan import EXISTS, FAILED, INVOICE, NOTHING, MonthPlan
from invoicing.display import money, sums
from invoicing.management.listing import JsonListing

OUTCOMES = (INVOICE, EXISTS, NOTHING, FAILED)


class Report(Protocol):
    """Takes the partners as they come."""

    def add(self, plan: MonthPlan) -> None: ...

    def end(self) -> None: ...


@dataclass(slots=True)
class Summary:
    """Counts by outcome, and what new invoices come to before tax, by currency in minor units."""

    counts: Counter[str] = field(default_factory=Counter)
    subtotals: Counter[str] = field(default_factory=Counter)

    def add(self, plan: MonthPlan) -> None:
        """Count one more partner."""
        self.counts[plan.outcome] += 1
        if plan.outcome == INVOICE:
            self.subtotals[plan.partner.currency] += plan.sums.subtotal_cents


class JsonReport:
    """The keys month, dry_run, partners and summary."""

    def __init__(self, out: OutputWrapper, *, month: str, dry_run: bool) -> None:
        self._listing = JsonListing(out, {"month": month, "dry_run": dry_run}, "partners")
        self._summary = Summary()

    def add(self, plan: MonthPlan) -> None:
        """Write one partner."""
        self._listing.add([plan.as_dict()])
        self._summary.add(plan)

    def end(self) -> None:
        """Close the object."""
        counts = {outcome: self._summary.counts[outcome] for outcome in OUTCOMES}
        self._listing.end({"summary": {**counts, "subtotal_cents": dict(sorted(self._summary.subtotals.items()))}})


class TextReport:
    """A line per partner, below it its companies with their lines, at the end the counts and sums."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._summary = Summary()

    def add(self, plan: MonthPlan) -> None:
        """Write one partner."""
        self._summary.add(plan)
        self._out.write(_head(plan))
        for part in plan.parts:
            self._out.write(f"  {part.company}  {part.name}  {money(part.subtotal_cents, plan.partner.currency)}")
            for line in part.lines:
                cents = money(line["amount_cents"], plan.partner.currency)
                self._out.write(f"    {line['description']}  {cents}")
        if plan.unbilled:
            counted = ", ".join(f"{units} {reason}" for reason, units in sorted(plan.unbilled.items()))
            self._out.write(f"  not billed: {counted}")

    def end(self) -> None:
        """Write the counts and the sums."""
        counts = ", ".join(f"{self._summary.counts[name]} {name}" for name in OUTCOMES)
        partners = self._summary.counts.total()
        told = f"{partners} partner{'' if partners == 1 else 's'}: {counts}; {sums(self._summary.subtotals)}"
        self._out.write(told)


def _head(plan: MonthPlan) -> str:
    what = money(plan.sums.subtotal_cents, plan.partner.currency) if plan.parts else ""
    if plan.sums.total_cents is not None:
        what += f", with tax {money(plan.sums.total_cents, plan.partner.currency)}"
    document = plan.number or (f"draft {plan.invoice}" if plan.invoice else "")
    told = (plan.partner.external_id, plan.outcome, what, document, plan.reason)
    return "  ".join(part for part in told if part)
