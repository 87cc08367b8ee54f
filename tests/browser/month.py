"""The demo's month, billed as automation bills it, for those who look at it in a browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice
from tickets import automation

DEMO = Path(__file__).resolve().parents[2] / "demo"
AFTER = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def bill_the_demo() -> None:
    """Import the demo's files, bill what is closed, and issue the drafts of a month but the last."""
    call_command("import_records", *(str(path) for path in sorted(DEMO.glob("*.jsonl"))), verbosity=0)
    for _ in automation.catch_up(at=AFTER):
        pass
    monthly = list(Invoice.objects.exclude(period_start=None).order_by("pk").values_list("pk", flat=True))
    issue_invoices(monthly[:-1], at=AFTER, by="demo")
