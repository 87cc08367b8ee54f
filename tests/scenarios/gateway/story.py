"""A partner's month in import lines: who is managed, what was used, and what the aggregate invoice says.

Each method adds one line. `run()` imports them and runs the month; `lines()` reads the export. All of it goes through
the commands.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Self

from tests.commands.running import Ended, run, run_read_only
from tests.scenarios.story import ADDRESS

AFTER_JANUARY = "2026-02-01T03:20:00+01:00"
AFTER_FEBRUARY = "2026-03-01T03:20:00+01:00"
NOON = "2026-01-15T12:00:00+01:00"
DEFAULTS: dict[str, dict[str, Any]] = {
    "client": {"name": "Partner GmbH", "currency": "EUR", "country": "DE", "address": ADDRESS},
    "fee_schedule": {"company": "sub1"},
    "call": {"company": "sub1", "started_at": NOON, "status": "completed"},
    "output_configuration": {"company": "sub1", "output_type": "email", "billing_mode": "per_case"},
    "case_category": {"company": "sub1", "name": "Incident"},
    "service_case": {
        "company": "sub1", "created_at": NOON, "output_status": "sent", "output_sent_at": NOON,
    },
    "service_price": {"company": "sub1", "service": "Phone line", "valid_from": "2026-01-01"},
    "service_change": {"company": "sub1", "service_date": "2026-01-15", "status": "approved"},
    "charge": {"client": "sub1", "date": "2026-01-15", "description": "Rack", "quantity": "1", "unit_price": "10.00"},
}  # fmt: skip
PREFIX = {
    "fee_schedule": "f", "call": "k", "output_configuration": "o", "case_category": "g", "service_case": "s",
    "service_price": "p", "service_change": "h", "charge": "z",
}  # fmt: skip


class GatewayStory:
    """Lines in the making, and the answer of the last run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pending: list[dict[str, Any]] = []
        self.count: Counter[str] = Counter()
        self.ended = Ended(0, "", "")

    def has(self, kind: str, **changes: Any) -> Self:
        """Add one line of this type: the usual one with changes; ids count up as k1, s1."""
        if "id" not in changes:
            self.count[kind] += 1
            changes["id"] = f"{PREFIX[kind]}{self.count[kind]}"
        self.pending.append({"type": kind, **DEFAULTS[kind], **changes})
        return self

    def company(self, reference: str, partner: str = "partner", **changes: Any) -> Self:
        """A company that the partner manages, from the beginning of 2025 unless it is said otherwise."""
        changes = {"name": f"{reference.title()} GmbH", "managed_from": "2025-01-01", **changes}
        return self.has("client", id=reference, managed_by=partner, **changes)

    def fees(self, **changes: Any) -> Self:
        return self.has("fee_schedule", **changes)

    def call(self, seconds: int, **changes: Any) -> Self:
        return self.has("call", duration_seconds=seconds, **changes)

    def output(self, **changes: Any) -> Self:
        return self.has("output_configuration", **changes)

    def case(self, times: int = 1, **changes: Any) -> Self:
        """So many cases alike."""
        for _ in range(times):
            self.has("service_case", **changes)
        return self

    def price(self, amount: str, **changes: Any) -> Self:
        return self.has("service_price", price=amount, **changes)

    def change(self, amount: str | None = None, **changes: Any) -> Self:
        return self.has("service_change", **({} if amount is None else {"amount": amount}), **changes)

    def import_lines(self) -> Self:
        """Import what was added since the last time; a line that is wrong fails the test."""
        if self.pending:
            path = self.folder / "story.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in self.pending), encoding="utf-8")
            self.pending = []
            ended = run("import_records", str(path))
            assert ended.code == 0, ended.err
        return self

    def run(self, *options: str, month: str = "2026-01", at: str = AFTER_JANUARY) -> Self:
        """Import the lines and run the month of all partners by hand."""
        self.import_lines()
        self.ended = run("aggregate_month", "--month", month, "--at", at, "--by", "petra", "--format", "json", *options)
        return self

    def preview(self, month: str = "2026-01", at: str = AFTER_JANUARY) -> dict[str, Any]:
        """What the run would do, computed where the database refuses every write."""
        self.import_lines()
        ended = run_read_only("aggregate_month", "--dry-run", "--month", month, "--at", at, "--format", "json")
        assert ended.code == 0, ended.err
        return self.only(ended)

    def only(self, ended: Ended | None = None) -> dict[str, Any]:
        """The one partner of an answer."""
        (partner,) = (ended or self.ended).json["partners"]
        return dict(partner)

    def partner(self, reference: str) -> dict[str, Any]:
        """A partner in the answer of the last run."""
        (found,) = (one for one in self.ended.json["partners"] if one["partner"] == reference)
        return dict(found)

    def documents(self, client: str = "partner") -> list[dict[str, Any]]:
        """The partner's documents as the export tells them, in the order in which they were made."""
        ended = run("export_invoices", "--client", client)
        assert ended.code == 0, ended.err
        return [json.loads(line) for line in ended.lines]

    def lines(self, client: str = "partner") -> list[str]:
        """The lines of the partner's documents, in order."""
        return [told(line) for document in self.documents(client) for line in document["lines"]]


def told(line: dict[str, Any]) -> str:
    """A line as "company kind quantity @ price = cents"."""
    per = f"/{line['price_per']}" if line["price_per"] != 1 else ""
    return (
        f"{line['company']} {line['kind']} {line['quantity']}{line['unit']} @ {line['unit_price']}{per}"
        f" = {line['amount_cents']}"
    )
