"""Importing: all or nothing, updates, references in any order, dry runs."""

from __future__ import annotations

import io
import json
import logging
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.models import Client, Contact, Contract, Rate
from invoicing.models import AuditEntry
from office.importing import progress as progress_module
from office.importing.registry import TYPES
from tickets.models import Expense, Ticket, TimeEntry

from .lines import EVERYTHING, GONE, LINES, file_of, import_files, import_lines, line

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


def test_null_for_an_object_clears_all_of_it(tmp_path):
    import_lines(tmp_path, line("client", address={"line1": "Weg 1", "city": "Ulm"}))

    import_lines(tmp_path, {"type": "client", "id": "acme", "address": None})

    assert (Client.objects.get().address_line1, Client.objects.get().city) == ("", "")


def test_zero_is_a_price_and_not_the_same_as_none(tmp_path):
    import_lines(tmp_path, line("client", hourly_rate="0"))

    assert Client.objects.get().hourly_rate == 0


@pytest.mark.parametrize(
    ("given", "count", "unlimited"), [(5, 5, False), (0, 0, False), ("unlimited", None, True), (None, None, False)]
)
def test_an_allowance_is_a_number_none_or_unlimited(tmp_path, given, count, unlimited):
    import_lines(tmp_path, line("client"), line("contract", included_tickets=3, included_hours="unlimited"))

    import_lines(tmp_path, {"type": "contract", "id": "c1", "included_tickets": given})

    contract = Contract.objects.get()
    assert (contract.included_tickets, contract.unlimited_tickets) == (count, unlimited)
    assert (contract.included_seconds, contract.unlimited_hours) == (None, True)


def test_all_terms_of_a_contract_are_stored(tmp_path):
    terms = {
        "end_date": "2026-12-31", "strategy": "mixed", "hourly_rate": "90.5", "per_ticket_rate": "50.00",
        "included_hours": "20.25", "rollover_months": "unlimited", "late_work": "absorb", "grouping": "per_ticket",
        "rounding": {"level": "day", "increment_minutes": 6, "direction": "nearest", "minimum_hours": "0.5"},
        "below_minimum": "skip", "business_hours": {"mon-fri": "08:00-18:00"},
        "fair_use": {"soft_tickets": 100, "hard_hours": "500"},
    }  # fmt: skip

    import_lines(tmp_path, line("client"), line("contract", **terms))

    contract = Contract.objects.get()
    assert (contract.end_on, contract.strategy, contract.hourly_rate) == (date(2026, 12, 31), "mixed", Decimal("90.5"))
    assert (contract.included_seconds, contract.unlimited_rollover, contract.minimum_seconds) == (72900, True, 1800)
    assert (contract.rounding_level, contract.rounding_increment_minutes) == ("day", 6)
    assert (contract.rounding_direction, contract.below_minimum) == ("nearest", "skip")
    assert (contract.late_work, contract.grouping) == ("absorb", "per_ticket")
    assert contract.business_hours == {"mon-fri": "08:00-18:00"}
    assert contract.fair_use == {"soft_tickets": 100, "hard_hours": "500"}


def test_a_partner_and_its_company_come_in_any_order(tmp_path):
    company = line("client", id="sub", managed_by="par", managed_from="2026-01-01")

    code, out, _ = import_lines(tmp_path, company, line("client", id="par", is_partner=True))
    again = import_lines(tmp_path, company, line("client", id="par", is_partner=True))

    assert (code, out) == (0, ["client: 2 created, 0 updated, 0 unchanged"])
    assert Client.objects.get(external_id="sub").managed_by == Client.objects.get(external_id="par")
    assert again[1] == ["client: 0 created, 0 updated, 2 unchanged"]


def test_a_timer_counts_from_start_to_end_without_its_pause_T_23(tmp_path):
    timer = line(
        "time_entry", hours_worked=GONE, started_at="2026-01-15T09:00:00+01:00", ended_at="2026-01-15T11:00:00+01:00",
        paused_seconds=1800,
    )  # fmt: skip

    import_lines(tmp_path, *EVERYTHING[:-2], timer)

    entry = TimeEntry.objects.get()
    assert entry.seconds_worked == 5400
    assert entry.started_at == datetime(2026, 1, 15, 8, tzinfo=UTC)


def test_moving_the_end_of_a_timer_moves_its_hours_and_other_changes_do_not(tmp_path):
    timer = line("time_entry", started_at="2026-01-15T09:00:00+01:00", ended_at="2026-01-15T11:00:00+01:00")
    import_lines(tmp_path, *EVERYTHING[:-2], timer)

    import_lines(tmp_path, {"type": "time_entry", "id": "e1", "technician": "mira"})
    typed = TimeEntry.objects.get().seconds_worked
    import_lines(tmp_path, {"type": "time_entry", "id": "e1", "ended_at": "2026-01-15T12:00:00+01:00"})

    assert typed == 5400
    assert TimeEntry.objects.get().seconds_worked == 3 * 3600


def test_a_running_timer_has_no_hours_yet(tmp_path):
    running = line("time_entry", hours_worked=GONE, started_at="2026-01-15T09:00:00+01:00")

    code, _, _ = import_lines(tmp_path, *EVERYTHING[:-2], running)

    assert code == 0
    assert TimeEntry.objects.get().seconds_worked is None


def test_a_ticket_closed_by_an_import_is_due_at_once(tmp_path):
    import_lines(tmp_path, *EVERYTHING[:-3], line("ticket", status="open", closed_at=GONE))

    import_lines(tmp_path, line("ticket"))

    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.billing_status, ticket.bill_after) == ("closed", "unbilled", None)


def test_a_ticket_that_is_open_again_has_no_time_of_closing(tmp_path):
    import_lines(tmp_path, *EVERYTHING)

    code, out, _ = import_lines(tmp_path, {"type": "ticket", "id": "t1", "status": "in_progress"})
    again = import_lines(tmp_path, line("ticket", status="in_progress"))

    assert (code, out) == (0, ["ticket: 0 created, 1 updated, 0 unchanged"])
    assert again[1] == ["ticket: 0 created, 0 updated, 1 unchanged"]
    assert Ticket.objects.get().closed_at is None


def test_new_work_puts_a_ticket_back_that_was_set_aside(tmp_path):
    import_lines(tmp_path, *EVERYTHING[:-1])
    Ticket.objects.update(billing_status="skipped", billing_reason="nothing_to_bill")

    import_lines(tmp_path, line("expense"))

    assert Ticket.objects.get().billing_status == "unbilled"


def test_an_internal_ticket_has_no_client(tmp_path):
    code, _, _ = import_lines(tmp_path, line("ticket", client=None, internal=True))

    assert code == 0
    assert Ticket.objects.get().client is None


def test_a_client_that_is_enrolled_later_leaves_its_history_alone(tmp_path):
    import_lines(tmp_path, line("client"), line("client", id="b", automation="auto"))

    import_lines(tmp_path, line("client", automation="draft"), line("client", id="b", automation="auto"))

    assert Client.objects.get(external_id="acme").automation_from == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert Client.objects.get(external_id="b").automation_from is None


def test_days_are_accepted_where_a_moment_begins_with_them(tmp_path):
    import_lines(tmp_path, line("client", automation_from="2026-01-01", started_at="2025-12-31T23:30:00+01:00"))

    client = Client.objects.get()
    assert client.automation_from == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert client.started_on == date(2025, 12, 31)


def test_several_files_are_one_import_and_their_lines_are_named(tmp_path):
    first = file_of(tmp_path, line("contact"), line("contact"), name="a.jsonl")
    second = file_of(tmp_path, line("client"), line("contact"), name="b.jsonl")

    code, _, err = import_files(first, second)

    assert code == 2
    assert err[:-1] == [
        f'{first} line 1: id: "ann" is also on line 2',
        f'{first} line 2: id: "ann" is also on line 1',
        f'{second} line 2: id: "ann" is also on {first} line 1',
    ]


def test_standard_input_is_read_as_a_file(monkeypatch):
    content = "\n".join(json.dumps(record) for record in EVERYTHING).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    assert import_files("-")[:2] == (0, CREATED)


def test_empty_lines_are_passed_over_and_an_empty_file_says_so(tmp_path):
    assert import_lines(tmp_path, "", line("client"), "  ", "")[1] == ["client: 1 created, 0 updated, 0 unchanged"]
    assert import_lines(tmp_path)[:2] == (0, ["nothing to import"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"at": "today"}, "--at today is not a datetime such as 2026-01-15T09:00:00+01:00"),
        ({"at": "2026-01-15T09:00:00"}, "--at 2026-01-15T09:00:00 needs an offset such as +01:00"),
    ],
)
def test_a_moment_that_cannot_be_read_ends_the_command(tmp_path, options, sentence):
    assert import_lines(tmp_path, **options) == (2, [], [sentence])


def test_a_file_that_is_not_there_ends_the_command():
    assert import_files("/nowhere/x.jsonl") == (2, [], ["cannot read /nowhere/x.jsonl: No such file or directory"])


def test_the_clock_is_read_where_no_moment_is_given(tmp_path):
    before = datetime.now(UTC)

    import_lines(tmp_path, line("client"), at=None)

    assert AuditEntry.objects.get().at >= before


def test_an_import_leaves_one_audit_entry_with_its_counts(tmp_path):
    import_lines(tmp_path, *EVERYTHING, by="kim")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.at) == ("records.imported", "kim", datetime(2026, 2, 1, 8, tzinfo=UTC))
    assert entry.data["time_entry"] == {"created": 1, "updated": 0, "unchanged": 0}


def test_more_lines_than_one_batch_holds_are_imported_and_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(progress_module, "LINES_A_LOG", 5000)
    contacts = (line("contact", id=f"p{n}", name=f"Person {n}") for n in range(12_000))

    with caplog.at_level(logging.INFO, logger="billing.import"):
        _, out, _ = import_lines(tmp_path, *contacts, line("client"))

    assert out == ["client: 1 created, 0 updated, 0 unchanged", "contact: 12000 created, 0 updated, 0 unchanged"]
    assert Contact.objects.count() == 12_000


def test_progress_moves_on_a_terminal_and_is_cleared_at_the_end():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    shown = progress_module.Progress(terminal)

    shown(1)
    shown(2000)
    shown.end()

    assert terminal.getvalue() == "\r\x1b[K2000 lines read\r\x1b[K"


def test_progress_is_a_log_line_elsewhere(caplog):
    shown = progress_module.Progress(io.StringIO())

    with caplog.at_level(logging.INFO, logger="billing.import"):
        shown(99_999)
        shown(100_000)
        shown.end()

    assert [record.getMessage() for record in caplog.records] == ["100000 lines read"]


def test_no_type_has_more_columns_than_its_masks_have_bits():
    assert max(len(kind.columns) for kind in TYPES.values()) < 63
