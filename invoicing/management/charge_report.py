"""What a run over charges prints: for scripts one JSON object, for people a line a unit and a sum."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.core.management.base import OutputWrapper

from invoicing.charges.plan import CHARGE, COUNTED, ChargePlan, ChargeSummary
from invoicing.display import money, sums
from invoicing.management.listing import JsonListing


class Report(Protocol):
    """Takes the pages of a run as they come, and its summary at the end."""

    def add(self, page: list[ChargePlan]) -> None: ...

    def end(self, summary: ChargeSummary) -> None: ...


class JsonReport:
    """The keys at, dry_run, charges and summary."""

    def __init__(self, out: OutputWrapper, *, at: datetime, dry_run: bool) -> None:
        self._listing = JsonListing(out, {"at": at.isoformat(), "dry_run": dry_run}, "charges")

    def add(self, page: list[ChargePlan]) -> None:
        """Write one page."""
        self._listing.add(plan.as_dict() for plan in page)

    def end(self, summary: ChargeSummary) -> None:
        """Close the object."""
        self._listing.end({"summary": summary.as_dict()})


class TextReport:
    """Charge, period or day, client, outcome, amount or reason, and the draft that took it."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def add(self, page: list[ChargePlan]) -> None:
        """Write one page."""
        for plan in page:
            self._out.write(_line(plan))

    def end(self, summary: ChargeSummary) -> None:
        """Write the counts and the sums."""
        counts = ", ".join(f"{summary.counts[name]} {name}" for name in COUNTED.values())
        considered = summary.counts.total()
        self._out.write(f"{considered} charge{'' if considered == 1 else 's'}: {counts}; {sums(summary.subtotals)}")


def _line(plan: ChargePlan) -> str:
    what = money(plan.amount_cents, plan.currency) if plan.outcome == CHARGE else plan.error or plan.reason
    when = plan.period or (plan.due_on.isoformat() if plan.due_on else "")
    draft = f"draft {plan.invoice}" if plan.invoice else ""
    return f"{plan.reference:16}  {when:10}  {plan.client:16}  {plan.outcome:7}  {what:24}  {draft}".rstrip()
