"""Issued documents are taken back by documents of their own, and the work goes back with them (D-03, T-20, P6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from contracts.models import Allocation
from invoicing.lifecycle.credit import credit_invoice, plan_credit
from invoicing.lifecycle.payments import record_payment
from invoicing.lifecycle.replacements import replacements_of
from invoicing.lifecycle.void import plan_void, void_invoice
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine
from invoicing.transitions import InvalidTransition
from tests.factories import NOW, ClientFactory, ContractFactory, ExpenseFactory, closed_ticket, later
from tests.invoicing.documents import Item, draft, issue
from tickets import automation, billing

pytestmark = pytest.mark.django_db

HOW: dict[str, Any] = {"reason": "wrong address", "by": "petra"}
NEXT = later(hours=1)
PAID: dict[str, Any] = {"received_on": date(2026, 1, 20), "reference": "Statement 3", "by": "petra", "at": NEXT}


def issued(*items: Item | int) -> Invoice:
    document = draft(*items)
    issue(document)
    return document


def sums(document: Invoice) -> tuple[int | None, ...]:
    return document.subtotal_cents, document.discount_cents, document.tax_cents, document.total_cents


def correction(document: Invoice, number: str) -> Invoice:
    document.refresh_from_db()
    return Invoice.objects.get(cancels=document, number=number)


def test_D_03_a_void_document_stays_and_its_cancellation_takes_all_of_it_back():
    first = issued(333, 333, 333)

    plan = void_invoice(first.pk, at=NEXT, **HOW)

    second = correction(first, "CA-2026-00001")
    assert (first.status, second.kind, second.status, plan.number) == ("void", "cancellation", "paid", "CA-2026-00001")
    assert sums(first) == (999, 0, 190, 1189)
    assert sums(second) == (-999, 0, -190, -1189)
    assert list(second.lines.values_list("amount_cents", "quantity", "corrects__position")) == [
        (-333, -1, 1), (-333, -1, 2), (-333, -1, 3)
    ]  # fmt: skip
    assert (first.credited_cents, first.open_cents) == (1189, 0)
    assert second.buyer is not None
    assert second.buyer["name"] == first.client.name
    assert second.reason == "wrong address"
    entry = AuditEntry.objects.get(action="invoice.voided")
    assert (entry.by, entry.reason, entry.data["cancellation"], entry.data["units"]) == (
        "petra", "wrong address", "CA-2026-00001", 3
    )  # fmt: skip


@pytest.mark.parametrize(
    ("then", "state"),
    [("bill", ("unbilled", "")), ("hold", ("held", "held_by_person")), ("waive", ("waived", "waived"))],
)
def test_T_20_voiding_releases_exactly_its_work_and_the_form_says_what_becomes_of_it(then, state):
    contract = ContractFactory.create(per_ticket_rate=50, included_seconds=5400)
    ticket = closed_ticket("1.00", "1.00", client=contract.client)
    ExpenseFactory.create(ticket=ticket)
    billing.bill_ticket(ticket.pk, at=NOW)
    first = Invoice.objects.get()
    issue(first)
    beside = issued(500)

    void_invoice(first.pk, then=then, at=NEXT, **HOW)

    ticket.refresh_from_db()
    assert (ticket.billing_status, ticket.billing_reason) == state
    assert not Allocation.objects.filter(released_at__isnull=True).exists()
    live = Claim.objects.filter(released_at__isnull=True)
    assert list(live.values_list("line__invoice", flat=True)) == [beside.pk]
    if then != "bill":
        return
    list(automation.catch_up(at=later(hours=2)))
    again = Invoice.objects.get(status="draft")
    issue(again, at=later(hours=3))
    assert (again.number, again.subtotal_cents) == ("INV-2026-00003", first.subtotal_cents)
    assert replacements_of([first.pk, beside.pk]) == {first.pk: [again.external_id]}
    assert Allocation.objects.filter(released_at__isnull=True).count() == 2


@pytest.mark.parametrize("status", ["draft", "paid", "void", "credited", "cancellation"])
def test_D_03_what_cannot_be_cancelled_says_what_to_do_instead(status):
    first = draft(1000)
    if status != "draft":
        issue(first)
    if status == "paid":
        record_payment(first.pk, 500, **PAID)
    if status in ("void", "cancellation"):
        void_invoice(first.pk, at=NEXT, **HOW)
    if status == "credited":
        credit_invoice(first.pk, goodwill=True, at=NEXT, **HOW)
    if status == "cancellation":
        first = Invoice.objects.get(kind="cancellation")
    said = {
        "draft": "discard the draft", "paid": "credit it instead", "void": "credited in part|is void",
        "credited": "credit the rest|is paid", "cancellation": "cannot be cancelled itself",
    }  # fmt: skip
    numbers = Invoice.objects.filter(number__isnull=False).count()

    with pytest.raises(InvalidTransition, match=said[status]):
        void_invoice(first.pk, at=NEXT, **HOW)

    assert Invoice.objects.filter(number__isnull=False).count() == numbers


def test_D_03_a_document_with_a_line_credited_for_nothing_is_not_cancelled_either():
    first = issued(1000, 0)
    credit_invoice(first.pk, [2], at=NEXT, **HOW)
    first.refresh_from_db()

    with pytest.raises(InvalidTransition, match="credit the rest"):
        void_invoice(first.pk, at=NEXT, **HOW)

    assert (first.status, first.credited_cents) == ("open", 0)


def test_D_03_a_plan_writes_nothing_and_equals_what_is_done():
    first = issued(1000, 2000)
    before = Invoice.objects.count(), InvoiceLine.objects.count()
    first.refresh_from_db()
    planned = plan_void(first)
    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == before

    done = void_invoice(first.pk, at=NEXT, **HOW)

    assert (planned.sums, planned.releases) == (done.sums, done.releases)


def test_D_03_credit_by_line_adds_up_to_the_document_and_releases_its_lines_alone():
    first = issued(333, 333, 333)

    for position in (2, 1, 3):
        credit_invoice(first.pk, [position], at=NEXT, **HOW)
        live = Claim.objects.filter(line__invoice=first, released_at__isnull=True)
        assert not live.filter(line__position=position).exists()

    notes = [correction(first, f"CN-2026-0000{n}") for n in (1, 2, 3)]
    assert [sums(note) for note in notes] == [(-333, 0, -63, -396), (-333, 0, -64, -397), (-333, 0, -63, -396)]
    assert (first.status, first.credited_cents, first.open_cents) == ("paid", 1189, 0)
    assert set(Claim.objects.values_list("released_to__number", flat=True)) == {note.number for note in notes}


def test_D_03_a_paid_document_is_credited_and_shows_what_is_owed_to_the_client():
    first = issued(10000)
    record_payment(first.pk, 11900, **PAID)

    credit_invoice(first.pk, at=NEXT, **HOW)

    note = correction(first, "CN-2026-00001")
    assert (first.status, note.total_cents, first.open_cents) == ("paid", -11900, -11900)
    record_payment(first.pk, -11900, **{**PAID, "reference": "Back"})
    first.refresh_from_db()
    assert (first.status, first.paid_cents, first.open_cents) == ("paid", 0, 0)


def test_T_20_a_goodwill_credit_gives_no_work_back():
    first = issued(1000, 2000)

    plan = credit_invoice(first.pk, [1], goodwill=True, at=NEXT, **HOW)

    first.refresh_from_db()
    assert (plan.sums.total, first.open_cents, first.status) == (-1190, 2380, "open")
    assert Claim.objects.filter(released_at__isnull=True).count() == 2
    assert AuditEntry.objects.get(action="invoice.credited").data["then"] is None


def test_D_03_a_line_is_credited_once():
    first = issued(1000, 2000)
    credit_invoice(first.pk, [1], at=NEXT, **HOW)
    first.refresh_from_db()

    with pytest.raises(InvalidTransition, match="line 1 of document INV-2026-00001 was credited before"):
        credit_invoice(first.pk, [1], at=NEXT, **HOW)
    with pytest.raises(LookupError, match="has no line 9"):
        plan_credit(first, [9])
    with pytest.raises(ValueError, match="say why"):
        credit_invoice(first.pk, [2], reason=" ", by="petra", at=NEXT)

    credit_invoice(first.pk, at=NEXT, **HOW)
    assert correction(first, "CN-2026-00002").total_cents == -2380


def test_I_05_the_database_refuses_corrections_that_code_would_never_make():
    first = issued(1000)
    other = issued(700)
    forged = [
        lambda: Invoice.objects.create(kind="credit_note", cancels=draft(5), client=first.client, currency="EUR",
                                       created_at=NEXT),
        lambda: Invoice.objects.create(kind="credit_note", cancels=other, client=first.client, currency="EUR",
                                       created_at=NEXT),
        lambda: Invoice.objects.create(kind="invoice", cancels=first, client=first.client, currency="EUR",
                                       created_at=NEXT),
        lambda: Invoice.objects.filter(pk=first.pk).update(status="void"),
        lambda: Invoice.objects.filter(pk=first.pk).update(status="paid"),
        lambda: Invoice.objects.filter(pk=first.pk).update(paid_cents=1190),
        lambda: Invoice.objects.filter(pk=first.pk).update(credited_cents=1190),
        lambda: Invoice.objects.filter(pk=first.pk).update(rendered_at=NEXT),
        lambda: Claim.objects.filter(line__invoice=first).update(released_at=NEXT, released_to=draft(6)),
    ]  # fmt: skip
    for act in forged:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    first.refresh_from_db()
    assert (first.status, first.paid_cents, first.credited_cents) == ("open", 0, 0)
    assert Claim.objects.get(line__invoice=first).released_at is None


def test_T_20_a_draft_that_names_the_first_document_releases_nothing_of_it():
    first = issued(1000)
    Invoice.objects.create(
        kind="credit_note", cancels=first, client=first.client, currency="EUR", created_at=NEXT, reason="forged"
    )
    note = Invoice.objects.get(kind="credit_note")

    with pytest.raises(DatabaseError, match="released only to its cancellation or credit note"), transaction.atomic():
        Claim.objects.filter(line__invoice=first).update(released_at=NEXT, released_to=note)

    assert Claim.objects.get(line__invoice=first).released_at is None


def test_D_02_a_correction_that_would_be_no_valid_e_invoice_burns_no_number():
    client = ClientFactory.create(e_invoice="zugferd")
    first = draft(1000, client=client)
    issue(first)
    assert first.status == "open"
    type(client).objects.filter(pk=client.pk).update(e_invoice="xrechnung_cii", leitweg_id="")

    with pytest.raises(InvalidTransition, match="BR-DE-15"):
        credit_invoice(first.pk, at=NEXT, **HOW)
    assert Invoice.objects.count() == 1

    type(client).objects.filter(pk=client.pk).update(e_invoice="zugferd")
    credit_invoice(first.pk, at=NEXT, **HOW)
    assert correction(first, "CN-2026-00001").total_cents == -1190
