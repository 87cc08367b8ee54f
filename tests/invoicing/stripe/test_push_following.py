"""What becomes of a document here becomes of it at Stripe: cancelled, credited, given up, paid by other means."""

from __future__ import annotations

from datetime import date

import pytest

from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.payments import mark_uncollectible, record_payment
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Anomaly
from invoicing.stripe import client
from tests.factories import NOW, later
from tests.invoicing.stripe.pushing import Item, document, push, sim, states, there
from tests.invoicing.stripe.test_push_faults import FIVE

__all__ = ["sim"]

pytestmark = pytest.mark.django_db


def paid_here(made, cents):
    record_payment(made.pk, cents, received_on=date(2026, 1, 16), reference=f"RF{cents}", by="petra", at=NOW)


def test_a_cancelled_document_is_void_at_stripe_however_far_it_had_come(sim):
    drafted = document(200)
    sim.fail_next(FIVE["lines"], how=429)
    push()
    never, sent = document(100), document(300)
    void_invoice(never.pk, reason="wrong", by="petra", at=NOW)
    assert set(states(never).values()) == {"cancelled"}
    push()
    for one in (drafted, sent):
        void_invoice(one.pk, reason="wrong", by="petra", at=NOW)
    push(later(minutes=2))

    assert there(sim, sent)["status"] == "void"
    assert [one["metadata"]["billing_invoice"] for one in sim.objects("invoice")] == [sent.external_id]
    assert (states(drafted)["void"], states(sent)["void"]) == ("done", "done")
    assert not Anomaly.objects.exists()


def test_a_document_that_is_cancelled_while_a_step_is_prepared_goes_no_further_and_is_void(sim, monkeypatch):
    made = document(100)
    look = client.retrieve_customer

    def cancelled_meanwhile(customer):
        void_invoice(made.pk, reason="wrong", by="petra", at=NOW)
        return look(customer)

    monkeypatch.setattr(client, "retrieve_customer", cancelled_meanwhile)
    push()
    push()

    assert there(sim, made)["status"] == "void"
    assert states(made) == {
        "invoice": "done", "lines": "done", "finalize": "done", "pay": "cancelled", "send": "cancelled", "void": "done",
    }  # fmt: skip
    assert sim.events("invoice.sent") == []


def test_a_credit_note_lowers_what_is_due_and_after_payment_moves_no_money(sim):
    made = document(10000, Item(3333), 500, discount="10")
    push()
    credit_invoice(made.pk, [2], reason="wrong", by="petra", at=NOW)
    push()

    note = made.cancelled_by.get()
    (there_note,) = sim.objects("credit_note")
    assert (there_note["total"], there_note["type"]) == (-note.total_cents, "pre_payment")
    made.refresh_from_db()
    found = there(sim, made)
    assert found["amount_remaining"] == made.open_cents

    sim.customer_pays(found["id"])
    credit_invoice(made.pk, reason="all of it", by="petra", at=NOW)
    push()
    last = sim.objects("credit_note")[-1]
    assert (last["type"], last["out_of_band_amount"], sim.objects("refund")) == ("post_payment", last["total"], [])
    assert sum(one["total"] for one in sim.objects("credit_note")) == made.total_cents


def test_what_is_paid_here_by_other_means_or_given_up_is_so_at_stripe(sim):
    paid, hopeless, mixed = document(100), document(200), document(300, 700)
    push()
    paid_here(paid, 19)
    assert push() == []
    paid_here(paid, paid.total_cents - 19)
    mark_uncollectible(hopeless.pk, reason="insolvent", by="petra", at=NOW)
    credit_invoice(mixed.pk, [1], reason="wrong", by="petra", at=NOW)
    mixed.refresh_from_db()
    paid_here(mixed, mixed.open_cents)
    push()

    assert there(sim, paid)["status"] == "paid"
    assert there(sim, paid)["amount_paid_off_stripe"] == paid.total_cents
    assert there(sim, hopeless)["status"] == "uncollectible"
    assert there(sim, mixed)["status"] == "paid"
    paid_here(hopeless, hopeless.total_cents)
    push()
    assert there(sim, hopeless)["status"] == "paid"
    assert not Anomaly.objects.exists()


def test_a_document_paid_here_and_at_stripe_and_one_cancelled_here_and_paid_there_are_for_a_person(sim):
    twice, cancelled = document(100), document(200)
    push()
    for one in (twice, cancelled):
        sim.customer_pays(there(sim, one)["id"])
    paid_here(twice, twice.total_cents)
    void_invoice(cancelled.pk, reason="wrong", by="petra", at=NOW)
    push()

    assert [(one.kind, one.invoice) for one in Anomaly.objects.order_by("pk")] == [
        ("paid_at_stripe", twice), ("paid_at_stripe", cancelled),
    ]  # fmt: skip
    assert not sim.calls("POST /v1/invoices/{id}/void")
