"""override_ticket: what a person decides about a ticket, from the shell (T-21, I-16)."""

from __future__ import annotations

import pytest

from invoicing.models import AuditEntry, Claim, Invoice
from tests.commands.running import AT, run, run_read_only
from tests.factories import ClientFactory, ContractFactory, TimeEntryFactory, UserFactory, closed_ticket, configure
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

WHY = ("--reason", "agreed on the phone")
HOW = {
    "force": ["--force"], "waive": ["--waive"], "hold": ["--hold"], "strategy": ["--strategy", "time_based"],
    "rate": ["--rate", "95.50"],
}  # fmt: skip
PERMISSIONS = {
    "force": "force_billing", "waive": "waive_billing", "hold": "hold_billing", "release": "release_billing",
    "strategy": "override_strategy", "rate": "override_rate",
}  # fmt: skip


@pytest.fixture
def ticket():
    return closed_ticket("1.00", client=ClientFactory.create(external_id="acme"), external_id="t1", number="1001")


def override(*arguments, reason=WHY):
    return run("override_ticket", "t1", "--at", AT, *arguments, *reason)


def test_force_bills_and_says_so(ticket):
    Ticket.objects.update(billable=False)

    found = override("--force")

    draft = Invoice.objects.get()
    assert found.code == 0
    assert found.lines == [
        "1001        force     billing_status unbilled -> billed, forced false -> true",
        f"1001        billing   charge  80.00 EUR  draft {draft.external_id}",
    ]


def test_the_json_has_the_keys_that_scripts_know(ticket):
    Ticket.objects.update(billable=False)

    found = override("--force", "--format", "json").json

    assert list(found) == ["at", "dry_run", "ticket", "client", "override", "before", "after", "billing"]
    assert (found["at"], found["dry_run"], found["ticket"], found["client"]) == (AT, False, "t1", "acme")
    assert found["override"] == "force"
    assert found["before"] == {
        "billing_status": "unbilled", "billing_reason": "", "forced": False, "strategy": None, "rate": None,
    }  # fmt: skip
    assert found["after"] == {**found["before"], "billing_status": "billed", "forced": True}
    assert (found["billing"]["outcome"], found["billing"]["subtotal_cents"]) == ("charge", 8000)
    assert found["billing"]["invoice"] == Invoice.objects.get().external_id


def test_waiving_holding_and_releasing_bill_nothing(ticket):
    assert override("--hold").lines == [
        "1001        hold      billing_status unbilled -> held, billing_reason - -> held_by_person"
    ]
    assert override("--release").lines == [
        "1001        release   billing_status held -> unbilled, billing_reason held_by_person -> -",
        "1001        billing   charge  80.00 EUR",
    ]
    assert override("--waive", "--format", "json").json["billing"] is None
    assert Ticket.objects.get().billing_status == "waived"
    assert not Claim.objects.exists()


def test_a_strategy_and_a_rate_say_what_billing_would_come_to_now():
    contract = ContractFactory.create(client=ClientFactory.create(external_id="acme"), per_ticket_rate=50)
    closed_ticket("1.00", client=contract.client, external_id="t1", number="1001")

    assert override("--strategy", "per_ticket").lines == [
        "1001        strategy  strategy - -> per_ticket", "1001        billing   charge  50.00 EUR",
    ]  # fmt: skip
    assert override("--strategy", "").lines[0] == "1001        strategy  strategy per_ticket -> -"
    assert override("--rate", "95.50").lines == [
        "1001        rate      rate - -> 95.5", "1001        billing   charge  145.50 EUR",
    ]  # fmt: skip
    assert override("--rate", "95.5").lines[0] == "1001        rate      nothing changes"
    assert override("--rate", "").lines[0] == "1001        rate      rate 95.5 -> -"
    assert not Claim.objects.exists()


def covered():
    contract = ContractFactory.create(included_tickets=1, per_ticket_rate=50)
    closed_ticket("1.00", client=contract.client, external_id="t1")
    run("bill_tickets", "--at", AT)


def late_and_covered():
    contract = ContractFactory.create(unlimited_hours=True)
    ticket = closed_ticket("1.00", client=contract.client, external_id="t1")
    run("bill_tickets", "--at", AT)
    ticket.time_entries.create(technician="kim", worked_on="2026-01-15", seconds_worked=3600)


def aside(verb):
    def make():
        closed_ticket("1.00", external_id="t1", billable=False)
        override(verb)

    return make


STATES = {
    "unbilled": lambda: closed_ticket("1.00", external_id="t1"),
    "without a client": lambda: TimeEntryFactory.create(ticket__client=None, ticket__external_id="t1"),
    "open": lambda: closed_ticket("1.00", external_id="t1", status="open"),
    "of a client that is off": lambda: closed_ticket(
        "1.00", external_id="t1", client=ClientFactory.create(automation="off")
    ),
    "not billable": lambda: (closed_ticket("1.00", external_id="t1", billable=False), run("bill_tickets", "--at", AT)),
    "without a rate": lambda: (
        closed_ticket("1.00", external_id="t1", client=ClientFactory.create(hourly_rate=None)),
        run("bill_tickets", "--at", AT),
    ),
    "above the threshold": lambda: (closed_ticket("9.00", external_id="t1"), run("bill_tickets", "--at", AT)),
    "billed": lambda: (closed_ticket("1.00", external_id="t1"), run("bill_tickets", "--at", AT)),
    "covered": covered,
    "late and covered": late_and_covered,
    "held": aside("--hold"),
    "waived": aside("--waive"),
}  # fmt: skip


@pytest.mark.parametrize("make", STATES.values(), ids=STATES.keys())
@pytest.mark.parametrize("how", [*HOW.values(), ["--release"]], ids=[*HOW, "release"])
def test_P3_a_dry_run_writes_nothing_and_equals_what_is_done_then(make, how):
    make()

    planned = run_read_only("override_ticket", "t1", "--at", AT, "--dry-run", "--format", "json", *how, *WHY)
    done = override(*how, "--format", "json")

    assert planned.code == done.code
    if done.code:
        assert planned.err == done.err
        return
    assert "dry run: nothing was written" in planned.err
    assert planned.json["after"] == done.json["after"]
    billing = done.json["billing"] and {**done.json["billing"], "invoice": None}
    assert planned.json["billing"] == billing


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--release"], "is not set aside"),
        (["--strategy", "barter"], "--strategy: Strategy 'barter' is not known; it is one of"),
        (["--rate", "cheap"], "--rate cheap is not a price such as 95.00"),
        (["--rate", "-1"], "--rate: a rate must be zero or more"),
        (["--rate", "NaN"], "--rate: a rate must be zero or more"),
        (["--rate", "1.00001"], "--rate: a rate has at most 4 places"),
        (["--hold", "--at", "now"], "--at now is not a datetime"),
        (["--hold", "--by", " "], "--by names who acts"),
    ],
)
def test_what_is_refused_ends_with_1_and_a_sentence(ticket, arguments, sentence):
    found = override(*arguments)

    assert (found.code, found.out) == (1, "")
    assert sentence in found.err
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("reason", [(), ("--reason", " "), ("--reason", "x" * 301)])
@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_without_a_reason_it_ends_with_1(ticket, how, reason):
    found = override(*how, reason=reason)

    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("--reason: say why")


def test_an_id_that_names_nothing_ends_with_1(ticket):
    found = run("override_ticket", "t2", "--hold", *WHY)

    assert (found.code, found.err) == (1, "there is no ticket 't2'\n")


def test_one_override_at_a_time(ticket):
    assert "not allowed with argument" in override("--hold", "--waive").err
    assert "one of the arguments" in override().err


def test_a_ticket_whose_billing_fails_ends_with_1(ticket):
    Ticket.objects.update(strategy_override="barter")

    found = override("--force", "--format", "json")

    assert (found.code, found.json["billing"]["outcome"]) == (1, "failed")
    assert "ticket 't1' failed: ValueError: Strategy 'barter' is not known" in found.err


def test_a_dry_run_of_a_ticket_whose_billing_would_fail_ends_with_1(ticket):
    Ticket.objects.update(strategy_override="barter")

    assert "'barter' is not known" in override("--force", "--dry-run").err


@pytest.mark.parametrize("how", [*HOW.values(), ["--release"]], ids=[*HOW, "release"])
@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]], ids=["", "dry run"])
def test_T_01_with_billing_switched_off_nothing_is_overruled(ticket, settings, how, dry_run):
    configure(settings, ticket_billing_enabled=False)

    found = run_read_only("override_ticket", "t1", "--at", AT, *how, *dry_run, *WHY)

    assert found.code == 1
    assert "billing_disabled: ticket billing is switched off" in found.err


@pytest.mark.parametrize("verb", PERMISSIONS)
def test_I_16_a_person_of_the_house_needs_the_permission(ticket, verb):
    UserFactory.create(username="vera", role="viewer")
    how = HOW.get(verb, [f"--{verb}"])

    found = override(*how, "--by", "vera")

    assert (found.code, found.out) == (1, "")
    assert found.err == (f"vera may not do this: tickets.{PERMISSIONS[verb]} is not among the permissions of vera\n")
    assert not AuditEntry.objects.exists()


def test_I_16_a_clerk_may_hold_and_not_force(ticket):
    UserFactory.create(username="carl", role="clerk")

    assert override("--force", "--by", "carl").code == 1
    assert override("--hold", "--by", "carl").code == 0
    assert AuditEntry.objects.get().by == "carl"


def test_I_16_somebody_who_has_left_may_nothing(ticket):
    UserFactory.create(username="otto", role="administrator", is_active=False)

    assert override("--hold", "--by", "otto").code == 1


def test_I_16_the_login_name_counts_where_no_other_is_given(ticket, monkeypatch):
    UserFactory.create(username="vera", role="viewer")
    monkeypatch.setenv("LOGNAME", "vera")

    assert override("--hold").code == 1


def test_I_16_an_operator_at_the_shell_may_and_is_recorded(ticket):
    assert override("--hold", "--by", "operator").code == 0
    assert AuditEntry.objects.get().by == "operator"


def test_I_16_forcing_twice_bills_once(ticket):
    override("--force")

    found = override("--force", "--format", "json").json

    assert (found["billing"]["reason"], Claim.objects.count()) == ("already_billed", 1)
    assert found["before"] == found["after"]
