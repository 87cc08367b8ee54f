"""bill_tickets: the catch-up and billing by hand, in words, as JSON, and with its exit codes."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connections

from invoicing.locks import only_one
from invoicing.models import AuditEntry, Claim, Invoice
from invoicing.switches import stop_automation
from tests.commands.running import AT, run, run_read_only
from tests.factories import CLOSED, NOW, ClientFactory, ExpenseFactory, TicketFactory, UserFactory, closed_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return ClientFactory.create(external_id="acme")


@pytest.fixture
def outsider():
    """A client that automation has no part in."""
    return ClientFactory.create(external_id="outsider", automation="off")


def bill(*arguments):
    return run("bill_tickets", "--at", AT, *arguments)


def outcomes(ended):
    return {row["ticket"]: (row["outcome"], row["reason"]) for row in ended.json["tickets"]}


def test_the_catch_up_bills_what_is_due_and_a_second_run_nothing(acme):
    closed_ticket("1.50", client=acme, external_id="t1", number="1001")

    first, again = bill(), bill()

    draft = Invoice.objects.get()
    assert (first.code, again.code) == (0, 0)
    assert first.lines == [
        f"1001        acme              charge    120.00 EUR                draft {draft.external_id}",
        "1 ticket: 1 charged, 0 covered, 0 held, 0 skipped, 0 failed; 120.00 EUR",
    ]
    assert again.lines == ["0 tickets: 0 charged, 0 covered, 0 held, 0 skipped, 0 failed; -"]


def test_the_json_has_the_keys_that_scripts_know(acme):
    ticket = closed_ticket("1.50", client=acme, external_id="t1")
    ExpenseFactory.create(ticket=ticket, external_id="x1")

    found = bill("--format", "json").json

    assert list(found) == ["at", "dry_run", "tickets", "summary"]
    assert (found["at"], found["dry_run"]) == (AT, False)
    row = found["tickets"][0]
    assert list(row) == [
        "ticket", "client", "outcome", "reason", "error", "strategy", "lines", "subtotal_cents", "currency", "invoice",
    ]  # fmt: skip
    assert (row["ticket"], row["client"], row["outcome"], row["strategy"]) == ("t1", "acme", "charge", "time_based")
    assert (row["subtotal_cents"], row["currency"]) == (12000 + 15980, "EUR")
    assert row["invoice"] == Invoice.objects.get().external_id
    time, expense = row["lines"]
    assert list(time) == [
        "kind", "company", "description", "quantity", "unit", "unit_price", "price_per", "amount_cents",
        "tax_category", "tax_rate", "sources", "explanation",
    ]  # fmt: skip
    assert (time["quantity"], time["unit_price"], time["amount_cents"]) == ("1.5", "80", 12000)
    assert list(time["explanation"]) == ["rule", "version", "inputs", "steps"]
    assert expense["sources"] == [{"type": "expense", "id": "x1", "quantity": "2", "amount_cents": 15980}]
    assert found["summary"] == {
        "charged": 1, "covered": 0, "held": 0, "skipped": 0, "failed": 0, "subtotal_cents": {"EUR": 27980},
    }  # fmt: skip


def test_every_ticket_that_was_considered_is_listed_with_its_reason(acme, outsider):
    closed_ticket("1.00", client=acme, external_id="charged")
    closed_ticket(client=acme, external_id="without-time")
    closed_ticket("1.00", client=acme, external_id="gift", billable=False)
    closed_ticket("1.00", client=outsider, external_id="not-ours")

    found = bill("--format", "json")

    assert outcomes(found) == {
        "charged": ("charge", ""),
        "without-time": ("skip", "nothing_to_bill"),
        "gift": ("skip", "not_billable"),
        "not-ours": ("skip", "client_not_enrolled"),
    }
    assert found.json["summary"]["skipped"] == 3


def test_an_empty_run_is_valid_json():
    assert bill("--format", "json").json["tickets"] == []


def test_a_dry_run_writes_nothing_and_equals_the_run_that_follows(acme, outsider):
    for hours in ("1.00", "0.05", "2.50"):
        closed_ticket(hours, client=acme)
    closed_ticket("1.00", client=outsider)

    planned = run_read_only("bill_tickets", "--at", AT, "--dry-run", "--format", "json")
    done = bill("--format", "json")

    assert "dry run: nothing was written" in planned.err
    assert planned.json["dry_run"] is True
    assert planned.json["summary"] == done.json["summary"]
    assert planned.json["tickets"] == [row | {"invoice": None} for row in done.json["tickets"]]


@pytest.mark.parametrize("how", [["--client", "acme"], ["--ticket", "t1"]])
def test_a_dry_run_by_hand_writes_nothing_and_equals_the_run_that_follows(acme, how):
    closed_ticket("1.00", client=acme, external_id="t1")

    planned = run_read_only("bill_tickets", "--at", AT, "--dry-run", "--format", "json", *how)
    done = bill("--format", "json", *how)

    assert planned.json["summary"] == done.json["summary"]
    assert done.json["summary"]["charged"] == 1


def test_a_dry_run_after_a_change_of_settings_shows_what_the_run_puts_back(acme, settings):
    closed_ticket("0.05", client=acme, external_id="t1", ticket_type="training")
    bill()
    settings.BILLING = replace(settings.BILLING, non_billable_types=())

    planned = run_read_only("bill_tickets", "--at", AT, "--dry-run", "--format", "json")
    done = bill("--format", "json")

    assert outcomes(planned) == outcomes(done) == {"t1": ("charge", "")}


def test_the_limit_takes_the_oldest_and_counts_what_a_lost_worker_left_behind(acme):
    for hour in range(4):
        closed_ticket("1.00", client=acme, external_id=f"t{hour}", closed_at=CLOSED - timedelta(hours=hour))
    Ticket.objects.filter(external_id="t3").update(lost_workers=1)

    planned = run_read_only("bill_tickets", "--at", AT, "--dry-run", "--limit", "2", "--format", "json")
    done = bill("--limit", "2", "--format", "json")

    assert list(outcomes(planned)) == list(outcomes(done)) == ["t2", "t1"]


def test_since_is_the_beginning_of_that_day_for_the_issuer(acme):
    midnight = datetime.fromisoformat("2026-01-15T00:00:00+01:00")
    closed_ticket("1.00", client=acme, external_id="before", closed_at=midnight - timedelta(seconds=1))
    closed_ticket("1.00", client=acme, external_id="at", closed_at=midnight)

    assert list(outcomes(bill("--since", "2026-01-15", "--format", "json"))) == ["at"]


def test_since_is_the_beginning_of_that_day_for_the_client_where_one_is_named():
    midnight = datetime.fromisoformat("2026-01-15T00:00:00-05:00")
    far = ClientFactory.create(external_id="far", timezone="America/New_York")
    closed_ticket("1.00", client=far, external_id="before", closed_at=midnight - timedelta(seconds=1))
    closed_ticket("1.00", client=far, external_id="at", closed_at=midnight)

    found = bill("--client", "far", "--since", "2026-01-15", "--format", "json")

    assert list(outcomes(found)) == ["at"]


def test_what_is_not_due_yet_is_left_to_later_by_the_catch_up_but_not_by_hand(acme):
    ticket = closed_ticket("1.00", client=acme, external_id="t1")
    Ticket.objects.filter(pk=ticket.pk).update(bill_after=NOW + timedelta(minutes=5))

    assert outcomes(bill("--format", "json")) == {}
    assert outcomes(bill("--ticket", "t1", "--format", "json")) == {"t1": ("charge", "")}


def test_by_hand_a_client_s_tickets_are_billed_whatever_enrolment_says(acme, outsider):
    closed_ticket("1.00", client=outsider, external_id="closed")
    closed_ticket("1.00", client=outsider, external_id="resolved", status="resolved")
    closed_ticket("1.00", client=outsider, external_id="open", status="open")
    closed_ticket("1.00", client=acme, external_id="other")
    bill()

    found = bill("--client", "outsider", "--format", "json")

    assert outcomes(found) == {"closed": ("charge", ""), "resolved": ("charge", "")}
    assert bill("--client", "outsider", "--format", "json").json["tickets"] == []


def test_by_hand_what_was_closed_before_the_client_was_enrolled_is_billed():
    late = ClientFactory.create(external_id="late", automation_from=CLOSED + timedelta(hours=1))
    closed_ticket("1.00", client=late, external_id="old")

    assert outcomes(bill("--format", "json")) == {"old": ("skip", "closed_before_enrolment")}
    assert outcomes(bill("--client", "late", "--format", "json")) == {"old": ("charge", "")}


def test_by_hand_the_limit_takes_the_oldest_of_the_client(outsider):
    for hour in range(3):
        closed_ticket("1.00", client=outsider, external_id=f"t{hour}", closed_at=CLOSED - timedelta(hours=hour))

    assert list(outcomes(bill("--client", "outsider", "--limit", "1", "--format", "json"))) == ["t2"]


def test_by_hand_any_ticket_is_considered_and_says_why_it_is_not_billed(acme):
    closed_ticket("1.00", client=acme, external_id="open", status="open")
    TicketFactory.create(client=None, external_id="internal", number="1002")
    closed_ticket("1.00", client=acme, external_id="billed")
    bill()

    assert outcomes(bill("--ticket", "open", "--format", "json")) == {"open": ("skip", "not_closed")}
    assert outcomes(bill("--ticket", "internal", "--format", "json")) == {"internal": ("skip", "no_client")}
    assert outcomes(bill("--ticket", "billed", "--format", "json")) == {"billed": ("skip", "already_billed")}
    assert bill("--ticket", "internal").lines[0].split() == ["1002", "-", "skip", "no_client"]


def test_a_held_ticket_says_in_words_why(acme):
    closed_ticket("8.01", client=acme, number="1001")

    assert "hold      above_approval_threshold (8.01 h worked" in bill().lines[0]


def test_who_billed_is_in_the_audit_trail(acme, outsider, monkeypatch):
    closed_ticket("1.00", client=acme, external_id="t1")
    closed_ticket("1.00", client=outsider, external_id="t2")
    monkeypatch.setenv("LOGNAME", "kim")

    bill("--by", "ann")
    bill("--ticket", "t2")

    billed = AuditEntry.objects.filter(action="ticket.billed").order_by("pk")
    assert list(billed.values_list("by", flat=True)) == ["ann", "kim"]


def test_the_clock_of_a_run_is_fixed(acme):
    closed_ticket("1.00", client=acme)

    bill("--at", "2026-03-01T00:30:00+01:00")

    assert Claim.objects.get().claimed_at == datetime.fromisoformat("2026-02-28T23:30:00+00:00")
    assert Invoice.objects.get().collects == "2026-03"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ticket", "nobody"], "there is no ticket 'nobody'"),
        (["--client", "nobody"], "there is no client 'nobody'"),
        (["--ticket", ""], "there is no ticket ''"),
        (["--client", ""], "there is no client ''"),
        (["--since", ""], "--since  is not a date such as 2026-01-15"),
        (["--ticket", "t1", "--client", "outsider"], "there is no ticket 't1' of client 'outsider'"),
        (["--at", "2026-01-16T09:00:00"], "--at 2026-01-16T09:00:00 needs an offset such as +01:00"),
        (["--at", "now"], "--at now is not a datetime such as 2026-01-15T09:00:00+01:00"),
        (["--at", "0001-01-01T00:00:00+01:00"], "--at names the year 1; it must be in 1970 to 2199"),
        (["--since", "15.1.2026"], "--since 15.1.2026 is not a date such as 2026-01-15"),
        (["--limit", "0"], "--limit must be 1 or more"),
        (["--by", " "], "--by names who acts, in 1 to 150 characters"),
    ],
)
def test_an_option_that_names_nothing_ends_with_1_and_a_sentence(acme, outsider, arguments, sentence):
    closed_ticket("1.00", client=acme, external_id="t1")

    found = bill(*arguments)

    assert (found.code, found.out, found.err.strip()) == (1, "", sentence)
    assert not Claim.objects.exists()


def test_an_unknown_format_is_refused():
    assert run("bill_tickets", "--format", "xml").err.startswith("Error: argument --format: invalid choice: 'xml'")


def test_a_stopped_automation_says_so_and_leaves_billing_by_hand(acme):
    closed_ticket("1.00", client=acme, external_id="t1")
    stop_automation(reason="prices are wrong", by="ann", at=NOW)

    for arguments in ([], ["--dry-run"], ["--format", "json"]):
        refused = bill(*arguments)
        assert refused.code == 1
        assert "automation_off: automation is stopped" in refused.err
    assert not Claim.objects.exists()
    assert bill("--ticket", "t1").code == 0
    assert Claim.objects.count() == 1


def test_an_automation_stopped_in_mid_run_keeps_what_was_done_and_ends_the_list(acme, monkeypatch):
    closed_ticket("1.00", client=acme)
    closed_ticket("1.00", client=acme)
    monkeypatch.setattr("tickets.automation.PAGE", 1)
    answers = iter([False, True])
    monkeypatch.setattr("invoicing.switches.automation_is_stopped", lambda: next(answers))

    found = bill("--format", "json")

    assert found.code == 1
    assert len(found.json["tickets"]) == found.json["summary"]["charged"] == 1


@pytest.mark.parametrize(
    "arguments", [[], ["--dry-run"], ["--ticket", "t1"], ["--client", "acme"], ["--client", "outsider"]]
)
def test_with_billing_switched_off_nobody_bills_and_nothing_is_written(acme, outsider, settings, arguments):
    closed_ticket("1.00", client=acme, external_id="t1")
    settings.BILLING = replace(settings.BILLING, ticket_billing_enabled=False)

    found = run_read_only("bill_tickets", *arguments)

    assert found.code == 1
    assert "billing_disabled: ticket billing is switched off" in found.err


def test_a_ticket_that_fails_is_named_and_the_others_are_billed(acme):
    closed_ticket("1.00", client=acme, external_id="good")
    closed_ticket("1.00", client=acme, external_id="bad", strategy_override="barter")

    found = bill("--format", "json")

    assert found.code == 1
    assert found.err.endswith("1 ticket failed; the others are done\n")
    assert outcomes(found) == {"good": ("charge", ""), "bad": ("failed", "")}
    assert "'barter' is not known" in found.json["tickets"][1]["error"]
    assert found.json["summary"]["failed"] == 1


def test_a_dry_run_names_the_ticket_that_would_fail_and_plans_the_others(acme):
    closed_ticket("1.00", client=acme, external_id="good")
    closed_ticket("1.00", client=acme, external_id="bad", strategy_override="barter")

    planned = run_read_only("bill_tickets", "--at", AT, "--dry-run", "--format", "json")
    done = bill("--format", "json")

    assert (planned.code, done.code) == (1, 1)
    assert outcomes(planned) == outcomes(done)
    assert planned.json["summary"] == done.json["summary"]


def test_a_second_catch_up_says_so_and_ends_well(acme):
    closed_ticket("1.00", client=acme)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [zlib.crc32(b"tickets.catch-up")])
        found = bill("--format", "json")
    finally:
        other.close()

    assert (found.code, found.json["tickets"]) == (0, [])
    assert "another catch-up is running" in found.err
    assert not Claim.objects.exists()


def test_the_lock_is_free_after_a_run(acme):
    bill()

    with only_one("tickets.catch-up") as alone:
        assert alone


def test_a_long_run_tells_the_log_how_far_it_is(acme, monkeypatch, caplog):
    for _ in range(3):
        TicketFactory.create(client=acme)
    monkeypatch.setattr("invoicing.management.edges.UNITS_A_LOG", 2)
    monkeypatch.setattr("tickets.automation.PAGE", 2)

    with caplog.at_level("INFO", logger="billing.commands"):
        bill()

    assert [record.msg["count"] for record in caplog.records if record.name == "billing.commands"] == [2]


@pytest.mark.parametrize("how", [["--ticket", "t1"], ["--client", "acme"]])
@pytest.mark.parametrize(
    ("given", "recorded"), [([], "billed by hand from the command line"), (["--reason", " asked "], "asked")]
)
def test_T_21_billing_by_hand_is_audited_with_its_reason(acme, how, given, recorded):
    closed_ticket("1.00", client=acme, external_id="t1")

    assert bill(*how, *given, "--by", "ann").code == 0

    audited = AuditEntry.objects.get(action="ticket.billed")
    assert (audited.by, audited.reason) == ("ann", recorded)
    assert (audited.data["before"]["status"], audited.data["after"]["status"]) == ("unbilled", "billed")


def test_the_catch_up_takes_no_reason_and_billing_by_hand_the_permission(acme):
    closed_ticket("1.00", client=acme, external_id="t1")
    UserFactory.create(username="tom", role="technician")

    assert "--reason goes with --ticket or --client" in bill("--reason", "so").err
    assert "tickets.bill_ticket is not among the permissions of tom" in bill("--ticket", "t1", "--by", "tom").err
    assert not AuditEntry.objects.filter(action="ticket.billed").exists()
