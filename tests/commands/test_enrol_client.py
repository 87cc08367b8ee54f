"""enrol_client and shadow_report: switching automation on, and what shadow found (T-18)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.models import Client
from invoicing.models import AuditEntry
from tests.commands.running import AT, run, run_read_only
from tests.factories import CLOSED, ClientFactory, UserFactory, closed_ticket
from tickets.models import ManualBill

pytestmark = pytest.mark.django_db

WHY = ("--reason", "the pilot begins")


@pytest.fixture
def acme():
    return ClientFactory.create(external_id="acme", automation="off")


def enrol(*arguments):
    return run("enrol_client", "acme", "--at", AT, *WHY, *arguments)


def test_T_18_a_client_is_enrolled_from_now_on(acme):
    closed_ticket("1.00", client=acme)
    run("bill_tickets", "--at", AT)

    found = enrol("--automation", "draft", "--by", "ann")

    assert found.code == 0
    assert found.lines == [
        f"acme: off -> draft, from {AT}",
        "finished tickets that are not billed: 0 since then, 1 older",
    ]
    audited = AuditEntry.objects.get(action="client.enrolled")
    assert (audited.by, audited.reason) == ("ann", WHY[1])


def test_T_18_it_can_begin_earlier_and_the_json_has_the_keys_that_scripts_know(acme):
    closed_ticket("1.00", client=acme)
    closed_ticket("1.00", client=acme, closed_at=CLOSED - timedelta(days=60))
    run("bill_tickets", "--at", AT)

    found = enrol("--automation", "auto", "--from", "2026-01-01T00:00:00+01:00", "--format", "json").json

    assert found == {
        "at": AT, "dry_run": False, "client": "acme",
        "before": {"automation": "off", "automation_from": None},
        "after": {"automation": "auto", "automation_from": "2026-01-01T00:00:00+01:00"},
        "tickets": {"since": 1, "older": 1},
    }  # fmt: skip


def test_T_18_back_to_what_the_installation_says(acme):
    assert enrol("--automation", "default").lines[0] == "acme: off -> default"
    assert Client.objects.get().automation == ""


def test_P3_a_dry_run_writes_nothing_and_equals_what_is_done_then(acme):
    closed_ticket("1.00", client=acme)
    arguments = ("--automation", "shadow", "--format", "json")

    planned = run_read_only("enrol_client", "acme", "--at", AT, *WHY, *arguments, "--dry-run")
    done = enrol(*arguments)

    assert "dry run: nothing was written" in planned.err
    assert planned.json == {**done.json, "dry_run": True}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody", "--automation", "draft", *WHY], "there is no client 'nobody'"),
        (["acme", "--automation", "draft"], "--reason: say why"),
        (["acme", "--automation", "draft", "--from", "2026-01-01", *WHY], "--from 2026-01-01 needs an offset"),
        (["acme", "--automation", "on", *WHY], "invalid choice: 'on'"),
        (["acme", *WHY], "required: --automation"),
        (["acme", "--automation", "draft", "--by", "tom", *WHY], "contracts.change_client is not among"),
    ],
)
def test_what_is_refused_changes_nothing(acme, arguments, sentence):
    UserFactory.create(username="tom", role="technician")

    found = run("enrol_client", *arguments)

    assert (found.code, found.out) == (1, "")
    assert sentence in found.err
    acme.refresh_from_db()
    assert acme.automation == "off"


@pytest.fixture
def pilots():
    """Two clients in shadow: one ticket of each verdict, and one more."""
    acme = ClientFactory.create(external_id="acme", automation="shadow")
    bolt = ClientFactory.create(external_id="bolt", automation="shadow", currency="CHF", country="CH")
    tickets = {
        "equal": closed_ticket("1.00", client=acme, external_id="t1", number="1001"),
        "differs": closed_ticket("1.00", client=acme, external_id="t2", number="1002"),
        "forgotten": closed_ticket("1.00", client=acme, external_id="t3", number="1003"),
        "gift": closed_ticket("1.00", client=bolt, external_id="t4", number="1004", billable=False),
    }
    run("bill_tickets", "--at", AT)
    for name, cents in (("equal", 8000), ("differs", 7500), ("gift", 4000)):
        ManualBill.objects.create(ticket=tickets[name], amount_cents=cents, reference="A-17")


def test_T_18_the_report_says_per_client_what_is_equal_and_what_differs_and_why(pilots):
    found = run_read_only("shadow_report")

    shadow = "shadow time 1 h x 80 = 80.00 EUR"
    assert found.code == 0
    assert found.lines == [
        f"acme              1002        differs             +5.00 EUR  {shadow}; by hand A-17",
        f"acme              1003        only_shadow        +80.00 EUR  {shadow}; not billed by hand",
        "bolt              1004        only_manual        -40.00 CHF  shadow skip: not_billable; by hand A-17",
        "acme: 1 equal, 1 differs, 1 only_shadow, 0 only_manual; shadow 240.00 EUR, by hand 155.00 EUR",
        "bolt: 0 equal, 0 differs, 0 only_shadow, 1 only_manual; shadow 0.00 CHF, by hand 40.00 CHF",
    ]


def test_T_18_the_json_of_the_report_has_the_keys_that_scripts_know(pilots):
    found = run_read_only("shadow_report", "--client", "acme", "--format", "json").json

    assert found["client"] == "acme"
    assert found["differences"][0] == {
        "client": "acme", "ticket": "t2", "verdict": "differs", "shadow_cents": 8000, "manual_cents": 7500,
        "difference_cents": 500, "currency": "EUR", "why": "shadow time 1 h x 80 = 80.00 EUR; by hand A-17",
    }  # fmt: skip
    assert [one["ticket"] for one in found["differences"]] == ["t2", "t3"]
    assert found["clients"] == [
        {"client": "acme", "equal": 1, "differs": 1, "only_shadow": 1, "only_manual": 0, "shadow_cents": 24000,
         "manual_cents": 15500, "currency": "EUR"}
    ]  # fmt: skip


def test_with_nothing_to_compare_the_report_says_so():
    assert run("shadow_report").lines == [
        "nothing to compare: no ticket was planned in shadow or billed by hand elsewhere"
    ]
    assert run("shadow_report", "--format", "json").json == {"client": None, "differences": [], "clients": []}


def test_a_report_on_a_client_who_is_not_there_ends_with_1():
    assert run("shadow_report", "--client", "nobody").err == "there is no client 'nobody'\n"
