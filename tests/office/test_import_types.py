"""What each type of line stores."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.models import Client, Contract
from tickets.models import Ticket, TimeEntry

from .lines import EVERYTHING, GONE, import_lines, line

pytestmark = pytest.mark.django_db


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
