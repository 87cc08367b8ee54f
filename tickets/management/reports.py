"""What a billing run prints: for scripts one JSON object, for people a line a ticket and a sum."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.core.management.base import OutputWrapper

from invoicing.display import money, sums
from invoicing.management.listing import JsonListing
from tickets.run import COUNTED, BillingRun, Summary, TicketResult, result_as_dict


class Report(Protocol):
    """Takes the pages of a run as they come, and its summary at the end."""

    def add(self, run: BillingRun) -> None: ...

    def end(self, summary: Summary) -> None: ...


class JsonReport:
    """The keys at, dry_run, tickets and summary."""

    def __init__(self, out: OutputWrapper, *, at: datetime, dry_run: bool) -> None:
        self._listing = JsonListing(out, {"at": at.isoformat(), "dry_run": dry_run}, "tickets")

    def add(self, run: BillingRun) -> None:
        """Write one page."""
        self._listing.add(map(result_as_dict, run.results))

    def end(self, summary: Summary) -> None:
        """Close the object."""
        self._listing.end({"summary": summary.as_dict()})


class TextReport:
    """Number, client, outcome, amount or reason, and the draft that took it."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def add(self, run: BillingRun) -> None:
        """Write one page."""
        for result in run.results:
            self._out.write(_line(result))

    def end(self, summary: Summary) -> None:
        """Write the counts and the sums."""
        counts = ", ".join(f"{summary.counts[name]} {name}" for name in COUNTED.values())
        considered = summary.counts.total()
        self._out.write(f"{considered} ticket{'' if considered == 1 else 's'}: {counts}; {sums(summary.subtotals)}")


def _line(result: TicketResult) -> str:
    what = money(result.subtotal_cents, result.currency) if result.charges else result.error or result.reason
    detail = f" ({result.detail})" if result.detail else ""
    draft = f"draft {result.invoice}" if result.invoice else ""
    return f"{result.number:10}  {result.client or '-':16}  {result.outcome:8}  {what + detail:24}  {draft}".rstrip()
