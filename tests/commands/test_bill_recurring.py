"""bill_recurring: charges that are due, in words, as JSON, and with its exit codes."""

from __future__ import annotations

import pytest

from invoicing.locks import AlreadyRunning
from invoicing.models import AuditEntry, Invoice
from invoicing.switches import stop_automation
from tests.commands.running import AT, run, run_read_only
from tests.factories import NOW, ClientChargeFactory, ClientFactory, ContractFactory, RecurringChargeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    client = ClientFactory.create(external_id="acme")
    contract = ContractFactory.create(client=client, external_id="c1")
    RecurringChargeFactory.create(contract=contract, external_id="m1")
    ClientChargeFactory.create(client=client, external_id="z1")
    ClientChargeFactory.create(client=client, external_id="z2", unit_price=0)
    return client


def bill(*arguments):
    return run("bill_recurring", "--at", AT, *arguments)


def test_a_run_says_what_it_billed_and_a_second_one_that_nothing_is_left(acme):
    first, again = bill("--by", "petra"), bill()

    draft = Invoice.objects.get().external_id
    assert (first.code, again.code) == (0, 0)
    assert first.lines == [
        f"m1                2026-01-01  acme              charge   228.00 EUR                draft {draft}",
        f"z1                2026-01-15  acme              charge   10.00 EUR                 draft {draft}",
        "z2                2026-01-15  acme              free     zero_amount",
        "3 charges: 2 charged, 1 free, 0 skipped, 0 failed; 238.00 EUR",
    ]
    assert again.lines == ["0 charges: 0 charged, 0 free, 0 skipped, 0 failed; -"]
    assert set(AuditEntry.objects.values_list("by", flat=True)) == {"petra"}


def test_the_json_has_the_keys_that_scripts_know(acme):
    found = bill("--format", "json").json

    draft = Invoice.objects.get().external_id
    assert (found["at"], found["dry_run"]) == (AT, False)
    seat, rack, free = found["charges"]
    line = seat.pop("lines")[0]
    assert seat == {
        "charge": "m1", "kind": "recurring", "client": "acme", "period": "2026-01-01", "due_date": "2026-01-01",
        "outcome": "charge", "reason": "", "error": "", "amount_cents": 22800, "currency": "EUR", "invoice": draft,
    }  # fmt: skip
    assert (line["quantity"], line["unit_price"], line["amount_cents"]) == ("12", "19", 22800)
    assert line["sources"] == [{"type": "recurring", "id": "m1", "quantity": "12", "amount_cents": 22800}]
    assert line["explanation"]["rule"] == "recurring"
    assert (rack["period"], rack["due_date"], rack["lines"][0]["kind"]) == (None, "2026-01-15", "charge")
    assert (free["outcome"], free["reason"], free["lines"], free["amount_cents"]) == ("free", "zero_amount", [], 0)
    assert found["summary"] == {
        "charged": 2, "free": 1, "skipped": 0, "failed": 0, "subtotal_cents": {"EUR": 23800},
    }  # fmt: skip


def test_the_export_names_the_charges_of_each_line(acme):
    bill()

    (document,) = [run("export_invoices").json]

    assert [[(source["type"], source["id"]) for source in line["sources"]] for line in document["lines"]] == [
        [("recurring", "m1")], [("charge", "z1")],
    ]  # fmt: skip


def test_a_dry_run_writes_nothing_and_equals_the_run_that_follows(acme):
    planned = run_read_only("bill_recurring", "--at", AT, "--dry-run", "--format", "json")
    done = bill("--format", "json")

    assert "dry run: nothing was written" in planned.err
    assert planned.json["summary"] == done.json["summary"]
    assert planned.json["charges"] == [row | {"invoice": None} for row in done.json["charges"]]


def test_with_a_client_it_is_billing_by_hand(acme):
    stop_automation(reason="wrong prices", by="anna", at=NOW)

    refused, done = bill(), bill("--client", "acme")

    assert refused.code == 1
    assert "automation_off" in refused.err
    assert done.code == 0
    assert done.lines[-1].startswith("3 charges: 2 charged")


def test_a_month_to_come_is_only_planned(acme):
    planned, refused = bill("--month", "2026-02", "--dry-run"), bill("--month", "2026-02")

    assert planned.lines[0].split()[:2] == ["m1", "2026-02-01"]
    assert planned.lines[-1].startswith("1 charge: 1 charged")
    assert (refused.code, refused.err) == (1, "2026-02 has not begun: it can only be planned\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--month", "2026-13"], "--month: '2026-13' is no month"),
        (["--client", "nobody"], "there is no client 'nobody'"),
    ],
)
def test_an_option_that_names_nothing_is_refused(arguments, sentence):
    ended = bill(*arguments)

    assert ended.code == 1
    assert sentence in ended.err


def test_a_charge_that_fails_is_named_and_ends_with_1(acme):
    RecurringChargeFactory.create(
        contract__client=acme, external_id="m2", quantity="99999999", unit_price="9999999999"
    )  # fmt: skip

    ended = bill()

    assert ended.code == 1
    assert "1 charge failed; the others are done" in ended.err
    assert "4 charges: 2 charged, 1 free, 0 skipped, 1 failed; 238.00 EUR" in ended.lines


def test_another_run_is_no_failure(acme, monkeypatch):
    def taken(**_):
        raise AlreadyRunning("another run over recurring charges is going on")
        yield

    monkeypatch.setattr("invoicing.management.commands.bill_recurring.bill_recurring", taken)

    ended = bill()

    assert ended.code == 0
    assert "another run over recurring charges is going on; nothing is left to do here" in ended.err
