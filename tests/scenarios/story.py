"""A story in import lines: who agreed to what, what was done, and which lines the invoice has.

Each method adds one line; entries and expenses belong to the ticket before them. `bill()` imports the lines and lets
the catch-up bill; `lines()` reads the export as "kind quantity @ price = cents". All of it goes through the commands.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.core.management import call_command

from contracts.models import Allocation, Contract
from tickets.models import Ticket

if TYPE_CHECKING:
    from pathlib import Path

RUN = "2026-01-16T09:00:00+01:00"
ADDRESS = {"line1": "Hauptstraße 1", "postcode": "10115", "city": "Berlin"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "client": {
        "id": "acme", "name": "Acme GmbH", "currency": "EUR", "country": "DE", "address": ADDRESS,
        "automation": "draft", "hourly_rate": "80.00",
    },
    "contact": {"id": "ann", "client": "acme", "name": "Ann", "email": "ann@acme.example"},
    "contract": {"client": "acme", "status": "active", "start_date": "2026-01-01"},
    "assignment": {"contract": "c1", "contact": "ann", "start_date": "2026-01-01"},
    "rate": {"contract": "c1", "valid_from": "2026-01-01"},
    "ticket": {
        "client": "acme", "subject": "Mail down", "status": "closed", "billable": True,
        "created_at": "2026-01-01T09:00:00+01:00", "closed_at": "2026-01-15T17:00:00+01:00",
    },
    "time_entry": {"technician": "kim", "work_date": "2026-01-15"},
    "expense": {"date": "2026-01-15", "description": "SSD", "quantity": "1"},
    "recurring_charge": {
        "contract": "c1", "description": "Managed seat", "quantity": "12", "unit_price": "19.00",
        "valid_from": "2026-01-01",
    },
    "charge": {"client": "acme", "date": "2026-01-15", "description": "Rack", "quantity": "1", "unit_price": "10.00"},
    "allocation": {"contract": "c1", "month": "2026-01"},
    "manual_bill": {"ticket": "t1", "amount_cents": 8000, "reference": "A-17"},
}  # fmt: skip
PREFIX = {
    "contract": "c", "assignment": "a", "rate": "r", "ticket": "t", "time_entry": "e", "expense": "x",
    "recurring_charge": "m", "charge": "z", "allocation": "b", "manual_bill": "n",
}  # fmt: skip


def moment(text: str) -> datetime:
    """An instant from ISO 8601."""
    return datetime.fromisoformat(text)


class Story:
    """Lines in the making, and the outcomes of the last run by ticket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pending: list[dict[str, Any]] = []
        self.count: Counter[str] = Counter()
        self.outcomes: dict[str, dict[str, Any]] = {}

    def has(self, kind: str, **changes: Any) -> Self:
        """Add one line of this type: the usual one with changes; ids count up as c1, t1, e1."""
        if "id" not in changes and kind in PREFIX:
            self.count[kind] += 1
            changes["id"] = f"{PREFIX[kind]}{self.count[kind]}"
        if kind == "ticket":
            changes.setdefault("number", changes["id"])
            self.ticket_id = changes["id"]
        elif kind in ("time_entry", "expense"):
            changes.setdefault("ticket", self.ticket_id)
        self.pending.append({"type": kind, **DEFAULTS[kind], **changes})
        return self

    def client(self, **changes: Any) -> Self:
        return self.has("client", **changes)

    def contract(self, **changes: Any) -> Self:
        return self.has("contract", **changes)

    def contact(self, **changes: Any) -> Self:
        return self.has("contact", **changes)

    def assignment(self, **changes: Any) -> Self:
        return self.has("assignment", **changes)

    def rate(self, **changes: Any) -> Self:
        return self.has("rate", **changes)

    def ticket(self, **changes: Any) -> Self:
        return self.has("ticket", **changes)

    def entry(self, hours: str, **changes: Any) -> Self:
        return self.has("time_entry", hours_worked=hours, **changes)

    def expense(self, unit_price: str, **changes: Any) -> Self:
        return self.has("expense", unit_price=unit_price, **changes)

    def recurring(self, **changes: Any) -> Self:
        return self.has("recurring_charge", **changes)

    def import_lines(self) -> Self:
        """Import what was added since the last time; a line that is wrong fails the test."""
        if not self.pending:
            return self
        path = self.folder / "story.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in self.pending), encoding="utf-8")
        self.pending = []
        command("import_records", str(path), at=RUN)
        return self

    def bill(self, *, at: str = RUN) -> Self:
        """Import the lines and let the catch-up bill; the outcomes are those of this run."""
        return self._bill(at=at)

    def bill_by_hand(self, ticket: str = "t1", *, at: str = RUN) -> Self:
        """Import the lines and bill one ticket as a person would."""
        return self._bill(at=at, ticket=ticket, by="petra")

    def recur(self, *, at: str = RUN) -> Self:
        """Import the lines and bill what recurs and is due, as every night."""
        self.import_lines()
        command("bill_recurring", at=at)
        return self

    def decide(self, name: str, *arguments: str, by: str = "petra", at: str = RUN, **options: Any) -> Any:
        """Import the lines and let a person run this command; answers what it prints as JSON."""
        self.import_lines()
        return json.loads(command(name, *arguments, format="json", by=by, at=at, **options))

    def issue(self, *, at: str = RUN) -> Self:
        """Issue every draft."""
        command("issue_invoices", at=at, by="petra")
        return self

    def documents(self, client: str = "acme") -> list[dict[str, Any]]:
        """The client's documents as the export tells them, in the order in which they were made."""
        return [json.loads(line) for line in command("export_invoices", client=client).splitlines()]

    def lines(self, client: str = "acme") -> list[str]:
        """The lines of the client's documents, in order; what was taken back is on none."""
        return [
            f"{line['kind']} {line['quantity']} @ {line['unit_price']} = {line['amount_cents']}"
            for document in self.documents(client)
            if document["status"] != "discarded"
            for line in document["lines"]
        ]

    def subtotals(self, client: str = "acme") -> list[int]:
        """The subtotal of each of the client's documents, in cents."""
        return [document["subtotal_cents"] for document in self.documents(client)]

    def state(self, ticket: str = "t1") -> tuple[str, str]:
        """Billing status and reason as stored on the ticket."""
        found = Ticket.objects.get(external_id=ticket)
        return found.billing_status, found.billing_reason

    def used(self, contract: str = "c1") -> dict[str, tuple[int, int]]:
        """Tickets and seconds that are taken from the allowance, by month."""
        used: dict[str, tuple[int, int]] = {}
        for use in Allocation.objects.filter(contract__external_id=contract, released_at=None).order_by("month"):
            tickets, seconds = used.get(f"{use.month:%Y-%m}", (0, 0))
            used[f"{use.month:%Y-%m}"] = (tickets + use.tickets, seconds + use.seconds)
        return used

    def opening(self, *, tickets: int = 0, seconds: int = 0, month: str = "2026-01-01") -> Self:
        """Import the lines, and note what another system had already covered under the first contract."""
        self.import_lines()
        Allocation.objects.create(
            contract=Contract.objects.get(external_id="c1"), month=month, kind="opening", source_id=1,
            tickets=tickets, seconds=seconds, created_at=moment(RUN),
        )  # fmt: skip
        return self

    def _bill(self, *, at: str, **options: Any) -> Self:
        self.import_lines()
        answer = json.loads(command("bill_tickets", format="json", at=at, **options))
        self.outcomes = {result["ticket"]: result for result in answer["tickets"]}
        return self


def command(name: str, *arguments: str, **options: Any) -> str:
    """Run a command; answer its standard output."""
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()
