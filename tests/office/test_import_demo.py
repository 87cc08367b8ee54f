"""The month of the demo: made by its generator, importable, and believable."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from demo.gateway import gateway_files
from demo.make_demo import files, main, text
from tickets.models import Ticket

from .lines import import_files

DEMO = Path(__file__).resolve().parents[2] / "demo"
NAMES = ["01-clients.jsonl", "02-contracts.jsonl", "03-tickets.jsonl", "04-time.jsonl"]


def records(kind):
    return [record for made in files().values() for record in made if record["type"] == kind]


def test_the_files_are_what_the_generator_makes():
    made = files() | gateway_files()
    assert {path.name: path.read_text(encoding="utf-8") for path in DEMO.glob("*.jsonl")} == {
        name: text(records) for name, records in made.items()
    }


def test_the_generator_writes_into_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["make_demo", str(tmp_path)])

    main()

    assert sorted(path.name for path in tmp_path.iterdir()) == [*NAMES, *gateway_files()]


@pytest.mark.django_db
def test_the_demo_is_imported_and_a_second_time_changes_nothing():
    paths = [str(DEMO / name) for name in NAMES]

    first, again = import_files(*paths), import_files(*paths)

    assert first[0] == again[0] == 0
    assert first[1][0] == "client: 12 created, 0 updated, 0 unchanged"
    assert all(" 0 created, 0 updated" in line for line in again[1])
    assert Ticket.objects.count() == 139


def test_the_month_is_of_the_size_of_a_small_provider():
    assert len(records("client")) == 12
    assert len(records("ticket")) == 139
    assert 280 <= len(records("time_entry")) <= 320
    assert len(records("expense")) == 16
    statuses = Counter(ticket["status"] for ticket in records("ticket"))
    assert statuses["in_progress"] == 10
    assert set(statuses) == {"new", "open", "in_progress", "waiting", "resolved", "closed", "cancelled"}


def test_its_description_counts_what_there_is():
    told = (DEMO / "README.md").read_text(encoding="utf-8")
    kinds = {"clients": "client", "tickets": "ticket", "time entries": "time_entry", "expenses": "expense"}

    assert [f"{len(records(kind))} {words}" for words, kind in kinds.items() if f" {words}" in told] == [
        found for words in kinds for found in re.findall(rf"\b\d+ {words}\b", told)
    ]


def having(kind, key):
    return {str(record[key]) for record in records(kind) if key in record}


def test_there_is_a_case_of_each_kind_of_agreement():
    assert having("client", "automation") == {"off", "shadow", "draft", "auto"}
    assert having("contract", "strategy") == {"time_based", "per_ticket", "mixed"}
    assert {"5", "unlimited"} <= having("contract", "included_tickets")
    assert {"8.00", "unlimited"} <= having("contract", "included_hours")
    assert all(having("contract", key) for key in ("fair_use", "rollover_months", "rounding", "below_minimum"))
    assert having("contract", "late_work") == {"absorb"}
    assert having("contract", "grouping") == {"per_ticket"}
    assert having("rate", "time_of_day") == {"after_hours", "weekend", "holiday", "emergency"}
    assert having("rate", "multiplier")
    assert having("rate", "work_type") == {"travel", "onsite"}
    assert {"quarterly", "yearly"} == having("recurring_charge", "interval")
    assert (having("recurring_charge", "timing"), having("recurring_charge", "prorate")) == ({"arrears"}, {"True"})
    assert all(records(kind) for kind in ("charge", "allocation", "manual_bill", "assignment"))


def test_there_is_a_case_of_each_kind_of_work():
    assert having("time_entry", "status") == {"draft", "submitted", "approved", "rejected"}
    assert having("time_entry", "hourly_rate") == {"0", "75.00", "120.00"}
    assert {"300", "900"} <= having("time_entry", "paused_seconds")
    assert having("time_entry", "emergency")
    assert all(having(kind, "billed_elsewhere") for kind in ("ticket", "time_entry"))
    assert having("ticket", "internal")
    assert {"warranty", "training", "maintenance"} <= having("ticket", "ticket_type")
    assert all(having("expense", key) for key in ("goods", "tax_rate"))


def test_work_lies_within_the_life_of_its_ticket():
    tickets = {ticket["id"]: ticket for ticket in records("ticket")}
    outside = []
    for entry in records("time_entry"):
        ticket = tickets[entry["ticket"]]
        end = ticket.get("closed_at") or ticket.get("resolved_at") or "2026-10-31T23:59:59+01:00"
        begins = entry.get("started_at", f"{entry['work_date']}T23:59:59+01:00")
        ends = entry.get("ended_at", f"{entry['work_date']}T00:00:00+02:00")
        within = datetime.fromisoformat(ticket["created_at"]) <= datetime.fromisoformat(begins)
        if not within or datetime.fromisoformat(ends) > datetime.fromisoformat(end):
            outside.append(entry["id"])

    assert outside == []


def test_addresses_are_nobody_s():
    mails = [record["email"] for kind in ("client", "contact") for record in records(kind)]

    assert all(mail.endswith(".example") for mail in mails)
    assert json.dumps(mails).isascii()
