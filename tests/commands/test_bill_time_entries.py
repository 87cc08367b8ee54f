"""bill_time_entries: chosen time of one client on one draft, from the shell (T-21)."""

from __future__ import annotations

import pytest

from invoicing.models import AuditEntry, Claim, Invoice
from tests.commands.running import AT, run, run_read_only
from tests.factories import ClientFactory, ContractFactory, TimeEntryFactory, UserFactory, closed_ticket, configure

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return ClientFactory.create(external_id="acme")


@pytest.fixture
def work(acme):
    """Two days on an open ticket, one on a closed one."""
    ticket = closed_ticket(client=acme, external_id="t1", number="1001", status="open")
    for day in (15, 16):
        TimeEntryFactory.create(ticket=ticket, external_id=f"e{day}", worked_on=f"2026-01-{day}")
    other = closed_ticket(client=acme, external_id="t2", number="1002")
    TimeEntryFactory.create(ticket=other, external_id="e17", worked_on="2026-01-17")
    return ticket


def bill(*arguments):
    return run("bill_time_entries", "--at", AT, *arguments)


def billed():
    return Claim.objects.filter(outcome="billed").count()


def test_named_entries_go_on_one_draft(work):
    found = bill("e15", "e17", "--by", "ann", "--reason", "statement")

    draft = Invoice.objects.get()
    assert found.code == 0
    assert found.lines == [
        f"1001        acme              charge    80.00 EUR                 draft {draft.external_id}",
        f"1002        acme              charge    80.00 EUR                 draft {draft.external_id}",
        "2 tickets: 2 charged, 0 covered, 0 held, 0 skipped, 0 failed; 160.00 EUR",
    ]
    drafted = AuditEntry.objects.get(action="invoice.drafted")
    assert (drafted.by, drafted.reason) == ("ann", "statement")


@pytest.mark.parametrize(
    ("period", "count"),
    [([], 3), (["--since", "2026-01-16"], 2), (["--until", "2026-01-15"], 1),
     (["--since", "2026-01-16", "--until", "2026-01-16"], 1)],
)  # fmt: skip
def test_a_client_s_time_of_a_period(work, period, count):
    assert bill("--client", "acme", *period).code == 0
    assert billed() == count


def test_a_client_s_time_leaves_out_what_does_not_count(acme, work):
    for facts in ({"status": "draft"}, {"status": "rejected"}, {"billable": False}, {"billed_elsewhere": "A-17"},
                  {"seconds_worked": None, "started_at": AT}):  # fmt: skip
        TimeEntryFactory.create(ticket=work, **facts)
    for facts in ({"billable": False}, {"internal": True}):
        closed_ticket("1.00", client=acme, **facts)
    for name, decision in (("waived", "--waive"), ("held", "--hold")):
        closed_ticket("1.00", client=acme, external_id=name)
        run("override_ticket", name, decision, "--reason", "no")
    closed_ticket("1.00")

    assert bill("--client", "acme").code == 0
    assert billed() == 3
    assert bill("--client", "acme").err == "client 'acme' has no such time that is not billed\n"


def test_P3_a_dry_run_writes_nothing_and_equals_what_is_done_then(work):
    planned = run_read_only("bill_time_entries", "--client", "acme", "--at", AT, "--dry-run", "--format", "json")
    done = bill("--client", "acme", "--format", "json")

    assert "dry run: nothing was written" in planned.err
    assert planned.json["summary"] == done.json["summary"]
    assert planned.json["tickets"] == [{**row, "invoice": None} for row in done.json["tickets"]]


def test_what_allowances_cover_needs_no_draft(acme, work):
    ContractFactory.create(client=acme, included_seconds=36000)

    found = bill("e15", "--format", "json").json["tickets"][0]

    assert (found["outcome"], found["reason"], found["invoice"]) == ("covered", "included_hours", None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name time entries, or a --client"),
        (["e15", "--client", "acme"], "name time entries, or a --client"),
        (["e15", "--since", "2026-01-15"], "--since and --until go with --client"),
        (["e15", "--until", "2026-01-15"], "--since and --until go with --client"),
        (["e9"], "there is no time entry 'e9'"),
        (["--client", "nobody"], "there is no client 'nobody'"),
        (["--client", "acme", "--since", "15.1."], "--since 15.1. is not a date such as 2026-01-15"),
        (["--client", "acme", "--since", "2027-01-01"], "client 'acme' has no such time that is not billed"),
    ],
)
@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_options_that_name_nothing_end_with_1(work, arguments, sentence, dry_run):
    found = bill(*arguments, *dry_run)

    assert (found.code, found.out, found.err) == (1, "", f"{sentence}\n")
    assert not Claim.objects.exists()


def test_an_entry_that_cannot_be_billed_refuses_all(work):
    bill("e15")

    found = bill("e15", "e16")

    assert (found.code, found.err) == (1, "billed already, running or billed elsewhere: e15\n")
    assert billed() == 1


def test_T_01_with_billing_switched_off_nothing_is_billed(work, settings):
    configure(settings, ticket_billing_enabled=False)

    assert "billing_disabled" in bill("e15").err


def test_I_16_a_person_of_the_house_needs_the_permission(work):
    UserFactory.create(username="tom", role="technician")

    found = bill("e15", "--by", "tom")

    assert (found.code, found.err) == (
        1, "tom may not do this: tickets.bill_ticket is not among the permissions of tom\n",
    )  # fmt: skip


def test_T_16_so_much_time_of_an_open_ticket_is_approved_by_who_may_and_did_not_log_it(work):
    TimeEntryFactory.create(ticket=work, external_id="e18", hours="9.00", technician="kim")
    for name, role in (("carl", "clerk"), ("kim", "approver"), ("petra", "approver")):
        UserFactory.create(username=name, role=role)

    assert "above_approval_threshold" in bill("e18", "--by", "petra").err
    assert "tickets.approve_ticket is not among the permissions" in bill("e18", "--approve", "--by", "carl").err
    assert "kim logged this time" in bill("e18", "--approve", "--by", "kim").err
    planned = run_read_only("bill_time_entries", "--at", AT, "e18", "--approve", "--by", "petra", "--dry-run")
    assert billed() == 0
    done = bill("e18", "--approve", "--by", "petra")

    assert (done.code, billed()) == (0, 1)
    assert planned.lines[-1] == done.lines[-1]
    assert AuditEntry.objects.get(action="ticket.approved").by == "petra"
