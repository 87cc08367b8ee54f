"""discard_draft: a draft is given up from the shell, and its work goes back (T-20, T-21)."""

from __future__ import annotations

import pytest

from invoicing.models import AuditEntry, Claim, Invoice
from tests.commands.running import AT, run, run_read_only
from tests.factories import ClientFactory, UserFactory, closed_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

WHY = ("--reason", "wrong month")


@pytest.fixture
def draft():
    client = ClientFactory.create(external_id="acme")
    for _ in range(2):
        closed_ticket("1.00", client=client)
    run("bill_tickets", "--at", AT)
    Invoice.objects.update(external_id="i1")
    return Invoice.objects.get()


def discard(*arguments, reason=WHY):
    return run("discard_draft", "i1", "--at", AT, *arguments, *reason)


@pytest.mark.parametrize(
    ("then", "said", "status"),
    [([], "is billed again", "unbilled"), (["--then", "hold"], "is held", "held"),
     (["--then", "waive"], "is waived", "waived")],
)  # fmt: skip
def test_T_20_a_draft_is_given_up_and_says_what_becomes_of_its_work(draft, then, said, status):
    found = discard(*then, "--by", "ann")

    assert (found.code, found.lines) == (0, [f"draft i1  acme  2 lines, 160.00 EUR: its work {said}"])
    draft.refresh_from_db()
    assert draft.status == "discarded"
    assert set(Ticket.objects.values_list("billing_status", flat=True)) == {status}
    assert AuditEntry.objects.get(action="invoice.discarded").by == "ann"


def test_the_json_has_the_keys_that_scripts_know(draft):
    assert discard("--format", "json").json == {
        "at": AT, "dry_run": False, "invoice": "i1", "client": "acme", "then": "bill", "lines": 2, "units": 2,
        "subtotal_cents": 16000, "currency": "EUR",
    }  # fmt: skip


def test_P3_a_dry_run_writes_nothing_and_equals_what_is_done_then(draft):
    planned = run_read_only("discard_draft", "i1", "--at", AT, "--dry-run", "--format", "json", *WHY)
    done = discard("--format", "json")

    assert "dry run: nothing was written" in planned.err
    assert planned.json == {**done.json, "dry_run": True}


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_a_document_that_is_no_draft_ends_with_1(draft, dry_run):
    run("issue_invoices", "--at", AT)

    found = discard(*dry_run)

    assert (found.code, found.out) == (1, "")
    assert found.err == "document INV-2026-00001 is open and no draft: cancel or credit it\n"


def test_a_draft_is_given_up_once(draft):
    discard()

    assert discard().err == "draft i1 was discarded before\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["i9", *WHY], "there is no document 'i9'"),
        (["i1"], "--reason: say why"),
        (["i1", "--then", "forget", *WHY], "invalid choice: 'forget'"),
        (["i1", "--at", "now", *WHY], "--at now is not a datetime"),
    ],
)
def test_what_is_refused_changes_nothing(draft, arguments, sentence):
    found = run("discard_draft", *arguments)

    assert (found.code, found.out) == (1, "")
    assert sentence in found.err
    assert Claim.objects.filter(released_at__isnull=True).count() == 2


@pytest.mark.parametrize(
    ("role", "then", "code"),
    [("viewer", "bill", 1), ("technician", "bill", 1), ("clerk", "bill", 0), ("clerk", "hold", 0),
     ("clerk", "waive", 1), ("approver", "waive", 0)],
)  # fmt: skip
def test_I_16_giving_work_up_needs_what_it_needs_on_the_ticket(draft, role, then, code):
    UserFactory.create(username="vera", role=role)

    assert discard("--then", then, "--by", "vera").code == code
