"""balance_report: allowances of a month for people and scripts, in pages (T-12)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.commands.running import run, run_read_only
from tests.factories import NOW as AT
from tests.factories import AllocationFactory, ContractFactory, closed_ticket
from tickets import balance_report, billing

pytestmark = pytest.mark.django_db


@pytest.fixture
def contracts():
    """Prepaid hours that were used in part, an unlimited plan, and contracts that the report leaves out."""
    prepaid = ContractFactory.create(
        external_id="c1", client__external_id="acme", included_seconds=7200, included_tickets=None
    )
    AllocationFactory.create(contract=prepaid, tickets=0, seconds=1800)
    ticket = closed_ticket("1.00", client=prepaid.client)
    billing.bill_ticket(ticket.pk, at=AT, by="ann", by_hand=True)
    ContractFactory.create(external_id="c2", client__external_id="beta", unlimited_tickets=True)
    ContractFactory.create(external_id="c3", client__external_id="gamma")
    ContractFactory.create(external_id="draft", included_tickets=1, status="draft")
    ContractFactory.create(external_id="over", included_tickets=1, end_on=date(2026, 1, 1), start_on=date(2026, 1, 1))


def names(*arguments):
    found = run_read_only("balance_report", "--format", "json", *arguments)
    assert (found.code, found.err) == (0, "")
    assert found.json["contracts"] == len(found.json["balances"])
    return [one["contract"] for one in found.json["balances"]]


def test_T_12_scripts_read_the_balance_of_a_month(contracts):
    answer = run_read_only("balance_report", "--contract", "c1", "--month", "2026-01", "--format", "json").json

    assert answer["month"] == "2026-01"
    assert answer["balances"] == [
        {
            "contract": "c1",
            "client": "acme",
            "tickets": {"granted": None, "rolled_over": 0, "opening": 0, "used": 0, "left": None},
            "seconds": {"granted": 7200, "rolled_over": 0, "opening": 1800, "used": 3600, "left": 1800},
            "tickets_opened": 1,
        }
    ]


def test_T_12_contracts_with_an_allowance_in_force_or_used_are_shown(contracts, monkeypatch):
    monkeypatch.setattr(balance_report, "PAGE", 1)

    assert names("--month", "2026-01") == ["c1", "c2", "over"]
    assert names("--month", "2026-02") == ["c1", "c2"]
    assert names("--month", "2026-01", "--client", "beta") == ["c2"]
    assert names("--month", "2026-01", "--contract", "c3") == ["c3"]
    assert names() == ["c1", "c2"]


def test_T_12_people_read_hours(contracts):
    lines = [" ".join(line.split()) for line in run_read_only("balance_report", "--month", "2026-01").lines]

    assert lines[0] == "contract client granted rolled over opening used left tickets opened"
    assert "c1 acme time 2.00 h 0.00 h 0.50 h 1.00 h 0.50 h" in lines
    assert "c2 beta tickets unlimited 0 0 0 - 0" in lines
    assert run("balance_report", "--month", "2025-01").lines == ["no contract has an allowance in this month"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--month", "2026-13"), "--month: "),
        (("--client", "nobody"), "there is no client 'nobody'"),
        (("--contract", "c9"), "there is no contract 'c9'"),
        (("--contract", "c1", "--client", "beta"), "there is no contract 'c1' of client 'beta'"),
    ],
)
def test_an_option_that_names_nothing_ends_with_1(contracts, arguments, problem):
    found = run("balance_report", *arguments)

    assert (found.code, found.out) == (1, "")
    assert found.err.startswith(problem)
