"""Payments add up, are never edited, and settle what they pay (D-07)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from invoicing.lifecycle.payments import SeenBefore, mark_uncollectible, record_payment
from invoicing.lifecycle.void import void_invoice
from invoicing.models import AuditEntry, Invoice, Payment
from invoicing.transitions import InvalidTransition
from tests.factories import later
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db

NEXT = later(hours=1)
HOW: dict[str, Any] = {"received_on": date(2026, 1, 20), "by": "petra", "at": NEXT}


def issued(cents: int = 10000) -> Invoice:
    document = draft(cents)
    issue(document)
    return document


def pay(document: Invoice, cents: int, reference: str = "Statement 3", **more: Any) -> tuple[str, int, int]:
    record_payment(document.pk, cents, reference=reference, **{**HOW, **more})
    document.refresh_from_db()
    return document.status, document.paid_cents, document.open_cents


def test_D_07_partial_payments_add_up_and_the_last_one_settles():
    document = issued()
    assert pay(document, 4000, "first") == ("open", 4000, 7900)
    assert pay(document, 7900, "second") == ("paid", 11900, 0)
    actions = AuditEntry.objects.filter(subject_kind="invoice").order_by("pk").values_list("action", flat=True)
    assert list(actions)[-3:] == ["invoice.payment", "invoice.payment", "invoice.paid"]


def test_D_07_an_overpayment_is_taken_and_shown_and_a_refund_leaves_the_document_paid():
    document = issued()
    assert pay(document, 12000) == ("paid", 12000, -100)
    assert pay(document, -100, "back") == ("paid", 11900, 0)
    with pytest.raises(ValueError, match="more would be refunded"):
        pay(document, -11901, "too much")
    assert Payment.objects.count() == 2


def test_D_07_what_looks_entered_twice_is_asked_about():
    document = issued()
    pay(document, 100)
    with pytest.raises(SeenBefore, match="recorded on INV-2026-00001 already"):
        pay(document, 100)
    assert pay(document, 100, again=True) == ("open", 200, 11700)


def test_D_01_money_still_comes_for_a_document_that_was_given_up():
    document = issued()
    mark_uncollectible(document.pk, reason="insolvent", by="petra", at=NEXT)
    with pytest.raises(InvalidTransition, match="is uncollectible and cannot become uncollectible"):
        mark_uncollectible(document.pk, reason="insolvent", by="petra", at=NEXT)
    assert pay(document, 11900) == ("paid", 11900, 0)


@pytest.mark.parametrize("state", ["draft", "void", "cancellation"])
def test_D_07_a_document_that_owes_nothing_takes_no_payment(state):
    document = draft(1000)
    if state != "draft":
        issue(document)
        void_invoice(document.pk, reason="wrong", by="petra", at=NEXT)
    if state == "cancellation":
        document = Invoice.objects.get(kind="cancellation")
    with pytest.raises(InvalidTransition, match=r"takes no payment|takes back another document"):
        pay(document, 100)
    with pytest.raises(DatabaseError, match="takes no payment"), transaction.atomic():
        Payment.objects.create(
            invoice=document, amount_cents=100, received_on=date(2026, 1, 20), reference="x", recorded_at=NEXT,
            recorded_by="x",
        )  # fmt: skip
    assert not Payment.objects.exists()


def test_D_07_a_payment_is_never_changed_or_deleted():
    document = issued()
    pay(document, 100)
    for act in (
        lambda: Payment.objects.update(amount_cents=11900),
        lambda: Payment.objects.update(invoice=issued(5)),
        Payment.objects.all().delete,
    ):
        with pytest.raises(DatabaseError, match="a payment cannot be changed or deleted"), transaction.atomic():
            act()
    assert Payment.objects.get().amount_cents == 100


@pytest.mark.parametrize(("cents", "reference", "said"), [(0, "x", "must not be zero"), (5, " ", "say the reference")])
def test_D_07_a_payment_of_nothing_or_without_a_reference_is_refused(cents, reference, said):
    document = issued()
    with pytest.raises(ValueError, match=said):
        pay(document, cents, reference)
    assert not Payment.objects.exists()
