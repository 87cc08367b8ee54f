"""Drafts are given up and lines taken off them: the work goes back, and nothing else changes (T-20, T-21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.models import Allocation
from invoicing.lifecycle.issue import issue_invoices
from invoicing.lifecycle.withdraw import discard_draft, withdraw_lines
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine
from invoicing.sources import lock_owners
from invoicing.transitions import InvalidTransition
from tests.factories import (
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TimeEntryFactory,
    closed_ticket,
    later,
    state,
)
from tickets import automation, billing
from tickets.models import Ticket
from tickets.overrides import hold_ticket, release_ticket, waive_ticket

pytestmark = pytest.mark.django_db

HOW: dict[str, Any] = {"reason": "wrong month", "by": "petra"}
NEXT = later(hours=1)
STATES = {"bill": ("unbilled", ""), "hold": ("held", "held_by_person"), "waive": ("waived", "waived")}


def rich_ticket():
    """Fee, time that is partly prepaid, an expense: lines of each kind and an allowance in use."""
    contract = ContractFactory.create(per_ticket_rate=50, included_seconds=5400)
    ticket = closed_ticket("1.00", "1.00", client=contract.client)
    ExpenseFactory.create(ticket=ticket)
    billing.bill_ticket(ticket.pk, at=NOW)
    return ticket


def draft():
    return Invoice.objects.get(status="draft")


def discard(document, *, then="bill", at=NEXT):
    return discard_draft(document.pk, then=then, at=at, **HOW)


def lines(document):
    document.refresh_from_db()
    return list(document.lines.order_by("position").values_list("position", "kind", "amount_cents"))


def live():
    return Claim.objects.filter(released_at__isnull=True)


def sweep(at):
    list(automation.catch_up(at=at))


@pytest.mark.parametrize("then", STATES)
def test_T_20_discarding_releases_every_claim_and_allocation(then):
    ticket = rich_ticket()
    before = draft()
    claims = set(live().values_list("kind", "source_id", "outcome"))
    assert Allocation.objects.filter(released_at__isnull=True).count() == 2

    done = discard(before, then=then)

    assert (done.status, state(ticket)) == ("discarded", STATES[then])
    assert not live().exists()
    assert not Allocation.objects.filter(released_at__isnull=True).exists()
    assert set(Claim.objects.values_list("kind", "source_id", "outcome")) == claims
    assert set(Claim.objects.values_list("released_at", "released_by", "release_reason")) == {
        (NEXT, "petra", "wrong month")
    }
    assert lines(before) == [(1, "time", 4000), (2, "ticket_fee", 5000), (3, "expense", 15980)]


@pytest.mark.parametrize("then", STATES)
def test_T_20_billed_again_it_comes_to_the_same_with_fee_and_coverage(then):
    ticket = rich_ticket()
    first = draft()
    expected = lines(first)
    discard(first, then=then)
    if then != "bill":
        sweep(later(hours=2))
        assert state(ticket) == STATES[then]
        release_ticket(ticket.pk, reason="after all", by="petra", at=later(hours=3))

    sweep(later(hours=4))

    assert state(ticket) == ("billed", "")
    assert lines(draft()) == expected
    assert draft().pk != first.pk
    assert sum(Allocation.objects.filter(released_at__isnull=True).values_list("seconds", flat=True)) == 5400


def test_T_20_an_included_ticket_with_an_expense_is_covered_again():
    contract = ContractFactory.create(included_tickets=1)
    ticket = closed_ticket("1.00", client=contract.client)
    ExpenseFactory.create(ticket=ticket)
    billing.bill_ticket(ticket.pk, at=NOW)
    assert lines(draft()) == [(1, "expense", 15980)]

    discard(draft())
    assert not Allocation.objects.filter(released_at__isnull=True).exists()
    sweep(later(hours=2))

    assert lines(draft()) == [(1, "expense", 15980)]
    assert Allocation.objects.get(released_at__isnull=True).tickets == 1


@pytest.mark.parametrize("then", STATES)
def test_T_20_it_is_audited_for_the_draft_and_for_each_ticket(then):
    ticket = rich_ticket()

    done = discard(draft(), then=then)

    audited = AuditEntry.objects.get(action="invoice.discarded")
    assert (audited.by, audited.at, audited.reason, audited.subject_id) == ("petra", NEXT, "wrong month", done.pk)
    assert audited.data == {"then": then, "units": 3, "lines": 3, "subtotal_cents": 24980}
    of_ticket = AuditEntry.objects.get(action="ticket.released")
    assert (of_ticket.by, of_ticket.reason, of_ticket.subject_id) == ("petra", "wrong month", ticket.pk)
    assert of_ticket.data == {
        "before": {"status": "billed", "reason": ""},
        "after": dict(zip(("status", "reason"), STATES[then], strict=True)),
    }


@pytest.mark.parametrize("then", ["hold", "waive"])
def test_T_20_a_ticket_that_is_set_aside_says_why(then):
    ticket = rich_ticket()

    discard(draft(), then=then)

    ticket.refresh_from_db()
    assert (ticket.billing_detail, ticket.billing_decided_at) == ("wrong month", NEXT)


@pytest.mark.parametrize("reason", ["", " ", "x" * 301])
@pytest.mark.parametrize("do", [discard_draft, lambda pk, **how: withdraw_lines(pk, [1], **how)])
def test_without_a_reason_nothing_is_given_back(do, reason):
    rich_ticket()

    with pytest.raises(ValueError, match="say why"):
        do(draft().pk, reason=reason, by="petra", at=NEXT)

    assert live().count() == 4


def test_another_end_of_the_work_is_refused():
    rich_ticket()

    with pytest.raises(ValueError, match="one of bill, hold, waive, not 'forget'"):
        discard_draft(draft().pk, at=NEXT, **{**HOW, "then": "forget"})


@pytest.mark.parametrize("do", [discard_draft, lambda pk, **how: withdraw_lines(pk, [1], **how)])
def test_an_issued_document_is_neither_discarded_nor_are_its_lines_taken_off(do):
    rich_ticket()
    document = draft()
    issue_invoices([document.pk], at=NEXT, by="petra")

    with pytest.raises(InvalidTransition, match="document INV-2026-00001 is open and no draft: cancel or credit it"):
        do(document.pk, at=NEXT, **HOW)

    assert live().count() == 4


def test_a_draft_is_discarded_once():
    rich_ticket()
    document = draft()
    discard(document)

    with pytest.raises(InvalidTransition, match="was discarded before"):
        discard(document)

    assert AuditEntry.objects.filter(action="invoice.discarded").count() == 1


def test_a_document_that_does_not_exist_is_not_discarded():
    with pytest.raises(Invoice.DoesNotExist):
        discard_draft(4711, at=NEXT, **HOW)


def test_an_empty_draft_is_discarded():
    document = Invoice.objects.create(client=ClientFactory.create(), currency="EUR", created_at=NOW)

    assert discard(document).status == "discarded"


def test_T_20_other_drafts_and_other_tickets_are_left_alone():
    ticket, other = rich_ticket(), rich_ticket()
    mine = Invoice.objects.get(client=ticket.client)

    discard(mine)

    assert (state(ticket)[0], state(other)[0]) == ("unbilled", "billed")
    assert live().count() == 4


def test_T_20_a_supplement_that_is_given_back_stays_a_supplement():
    """The first bill is issued: no second fee, and the first work is not billed again."""
    ticket = rich_ticket()
    issue_invoices([draft().pk], at=NOW, by="petra")
    TimeEntryFactory.create(ticket=ticket, hours="0.50")
    billing.bill_ticket(ticket.pk, at=NEXT)
    expected = lines(draft())
    assert expected == [(1, "time", 4000)]

    discard(draft(), at=later(hours=2))
    sweep(later(hours=3))

    assert lines(draft()) == expected


def test_T_20_of_two_tickets_billed_in_one_run_the_late_one_stays_late():
    """Both were first billed at one moment; given back are the first bill of one and the supplement of the other."""
    contract = ContractFactory.create(per_ticket_rate=50, included_tickets=1, grouping="per_ticket")
    first, second = closed_ticket("1.00", client=contract.client), closed_ticket("1.00", client=contract.client)
    billing.bill_tickets([first.pk, second.pk], at=NOW)
    assert (state(first)[0], state(second)[0]) == ("covered", "billed")
    TimeEntryFactory.create(ticket=first, hours="2.00")
    contract.grouping = "per_client"
    contract.save()
    billing.bill_ticket(first.pk, at=NEXT)
    supplement = InvoiceLine.objects.get(amount_cents=16000)
    second_lines = list(InvoiceLine.objects.exclude(pk=supplement.pk))
    # Put both on one document, as one draft of the client and month would have them.
    whole = supplement.invoice
    for line in second_lines:
        line.position, line.invoice = line.position + 1, whole
        line.save()
    emptied = Invoice.objects.exclude(pk=whole.pk).get()
    Invoice.objects.filter(pk=emptied.pk).update(line_count=0, subtotal_cents=0)
    Invoice.objects.filter(pk=whole.pk).update(line_count=3, subtotal_cents=29000)

    discard(whole, at=later(hours=2))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.first_billed_at, second.first_billed_at) == (NOW, None)
    sweep(later(hours=3))
    assert sorted(draft.subtotal_cents for draft in Invoice.objects.filter(status="draft", line_count__gt=0)) == [29000]


def test_T_20_a_first_bill_that_is_given_back_is_a_first_bill_again_even_where_a_supplement_was_issued():
    ticket = rich_ticket()
    first = draft()
    Invoice.objects.filter(pk=first.pk).update(collects="")
    TimeEntryFactory.create(ticket=ticket, hours="0.50")
    billing.bill_ticket(ticket.pk, at=NEXT)
    issue_invoices([Invoice.objects.exclude(pk=first.pk).get().pk], at=NEXT, by="petra")
    expected = lines(first)

    discard(first, at=later(hours=2))
    sweep(later(hours=3))

    assert lines(draft()) == expected


def test_T_20_a_ticket_that_a_person_waived_or_held_meanwhile_stays_so():
    waived, held = rich_ticket(), rich_ticket()
    for ticket, decide in ((waived, waive_ticket), (held, hold_ticket)):
        TimeEntryFactory.create(ticket=ticket)
        decide(ticket.pk, at=NEXT, **HOW)

    for document in Invoice.objects.filter(status="draft"):
        discard(document, at=later(hours=2))

    assert (state(waived), state(held)) == (("waived", "waived"), ("held", "held_by_person"))
    assert set(Ticket.objects.values_list("first_billed_at", flat=True)) == {None}
    assert not live().exists()
    release_ticket(held.pk, reason="go on", by="petra", at=later(hours=3))
    sweep(later(hours=4))
    assert lines(draft()) == [(1, "time", 12000), (2, "ticket_fee", 5000), (3, "expense", 15980)]


def test_T_20_a_ticket_that_is_held_can_be_waived_with_its_document():
    ticket = rich_ticket()
    TimeEntryFactory.create(ticket=ticket)
    hold_ticket(ticket.pk, at=NEXT, **HOW)

    discard(draft(), then="waive", at=later(hours=2))

    assert state(ticket) == ("waived", "waived")


def test_T_21_lines_that_are_taken_off_leave_the_others_in_order_and_the_sums_right():
    contract = ContractFactory.create()
    tickets = [closed_ticket(hours, client=contract.client) for hours in ("1.00", "2.00", "3.00", "4.00")]
    billing.bill_tickets([ticket.pk for ticket in tickets], at=NOW)
    document = draft()
    chosen = list(document.lines.filter(position__in=[1, 3]).values_list("pk", flat=True))

    kept = withdraw_lines(document.pk, chosen, then="hold", at=NEXT, **HOW)

    assert lines(document) == [(1, "time", 16000), (2, "time", 32000)]
    assert (document.line_count, document.subtotal_cents, document.status) == (2, 48000, "draft")
    assert lines(kept) == [(1, "time", 8000), (2, "time", 24000)]
    assert (kept.line_count, kept.subtotal_cents, kept.status, kept.collects) == (2, 32000, "discarded", "")
    assert [state(ticket)[0] for ticket in tickets] == ["held", "billed", "held", "billed"]
    audited = AuditEntry.objects.get(action="invoice.lines_withdrawn")
    assert (audited.subject_id, audited.reason) == (document.pk, "wrong month")
    assert audited.data == {
        "before": {"lines": 4, "subtotal_cents": 80000}, "after": {"lines": 2, "subtotal_cents": 48000},
        "kept_on": kept.external_id,
    }  # fmt: skip


def test_T_21_what_was_taken_off_is_billed_again_on_the_same_draft():
    ticket = rich_ticket()
    document = draft()

    withdraw_lines(document.pk, [document.lines.get(kind="time").pk], at=NEXT, **HOW)
    assert lines(document) == [(1, "ticket_fee", 5000), (2, "expense", 15980)]
    sweep(later(hours=2))

    assert lines(document) == [(1, "ticket_fee", 5000), (2, "expense", 15980), (3, "time", 4000)]
    assert state(ticket) == ("billed", "")


@pytest.mark.parametrize("kind", ["time", "ticket_fee", "expense"])
def test_T_21_each_kind_of_line_comes_back_alone(kind):
    rich_ticket()
    document = draft()
    total = document.subtotal_cents

    withdraw_lines(document.pk, [document.lines.get(kind=kind).pk], at=NEXT, **HOW)
    sweep(later(hours=2))

    document.refresh_from_db()
    assert document.subtotal_cents == total
    assert sorted(line[1] for line in lines(document)) == ["expense", "ticket_fee", "time"]


def test_T_21_a_draft_can_lose_all_its_lines_and_collect_again():
    rich_ticket()
    document = draft()
    expected = lines(document)

    withdraw_lines(document.pk, list(document.lines.values_list("pk", flat=True)), at=NEXT, **HOW)
    document.refresh_from_db()
    assert (document.line_count, document.subtotal_cents) == (0, 0)
    sweep(later(hours=2))

    assert lines(document) == expected


def test_lines_of_another_document_are_refused():
    rich_ticket()
    first = draft()
    other = rich_ticket()
    stranger = InvoiceLine.objects.filter(invoice__client=other.client)[0]

    with pytest.raises(InvoiceLine.DoesNotExist, match="not every line is on the draft"):
        withdraw_lines(first.pk, [first.lines.all()[0].pk, stranger.pk], at=NEXT, **HOW)

    assert live().count() == 8


def test_no_lines_are_refused():
    rich_ticket()

    with pytest.raises(ValueError, match="say which lines"):
        withdraw_lines(draft().pk, [], at=NEXT, **HOW)


def test_a_time_line_gives_back_every_entry_that_it_bills():
    contract = ContractFactory.create(hourly_rate=Decimal(100))
    ticket = closed_ticket("0.10", "0.20", "0.30", client=contract.client)
    billing.bill_ticket(ticket.pk, at=NOW)
    document = draft()

    withdraw_lines(document.pk, [document.lines.get().pk], then="hold", at=NEXT, **HOW)

    assert Claim.objects.filter(released_at=NEXT).count() == 3


def test_work_that_came_onto_the_draft_meanwhile_is_locked_before_the_draft(monkeypatch):
    """The first look misses a ticket: the locks are given back, and the next turn takes them in the right order."""
    contract = ContractFactory.create()
    first, second = closed_ticket("1.00", client=contract.client), closed_ticket("1.00", client=contract.client)
    billing.bill_ticket(first.pk, at=NOW)
    locked = []

    def lock(units):
        locked.append(len(units))
        if len(locked) == 1:
            billing.bill_ticket(second.pk, at=NOW)
        lock_owners(units)

    monkeypatch.setattr("invoicing.lifecycle.giving_back.lock_owners", lock)
    committed = len(locked)
    # The billing that comes in between belongs to another transaction; a savepoint must not take it back.
    monkeypatch.setattr("invoicing.lifecycle.giving_back.transaction.atomic", _NoSavepoint)

    discard(draft())

    assert locked[committed:] == [1, 2]
    assert (state(first)[0], state(second)[0]) == ("unbilled", "unbilled")


class _NoSavepoint:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def test_a_draft_onto_which_work_never_stops_coming_is_left_alone(monkeypatch):
    rich_ticket()
    counts = iter(range(1000))
    monkeypatch.setattr("invoicing.lifecycle.giving_back.units_of", lambda *_: {("time_entry", next(counts))})
    monkeypatch.setattr("invoicing.lifecycle.giving_back.lock_owners", lambda _: None)

    with pytest.raises(InvalidTransition, match="again and again"):
        discard(draft())

    assert live().count() == 4
