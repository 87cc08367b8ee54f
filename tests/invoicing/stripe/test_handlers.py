"""What happens at Stripe ends in one state here, in whatever order and number it is told (D-05, I-11, I-12)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from invoicing.lifecycle.payments import record_payment
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Anomaly, AuditEntry, Dispute, Mail, Payment, StripeEvent, StripeInvoice
from tests.factories import ClientFactory
from tests.invoicing.stripe.telling import SECRETS, AtStripe, now, process, receive, set_up
from tests.stripe_simulator import Refused, StripeSimulator

pytestmark = pytest.mark.django_db
FOUR = ("invoice.finalized", "invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed")
PAID = ("paid", 11900, "paid", "")


@pytest.fixture
def sim(settings: Any) -> Iterator[StripeSimulator]:
    """A Stripe that tells our webhook what happens there."""
    with StripeSimulator() as running:
        set_up(settings, running)
        running.webhook(receive, SECRETS)
        yield running


def told(sim: StripeSimulator) -> list[str]:
    """Deliver all that happened and process it; what came of it, in order, without what is ignored."""
    assert {delivery.status for delivery in sim.deliver()} <= {200}
    return [event.outcome for event in process() if event.status != "ignored"]


def findings() -> list[str]:
    return list(Anomaly.objects.order_by("pk").values_list("kind", flat=True))


def test_I_11_every_order_of_four_doubled_events_ends_in_one_state(sim: StripeSimulator) -> None:
    books = []
    for order in permutations(FOUR):
        there = AtStripe.sent(sim)
        with pytest.raises(Refused, match="declined"):
            sim.customer_pays(there.invoice, "pm_card_chargeCustomerFail")
        sim.customer_pays(there.invoice)
        for kind in order:
            sim.deliver(duplicates=1, types=[kind])
            process()
        sim.drop_pending()
        payment = Payment.objects.get(invoice=there.document)
        trail = AuditEntry.objects.filter(subject_kind="invoice", subject_id=there.document.pk, by="stripe")
        books.append((there.state(), payment.method, payment.amount_cents, sorted(trail.values_list("action"))))

    assert len(books) == 24
    assert books == [(PAID, "stripe", 11900, [("invoice.paid",), ("invoice.payment",)])] * 24
    assert set(StripeEvent.objects.values_list("status", "deliveries")) == {("processed", 2)}
    assert not Anomaly.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize("old_shape", [False, True])
def test_D_05_both_shapes_record_the_payment_under_the_same_id_and_at_stripes_time(
    settings: Any, old_shape: bool
) -> None:
    with StripeSimulator() as sim:
        set_up(settings, sim)
        sim.webhook(receive, SECRETS, old_shape=old_shape)
        there = AtStripe.sent(sim)
        sim.customer_pays(there.invoice)
        assert "1 payment recorded" in told(sim)
        intent = sim.objects("payment_intent")[0]
        payment = Payment.objects.get()
        assert (payment.external_id, payment.reference) == (intent["id"], intent["id"])
        paid_at = AuditEntry.objects.get(action="invoice.payment").data["received_at"]
        assert paid_at.startswith(f"{payment.recorded_at:%Y-%m}")
        # What a payment belongs to is asked for only where the event does not say.
        assert len(sim.calls("GET /v1/invoices/{id}")) == (0 if old_shape else 2)
    assert there.state() == PAID


def test_D_05_a_failed_payment_is_told_once_for_each_attempt_with_its_reason(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim, client=ClientFactory.create(language="en"))
    for _ in range(2):
        with pytest.raises(Refused):
            sim.customer_pays(there.invoice, "pm_card_chargeCustomerFail")
        sim.deliver(duplicates=2)
        process()
        sim.deliver()
    assert there.state() == ("open", 0, "open", "Your card was declined.")
    mails = Mail.objects.filter(purpose="payment_failed")
    assert [mail.key.rpartition(":")[0] for mail in mails] == [f"payment_failed:{there.document.pk}"] * 2
    mail = mails.latest("pk")
    assert mail.subject == "Payment of invoice INV-2026-00001 failed"
    assert "119.00 EUR is outstanding.\nThe payment service says: Your card was declined." in mail.body
    assert f"here:\n{sim.address}/pay/{there.invoice}" in mail.body

    sim.customer_pays(there.invoice)
    told(sim)
    assert there.state() == PAID


def test_I_12_amounts_and_currencies_that_differ_are_shown_and_never_taken_over(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim)
    shown = sim.object(there.invoice)
    sim.emit("invoice.finalized", {**shown, "total": 11899})
    sim.emit("invoice.paid", {**shown, "currency": "usd", "amount_paid": 0})
    told(sim)
    assert findings() == ["stripe_total_differs", "stripe_currency_differs"]
    assert Anomaly.objects.earliest("pk").text == "INV-2026-00001 comes to 119.00 EUR, at Stripe to 118.99 EUR."
    assert not Payment.objects.exists()


def test_I_12_paid_twice_paid_elsewhere_and_paid_after_a_void_are_shown(sim: StripeSimulator) -> None:
    twice, elsewhere, void = (AtStripe.sent(sim) for _ in range(3))
    how: Any = {"received_on": now().date(), "by": "petra", "at": now()}
    record_payment(twice.document.pk, 11900, reference="Statement 3", **how)
    void_invoice(void.document.pk, reason="wrong", by="petra", at=now())
    sim.act("POST", f"/v1/invoices/{elsewhere.invoice}/pay", {"paid_out_of_band": True})
    for there in (twice, void):
        sim.customer_pays(there.invoice)
    told(sim)

    assert findings() == ["paid_at_stripe_open_here", "overpaid", "stripe_payment_not_recorded"]
    assert [there.state()[:2] for there in (twice, elsewhere, void)] == [("paid", 23800), ("open", 0), ("void", 0)]
    assert not StripeEvent.objects.filter(status="pending").exists()


def test_I_12_a_void_at_stripe_is_for_a_person_and_hope_given_up_there_is_given_up_here(sim: StripeSimulator) -> None:
    void, ours, given_up, late = (AtStripe.sent(sim) for _ in range(4))
    void_invoice(ours.document.pk, reason="wrong", by="petra", at=now())
    for there, verb in ((void, "void"), (ours, "void"), (given_up, "mark_uncollectible")):
        sim.act("POST", f"/v1/invoices/{there.invoice}/{verb}")
    final = sim.object(late.invoice)
    sim.customer_pays(late.invoice)
    told(sim)
    sim.emit("invoice.finalized", final)
    sim.emit("invoice.marked_uncollectible", {**final, "status": "uncollectible"})
    told(sim)

    assert findings() == ["void_at_stripe", "uncollectible_at_stripe"]
    states = [there.state()[0::2] for there in (void, ours, given_up, late)]
    assert states == [("open", "void"), ("void", "void"), ("uncollectible", "uncollectible"), ("paid", "paid")]
    sim.customer_pays(given_up.invoice)
    told(sim)
    assert given_up.state() == PAID


@pytest.mark.parametrize("old_shape", [False, True])
def test_D_05_refunds_are_rows_below_zero_recorded_once_and_leave_the_document_paid(
    settings: Any, old_shape: bool
) -> None:
    with StripeSimulator() as sim:
        set_up(settings, sim)
        sim.webhook(receive, SECRETS, old_shape=old_shape, types=["charge.refunded", "invoice.paid"])
        there = AtStripe.sent(sim)
        sim.customer_pays(there.invoice)
        refunds = [sim.act("POST", "/v1/refunds", {"charge": there.charge, "amount": cents}) for cents in (900, 1000)]
        sim.deliver("reversed", duplicates=1)
        outcomes = [event.outcome for event in process()]
        charged = sim.emit("charge.refunded", {"id": "ch_other", "object": "charge", "payment_intent": "pi_other"})
        told(sim)
    assert sorted(outcomes) == ["2 refunds recorded", "recorded before", "recorded before"]
    assert there.state() == ("paid", 10000, "paid", "")
    rows = dict(Payment.objects.filter(amount_cents__lt=0).values_list("external_id", "amount_cents"))
    assert rows == {refunds[0]["id"]: -900, refunds[1]["id"]: -1000}
    assert StripeEvent.objects.get(event_id=charged).outcome == "the charge belongs to no invoice"


REFUND = ("refund.created", "charge.refunded", "refund.failed")


def test_D_05_every_order_of_a_refunds_doubled_events_ends_in_one_state(sim: StripeSimulator) -> None:
    """What is told while the refund stands is recorded, and recorded back; what is told later is not recorded."""
    orders: dict[str, tuple[str, ...]] = {}
    documents = [AtStripe.sent(sim) for _ in permutations(REFUND)]
    for there, order in zip(documents, permutations(REFUND), strict=True):
        sim.customer_pays(there.invoice)
        orders[sim.object(there.charge)["payment_intent"]] = order
        sim.act("POST", "/v1/refunds", {"charge": there.charge, "amount": 1900})

    def before_it_fails(events: list[Any]) -> list[Any]:
        return [one for one in in_order(events) if place(one) < orders[intent_of(one)].index("refund.failed")]

    def in_order(events: list[Any]) -> list[Any]:
        return sorted((one for one in events if one["type"] in REFUND), key=lambda one: (intent_of(one), place(one)))

    def intent_of(event: Any) -> str:
        return str(event["data"]["object"]["payment_intent"])

    def place(event: Any) -> int:
        return orders[intent_of(event)].index(event["type"])

    sim.deliver(before_it_fails, duplicates=1)
    process()
    for refund in sim.objects("refund"):
        sim.fail_refund(refund["id"])
    sim.deliver(in_order, duplicates=1)
    process()

    assert [there.state() for there in documents] == [PAID] * 6
    assert findings() == ["stripe_refund_failed"] * 6
    rows = [[one.amount_cents for one in there.document.payments.order_by("pk")] for there in documents]
    assert rows == [[11900] if order[0] == "refund.failed" else [11900, -1900, 1900] for order in orders.values()]
    assert set(StripeEvent.objects.values_list("status", "deliveries")) == {("processed", 2)}


def test_D_05_a_dispute_is_a_row_and_for_a_person_whichever_of_its_events_comes_first(sim: StripeSimulator) -> None:
    won, lost = AtStripe.sent(sim), AtStripe.sent(sim)
    for there, outcome in ((won, "won"), (lost, "lost")):
        sim.customer_pays(there.invoice)
        dispute = sim.dispute(there.charge)
        sim.close_dispute(dispute["id"], outcome)
    sim.deliver("reversed")
    process()
    assert [(one.status, one.closed_at is not None) for one in Dispute.objects.order_by("invoice_id")] == [
        ("won", True), ("lost", True)
    ]  # fmt: skip
    assert findings() == ["dispute", "dispute_lost", "dispute"]
    assert [there.state() for there in (won, lost)] == [PAID] * 2


def test_D_05_credit_notes_that_were_not_made_here_are_shown(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim)
    for metadata in ({}, {"billing_invoice": "our credit note"}):
        note = sim.act("POST", "/v1/credit_notes", {"invoice": there.invoice, "amount": 119, "metadata": metadata})
    sim.act("POST", f"/v1/credit_notes/{note['id']}/void")
    told(sim)
    assert findings() == ["credit_note_at_stripe", "credit_note_void_at_stripe"]
    assert StripeInvoice.objects.get().total_cents == 11900
