"""Importing: all or nothing, updates, references in any order, dry runs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.models import Client, Rate
from invoicing.models import AuditEntry
from tickets.models import Expense, Ticket, TimeEntry

from .lines import EVERYTHING, LINES, import_lines, line

pytestmark = pytest.mark.django_db

CREATED = [f"{kind}: 1 created, 0 updated, 0 unchanged" for kind in LINES]


def test_one_line_of_every_type_creates_a_record_each(tmp_path):
    code, out, err = import_lines(tmp_path, *EVERYTHING)

    assert (code, out, err) == (0, CREATED, [])
    assert TimeEntry.objects.get().seconds_worked == 5400
    assert TimeEntry.objects.get().status == "submitted"
    assert Expense.objects.get().unit_price == Decimal("79.90")
    assert Ticket.objects.get().closed_at == datetime(2026, 1, 15, 16, tzinfo=UTC)
    assert Rate.objects.get().contract.external_id == "c1"


def test_references_may_point_forward(tmp_path):
    code, out, _ = import_lines(tmp_path, *reversed(EVERYTHING))

    assert (code, out) == (0, CREATED)


def test_a_second_import_of_the_same_file_changes_nothing(tmp_path):
    import_lines(tmp_path, *EVERYTHING)

    code, out, _ = import_lines(tmp_path, *EVERYTHING)

    assert code == 0
    assert out == [f"{kind}: 0 created, 0 updated, 1 unchanged" for kind in LINES]


def test_a_dry_run_prints_the_same_counts_and_stores_nothing(tmp_path):
    code, out, err = import_lines(tmp_path, *EVERYTHING, dry_run=True)

    assert (code, out, err) == (0, CREATED, ["dry run: nothing was stored"])
    assert not Client.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_dry_run_of_an_update_counts_what_would_change(tmp_path):
    import_lines(tmp_path, *EVERYTHING)

    code, out, _ = import_lines(tmp_path, line("client", name="Acme AG"), line("contact"), dry_run=True)

    assert (code, out) == (
        0, ["client: 0 created, 1 updated, 0 unchanged", "contact: 0 created, 0 updated, 1 unchanged"],
    )  # fmt: skip
    assert Client.objects.get().name == "Acme GmbH"


def test_one_wrong_line_keeps_all_others_out(tmp_path):
    code, out, err = import_lines(tmp_path, *EVERYTHING, line("client", id="b", currency="EURO"))

    assert (code, out) == (2, [])
    assert err == [
        'line 9: currency: must be a currency of ISO 4217 such as EUR, not "EURO"',
        "1 of 9 lines are wrong; nothing was stored",
    ]
    assert not Client.objects.exists()


def test_a_line_that_is_too_long_is_reported(tmp_path):
    code, _, err = import_lines(tmp_path, line("client", name="A" * (1 << 20)), line("client"))

    assert code == 2
    assert err[0] == "line 1: line: is longer than 1048576 bytes"


def test_every_wrong_line_is_reported_in_its_order(tmp_path):
    wrong = [line("ticket", id=f"t{n}", client="nobody", status="done") for n in range(1200)]

    code, _, err = import_lines(tmp_path, b"\xff", *wrong)

    assert code == 2
    assert err[0] == "line 1: line: is not valid UTF-8 at byte 1"
    assert err[1] == 'line 2: client: there is no client "nobody"'
    assert err[2].startswith("line 2: status: must be one of ")
    assert err[-1] == "1201 of 1201 lines are wrong; nothing was stored"
    assert len(err) == 1 + 2 * 1200 + 1


def test_a_key_left_out_stays_and_null_clears(tmp_path):
    import_lines(tmp_path, line("client", hourly_rate="80.00", email="a@acme.example", address={"city": "Ulm"}))

    code, out, _ = import_lines(tmp_path, {"type": "client", "id": "acme", "email": None})

    client = Client.objects.get()
    assert (code, out) == (0, ["client: 0 created, 1 updated, 0 unchanged"])
    assert (client.email, client.hourly_rate, client.city, client.name) == ("", Decimal(80), "Ulm", "Acme GmbH")
