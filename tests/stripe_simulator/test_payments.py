"""Cards, debits, refunds and disputes."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe_simulator import Refused, StripeSimulator


def with_card(client: Any, draft: Any, card: str = "pm_card_visa") -> tuple[Any, str]:
    """A final invoice that is charged automatically, and the saved method."""
    invoice = draft(collection_method="charge_automatically")
    method = client.payment_methods.attach(card, {"customer": invoice.customer}).id
    client.customers.update(invoice.customer, {"invoice_settings": {"default_payment_method": method}})
    client.invoices.finalize_invoice(invoice.id)
    return invoice, method


def test_a_saved_card_pays_and_the_payment_leads_to_its_charge(sim: StripeSimulator, client: Any, draft: Any) -> None:
    invoice, _ = with_card(client, draft)
    paid = client.invoices.pay(invoice.id, {"expand": ["payments.data.payment.payment_intent"]})
    assert (paid.status, paid.amount_paid, paid.attempt_count) == ("paid", 10710, 1)
    intent = paid.payments.data[0].payment.payment_intent
    charge = client.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.amount) == ("succeeded", 10710)
    assert "invoice" not in charge.to_dict()
    wanted = {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    assert client.invoice_payments.list(wanted).data[0].invoice == invoice.id
    told = [event["type"] for event in sim.events()]
    assert told[-4:] == ["invoice.updated", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"]
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.invoices.pay(invoice.id)


def test_a_declined_card_is_told_with_its_reason_and_can_work_later(
    sim: StripeSimulator, client: Any, draft: Any
) -> None:
    invoice, method = with_card(client, draft)
    sim.decline_card(method, "insufficient_funds")
    with pytest.raises(stripe.CardError) as caught:
        client.invoices.pay(invoice.id)
    assert caught.value.code == "card_declined"
    assert caught.value.error is not None
    assert caught.value.error.decline_code == "insufficient_funds"
    intent = sim.objects("payment_intent")[0]
    assert intent["last_payment_error"]["decline_code"] == "insufficient_funds"
    assert sim.events("invoice.payment_failed")[0]["data"]["object"]["status"] == "open"
    sim.decline_card(method, None)
    assert client.invoices.pay(invoice.id).attempt_count == 2


def test_cards_that_cannot_be_attached_and_customers_without_one_are_refused(client: Any, draft: Any) -> None:
    invoice = draft()
    with pytest.raises(stripe.CardError) as caught:
        client.payment_methods.attach("pm_card_chargeDeclinedExpiredCard", {"customer": invoice.customer})
    assert caught.value.code == "expired_card"
    with pytest.raises(stripe.InvalidRequestError) as none:
        client.invoices.pay(invoice.id)
    assert none.value.code == "resource_missing"
    elsewhere = client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError):
        client.invoices.update(invoice.id, {"default_payment_method": elsewhere.id})


def test_a_debit_takes_days_and_may_come_back(sim: StripeSimulator, client: Any, draft: Any) -> None:
    for iban, state in (("DE89370400440532013000", "paid"), ("DE62370400440532013001", "open")):
        invoice = draft()
        given = {
            "type": "sepa_debit",
            "sepa_debit": {"iban": iban},
            "billing_details": {"name": "A", "email": "a@b.de"},
        }
        method = client.payment_methods.create(given)
        client.payment_methods.attach(method.id, {"customer": invoice.customer})
        client.invoices.finalize_invoice(invoice.id)
        assert client.invoices.pay(invoice.id, {"payment_method": method.id}).status == "open"
        sim.advance(days=4)
        assert client.invoices.retrieve(invoice.id).status == state
    assert len(sim.events("charge.pending")) == 2
    assert len(sim.events("charge.failed")) == 1


def test_paid_elsewhere_leaves_no_payment_behind(client: Any, draft: Any) -> None:
    invoice = draft()
    paid = client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.attempted, paid.amount_paid) == ("paid", False, 10710)
    assert client.invoice_payments.list({"invoice": invoice.id, "status": "open"}).data == []


def test_refunds_and_disputes_follow_the_charge(sim: StripeSimulator, client: Any, draft: Any) -> None:
    invoice = draft()
    client.invoices.finalize_invoice(invoice.id)
    with pytest.raises(Refused, match="declined"):
        sim.customer_pays(invoice.id, "pm_card_chargeCustomerFail")
    sim.customer_pays(invoice.id)
    charge = sim.objects("charge", status="succeeded")[0]["id"]
    client.refunds.create({"charge": charge, "amount": 710})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.refunds.create({"charge": charge, "amount": 10001})
    note = client.credit_notes.create({"invoice": invoice.id, "amount": 1000, "refund_amount": 1000})
    assert client.charges.retrieve(charge).amount_refunded == 1710
    assert (note.post_payment_amount, len(note.refunds)) == (1000, 1)
    dispute = sim.dispute(charge)
    sim.close_dispute(dispute["id"], "lost")
    assert client.disputes.retrieve(dispute["id"]).status == "lost"
    kinds = ("charge.refunded", "charge.dispute.created", "charge.dispute.closed")
    assert [len(sim.events(kind)) for kind in kinds] == [2, 1, 1]


def test_time_finalises_what_may_advance_and_tells_what_is_overdue(
    sim: StripeSimulator, client: Any, draft: Any
) -> None:
    waiting, advancing = draft(), draft(auto_advance=True)
    sim.advance(hours=2)
    assert [client.invoices.retrieve(each.id).status for each in (waiting, advancing)] == ["draft", "open"]
    sim.advance(days=15)
    sim.advance(days=1)
    assert [event["data"]["object"]["id"] for event in sim.events("invoice.overdue")] == [advancing.id]
