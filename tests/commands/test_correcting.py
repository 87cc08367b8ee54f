"""`void_invoice`, `credit_invoice`, `record_payment`, `mark_uncollectible`: one call each, and what they say."""

from __future__ import annotations

import pytest

from invoicing.models import Claim, Invoice
from tests.commands.running import run, run_read_only
from tests.factories import later
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db

AT = later(hours=1).isoformat()
HOW = ("--reason", "wrong address", "--by", "petra", "--at", AT)


def issued(*cents: int):
    document = draft(*cents)
    issue(document)
    return document


@pytest.mark.parametrize("named", ["external_id", "number"])
def test_D_03_void_invoice_tells_the_same_dry_and_real(named):
    document = issued(1000, 2000)

    command = ("void_invoice", getattr(document, named), *HOW, "--format", "json")
    planned = run_read_only(*command, "--dry-run").json
    done = run(*command).json

    assert (planned["total_cents"], planned["units"], planned["number"]) == (-3570, 2, None)
    assert done == {**planned, "dry_run": False, "number": "CA-2026-00001"}
    assert not Claim.objects.filter(released_at__isnull=True).exists()


def test_D_03_credit_invoice_takes_lines_and_says_what_it_did():
    document = issued(1000, 2000)

    client = document.client.external_id
    told = run("credit_invoice", document.number, "--line", "2", "--goodwill", *HOW)

    assert told.lines == [
        f"credit note CN-2026-00001 of INV-2026-00001 for {client}: -23.80 EUR, 0 units given back",
        "  Rack at 2000: -20.00 EUR",
    ]
    document.refresh_from_db()
    assert (document.credited_cents, document.open_cents) == (2380, 1190)


def test_D_07_record_payment_adds_up_and_says_what_is_left():
    document = issued(1000)
    bank = ("--date", "2026-01-20", "--reference", "Statement 3", "--by", "petra", "--at", AT, "--format", "json")
    command = ("record_payment", document.number, *bank, "--amount")

    assert run_read_only(*command, "5", "--dry-run").json["open_cents"] == 690
    first = run(*command, "5.00").json
    last = run(*command, "7").json
    back = run(*command, "0.10", "--refund").json

    assert [(one["status"], one["paid_cents"], one["open_cents"]) for one in (first, last, back)] == [
        ("open", 500, 690), ("paid", 1200, -10), ("paid", 1190, 0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("void_invoice", ("INV-9", *HOW), "there is no document 'INV-9'"),
        ("void_invoice", ("INV-2026-00001", "--by", "petra"), "--reason: say why"),
        ("credit_invoice", ("INV-2026-00001", "--line", "9", *HOW), "has no line 9"),
        ("record_payment", ("INV-2026-00001", "--amount", "x", "--date", "2026-01-20", "--reference", "r"),
         "is not an amount such as 119.00"),
        ("record_payment", ("INV-2026-00001", "--amount", "-1", "--date", "2026-01-20", "--reference", "r"),
         "must be above zero"),
        ("record_payment", ("INV-2026-00001", "--amount", "1.001", "--date", "2026-01-20", "--reference", "r"),
         "more decimal places than EUR"),
        ("mark_uncollectible", ("INV-2026-00002", *HOW), "there is no document"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_a_sentence(command, options, said):
    issued(1000)
    ended = run(command, *options)
    assert (ended.code, said in ended.err) == (1, True), ended.err
    assert Invoice.objects.get().status == "open"


def test_D_01_mark_uncollectible_says_so_once():
    issued(1000)
    assert "uncollectible" in run_read_only("mark_uncollectible", "INV-2026-00001", *HOW, "--dry-run").out
    assert Invoice.objects.get().status == "open"
    run("mark_uncollectible", "INV-2026-00001", *HOW)
    assert Invoice.objects.get().status == "uncollectible"
    assert "is uncollectible and cannot become" in run("mark_uncollectible", "INV-2026-00001", *HOW).err
