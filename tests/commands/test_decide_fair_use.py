"""decide_fair_use: a person decides about a month of an unlimited plan, from the shell (T-13)."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.models import FairUseReview
from invoicing.models import AuditEntry
from tests.commands.running import AT, run, run_read_only
from tests.factories import NOW, ContractFactory, UserFactory, closed_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

FINDING = "tickets above 3 times the mean of three months"


@pytest.fixture
def review():
    """A flagged month, and a ticket that waits for the decision."""
    contract = ContractFactory.create(external_id="c1", unlimited_tickets=True)
    waiting = closed_ticket("1.00", client=contract.client)
    waiting.hold(reason="fair_use_review", detail=FINDING, at=NOW)
    return FairUseReview.objects.create(contract=contract, month=date(2026, 1, 1), finding=FINDING, flagged_at=NOW)


def decide(*arguments, contract="c1", month="2026-01", runs=run):
    return runs(
        "decide_fair_use", contract, "--month", month, "--at", AT, "--by", "petra", "--reason", "talked to them",
        *arguments,
    )  # fmt: skip


@pytest.mark.parametrize("decision", ["bill", "cover"])
def test_T_13_the_decision_is_recorded_and_what_waited_for_it_is_due(review, decision):
    found = decide(f"--{decision}")

    assert (found.code, found.lines) == (0, [f"c1  2026-01  {FINDING}: {decision}; 1 ticket waited for it"])
    review.refresh_from_db()
    assert (review.decision, review.decided_by) == (decision, "petra")
    assert Ticket.objects.get().billing_status == "unbilled"
    audited = AuditEntry.objects.get(action="fair_use.decided")
    assert (audited.by, audited.reason, audited.data["tickets"]) == ("petra", "talked to them", 1)


def test_T_13_the_dry_run_says_the_same_and_writes_nothing(review):
    planned = decide("--bill", "--dry-run", "--format", "json", runs=run_read_only)
    done = decide("--bill", "--format", "json")

    assert planned.json == done.json | {"dry_run": True}
    assert "nothing was written" in planned.err
    assert done.json["tickets"] == 1


def test_T_13_who_decides_second_is_told_who_was_first(review):
    decide("--bill")

    for runs, more in ((run, []), (run_read_only, ["--dry-run"])):
        again = decide("--cover", *more, runs=runs)
        assert (again.code, again.err) == (1, "petra has decided already: bill the excess\n")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"contract": "c2"}, "nothing was flagged for contract 'c2' in 2026-01"),
        ({"month": "2026-02"}, "nothing was flagged for contract 'c1' in 2026-02"),
        ({"month": "January"}, "--month: 'January' is no month"),
    ],
)
def test_what_was_not_flagged_is_said_so(review, facts, sentence):
    found = decide("--bill", **facts)

    assert found.code == 1
    assert sentence in found.err


def test_a_reason_and_the_permission_are_needed(review):
    UserFactory.create(username="carl", role="clerk")

    without = run("decide_fair_use", "c1", "--month", "2026-01", "--bill", "--at", AT)
    carl = run("decide_fair_use", "c1", "--month", "2026-01", "--bill", "--by", "carl", "--reason", "so")

    assert "--reason: say why" in without.err
    assert "contracts.change_fairusereview is not among the permissions" in carl.err
    assert FairUseReview.objects.get().decision == "pending"
