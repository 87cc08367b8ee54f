"""approve_entries and approve_ticket: by somebody else than who logged the time, from the shell (T-03, T-16)."""

from __future__ import annotations

import pytest

from invoicing.models import AuditEntry, Claim, Invoice
from tests.commands.running import AT, run, run_read_only
from tests.factories import ClientFactory, TimeEntryFactory, UserFactory, closed_ticket, configure
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket():
    client = ClientFactory.create(external_id="acme", require_entry_approval=True)
    ticket = closed_ticket(client=client, external_id="t1", number="1001")
    for number, technician in enumerate(("kim", "kim", "pe"), 1):
        TimeEntryFactory.create(ticket=ticket, technician=technician, external_id=f"e{number}", hours="0.50")
    return ticket


@pytest.fixture
def large():
    client = ClientFactory.create(external_id="acme")
    return closed_ticket("9.00", client=client, external_id="t1", number="1001")


def approve(*arguments):
    return run("approve_entries", "--at", AT, *arguments)


def approve_ticket(*arguments):
    return run("approve_ticket", "t1", "--at", AT, *arguments)


def statuses():
    return list(TimeEntry.objects.order_by("pk").values_list("status", flat=True))


def test_named_entries_are_approved(ticket):
    found = approve("e1", "e3", "--by", "ann", "--reason", "checked")

    assert found.code == 0
    assert found.lines == [
        "e1                1001        kim           2026-01-15      0.50 h  submitted -> approved",
        "e3                1001        pe            2026-01-15      0.50 h  submitted -> approved",
        "2 time entries approved",
    ]
    assert statuses() == ["approved", "submitted", "approved"]
    assert set(AuditEntry.objects.values_list("by", "reason")) == {("ann", "checked")}


def test_the_json_has_the_keys_that_scripts_know(ticket):
    found = approve("e1", "--format", "json").json

    assert found == {
        "at": AT, "dry_run": False, "summary": {"approved": 1, "left": 0},
        "entries": [{"entry": "e1", "ticket": "t1", "number": "1001", "technician": "kim", "work_date": "2026-01-15",
                     "seconds_worked": 1800, "before": "submitted", "after": "approved"}],
    }  # fmt: skip


@pytest.mark.parametrize("which", [["--ticket", "t1"], ["--client", "acme"]])
def test_all_that_is_submitted_of_a_ticket_or_a_client(ticket, which):
    TimeEntryFactory.create(status="submitted")
    TimeEntryFactory.create(ticket=ticket, status="draft")
    TimeEntryFactory.create(ticket=ticket, seconds_worked=None, started_at=AT)

    assert approve(*which, "--by", "ann").lines[-1] == "3 time entries approved"
    assert statuses() == ["approved"] * 3 + ["submitted", "draft", "submitted"]
    assert approve(*which, "--by", "ann").lines == ["0 time entries approved"]


def test_what_is_billed_is_left_out_where_all_are_meant():
    ticket = closed_ticket("1.00", client=ClientFactory.create(external_id="acme"), external_id="t1")
    run("bill_tickets", "--at", AT)

    assert approve("--client", "acme").lines == ["0 time entries approved"]
    assert "is billed on draft" in approve(ticket.time_entries.get().external_id).err


def test_entries_are_rejected_with_a_reason(ticket):
    assert approve("e1", "--reject").err == "--reason: say why\n"

    assert approve("e1", "--reject", "--reason", "not ours").lines[-1] == "1 time entry rejected"
    assert statuses() == ["rejected", "submitted", "submitted"]
    assert TimeEntry.objects.get(external_id="e1").decision_reason == "not ours"


def test_T_16_nobody_decides_about_their_own_time(ticket):
    UserFactory.create(username="petra", technician_id="pe", role="approver")

    found = approve("e1", "e3", "--by", "petra")

    assert (found.code, found.out) == (1, "")
    assert found.err == "time entry e3: petra logged this time; somebody else must decide\n"
    assert statuses() == ["submitted"] * 3


def test_T_16_own_time_is_left_where_all_are_meant_and_ends_with_1(ticket):
    UserFactory.create(username="petra", technician_id="pe", role="approver")

    found = approve("--client", "acme", "--by", "petra", "--format", "json")

    assert (found.code, found.json["summary"]) == (1, {"approved": 2, "left": 1})
    assert found.err == "1 were left: petra logged or entered them; somebody else must decide\n"
    assert statuses() == ["approved", "approved", "submitted"]


def test_T_16_a_technician_at_the_shell_is_known_by_name(ticket):
    assert approve("e1", "--by", "kim").code == 1


@pytest.mark.parametrize("reject", [[], ["--reject", "--reason", "no"]], ids=["approve", "reject"])
def test_P3_a_dry_run_writes_nothing_and_equals_what_is_done_then(ticket, reject):
    planned = run_read_only("approve_entries", "--at", AT, "--client", "acme", "--dry-run", "--format", "json", *reject)
    done = approve("--client", "acme", "--format", "json", *reject)

    assert "dry run: nothing was written" in planned.err
    assert planned.json == {**done.json, "dry_run": True}


def test_a_dry_run_refuses_what_would_be_refused(ticket):
    TimeEntry.objects.filter(external_id="e1").update(status="draft")

    found = run_read_only("approve_entries", "e1", "--dry-run")

    assert (found.code, found.err) == (1, "time entry e1 is draft and cannot become approved\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["e1", "e9", "e8"], "there is no time entry 'e9', 'e8'"),
        ([], "name time entries, or a --ticket, or a --client"),
        (["e1", "--client", "acme"], "name time entries, or a --ticket, or a --client"),
        (["--ticket", "t1", "--client", "acme"], "name time entries, or a --ticket, or a --client"),
        (["--ticket", "t9"], "there is no ticket 't9'"),
        (["--client", "nobody"], "there is no client 'nobody'"),
        (["e1", "--reason", "x" * 301], "--reason: say why in at most 300 characters"),
    ],
)
def test_options_that_name_nothing_end_with_1(ticket, arguments, sentence):
    found = approve(*arguments)

    assert (found.code, found.out, found.err) == (1, "", f"{sentence}\n")
    assert statuses() == ["submitted"] * 3


@pytest.mark.parametrize(("name", "permission"), [("approve_entries", "timeentry"), ("approve_ticket", "ticket")])
def test_I_16_a_person_of_the_house_needs_the_permission(ticket, name, permission):
    UserFactory.create(username="carl", role="clerk")

    found = run(name, "e1" if name == "approve_entries" else "t1", "--by", "carl")

    assert found.code == 1
    assert f"tickets.approve_{permission} is not among the permissions of carl" in found.err


def test_T_16_a_ticket_is_approved_and_billed(large):
    run("bill_tickets", "--at", AT)

    found = approve_ticket("--by", "ann", "--reason", "as quoted")

    draft = Invoice.objects.get()
    assert found.code == 0
    assert found.lines == [
        f"1001        acme              charge    720.00 EUR                draft {draft.external_id}",
        "1 ticket: 1 charged, 0 covered, 0 held, 0 skipped, 0 failed; 720.00 EUR",
    ]
    assert Ticket.objects.get().approved_by == "ann"
    assert AuditEntry.objects.get(action="ticket.approved").reason == "as quoted"


def test_T_16_nobody_approves_a_ticket_they_worked_on(large):
    UserFactory.create(username="petra", technician_id="kim", role="approver")

    found = approve_ticket("--by", "petra")

    assert (found.code, found.err) == (1, "ticket 1001: petra logged this time; somebody else must decide\n")
    assert not Claim.objects.exists()


def test_P3_a_dry_run_of_an_approval_writes_nothing_and_equals_it(large):
    run("bill_tickets", "--at", AT)

    planned = run_read_only("approve_ticket", "t1", "--at", AT, "--dry-run", "--format", "json")
    done = approve_ticket("--format", "json")

    assert "dry run: nothing was written" in planned.err
    assert planned.json["summary"] == done.json["summary"]
    assert planned.json["tickets"] == [{**done.json["tickets"][0], "invoice": None}]


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_what_needs_no_approval_ends_with_1(dry_run):
    closed_ticket("1.00", external_id="t1")

    found = approve_ticket(*dry_run)

    assert (found.code, found.out) == (1, "")
    assert "does not wait for approval; billing it now: charge" in found.err


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_T_01_with_billing_switched_off_no_ticket_is_approved(large, settings, dry_run):
    configure(settings, ticket_billing_enabled=False)

    assert "billing_disabled" in run_read_only("approve_ticket", "t1", *dry_run).err


def test_an_id_that_names_nothing_ends_with_1():
    assert run("approve_ticket", "t9").err == "there is no ticket 't9'\n"


def test_a_ticket_whose_billing_fails_ends_with_1(large, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no disk")

    monkeypatch.setattr("tickets.billing.apply_plans", fail)

    found = approve_ticket()

    assert (found.code, found.err.splitlines()[-1]) == (1, "ticket 't1' failed: RuntimeError: no disk")
