"""What happens to a document while its steps to Stripe wait: nobody is asked for money that is not due any more."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.models import Client
from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.payments import mark_uncollectible, record_payment
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Anomaly, StripeCall, StripeCustomer
from invoicing.parked import dismiss_call
from invoicing.sending import send_invoices
from invoicing.stripe.emptying import RETRY_MINUTES
from invoicing.stripe.planning import STRANGE_CURRENCIES
from rating.money import exponent
from tests.factories import NOW, ClientFactory, later
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import call, document, once, push, sim, states, there
from tests.invoicing.stripe.test_push_faults import FIVE

__all__ = ["sim"]

pytestmark = pytest.mark.django_db

PAY = "POST /v1/invoices/{id}/pay"


def with_saved_method(sim):
    whom = ClientFactory.create(delivery="stripe")
    customer = sim.act("POST", "/v1/customers", {"email": "a@b.example"})["id"]
    StripeCustomer.objects.create(client=whom, stripe_id=customer, sent_hash="old", updated_at=NOW)
    card = sim.act("POST", "/v1/payment_methods/pm_card_visa/attach", {"customer": customer})["id"]
    sim.act("POST", f"/v1/customers/{customer}", {"invoice_settings": {"default_payment_method": card}})
    made = draft(10000, 500, client=whom)
    issue(made)
    send_invoices([made.pk], at=NOW, by="petra")
    return made


def paid_here(made, cents):
    record_payment(made.pk, cents, received_on=date(2026, 1, 16), reference=f"RF{cents}", by="petra", at=NOW)


def parked(sim, made, purpose):
    """Have a step fail until nobody tries it any more."""
    sim.fail_next(FIVE[purpose], how=409, times=len(RETRY_MINUTES) + 1)
    for day in range(len(RETRY_MINUTES) + 1):
        push(later(days=day))
    assert states(made)[purpose] == "parked"


def test_a_saved_method_is_not_charged_for_what_was_paid_credited_or_given_up_before(sim):
    paid, in_part, credited, hopeless = (with_saved_method(sim) for _ in range(4))
    paid_here(paid, paid.total_cents)
    paid_here(in_part, 100)
    credit_invoice(credited.pk, [2], reason="wrong", by="petra", at=NOW)
    mark_uncollectible(hopeless.pk, reason="insolvent", by="petra", at=NOW)
    push()

    assert sim.objects("charge") == []
    assert [states(one)["pay"] for one in (paid, in_part, credited, hopeless)] == ["cancelled"] * 4
    assert [states(one)["send"] for one in (paid, in_part, credited, hopeless)] == [
        "cancelled", "done", "done", "cancelled",
    ]  # fmt: skip
    assert (there(sim, paid)["status"], there(sim, hopeless)["status"]) == ("paid", "uncollectible")
    assert not Anomaly.objects.exists()


@pytest.mark.parametrize("step", [PAY, FIVE["send"]])
def test_a_step_that_was_tried_asks_nobody_for_money_once_the_document_is_cancelled_or_paid(sim, step):
    cancelled, paid = with_saved_method(sim), with_saved_method(sim)
    if step != PAY:
        Client.objects.filter(pk__in=[cancelled.client_id, paid.client_id]).update(name="New")
        for one in sim.objects("customer"):
            sim.act("POST", f"/v1/customers/{one['id']}", {"invoice_settings": {"default_payment_method": ""}})
    sim.fail_next(step, how=409, times=2)
    push()
    void_invoice(cancelled.pk, reason="wrong", by="petra", at=NOW)
    paid_here(paid, paid.total_cents)
    push(later(minutes=2))

    assert (sim.objects("charge"), sim.events("invoice.sent")) == ([], [])
    assert (there(sim, cancelled)["status"], there(sim, paid)["amount_paid_off_stripe"]) == ("void", paid.total_cents)


def test_a_mail_that_cannot_be_sent_keeps_no_document_from_being_void_or_credited_at_stripe(sim):
    parked(sim, cancelled := document(100), "send")
    parked(sim, credited := document(200, 300), "send")
    void_invoice(cancelled.pk, reason="wrong", by="petra", at=NOW)
    credit_invoice(credited.pk, [1], reason="wrong", by="petra", at=NOW)
    push(later(days=30))

    credited.refresh_from_db()
    assert there(sim, cancelled)["status"] == "void"
    assert there(sim, credited)["amount_remaining"] == credited.open_cents


def test_a_credit_note_whose_answer_was_lost_is_found_although_its_invoice_is_settled_by_it(sim):
    made = document(100)
    push()
    credit_invoice(made.pk, reason="wrong", by="petra", at=NOW)
    sim.fail_next("POST /v1/credit_notes", how="drop", after_effect=True)
    push()
    push(later(minutes=2))

    assert call(made.cancelled_by.get(), "credit_note").status == "done"
    assert len(sim.objects("credit_note")) == 1
    assert not Anomaly.objects.exists()


def test_a_document_whose_step_was_dismissed_is_sent_anew_from_that_step_on(sim):
    for purpose in ("invoice", "lines"):
        parked(sim, one := document(100), purpose)
        dismiss_call(call(one, purpose).pk, reason="seen", by="petra", at=NOW)
        send_invoices([one.pk], at=later(days=20), by="petra", again=True)
        push(later(days=20))
        once(sim, one)
    assert StripeCall.objects.filter(invoice=one, purpose="invoice").count() == 1


def test_no_currency_goes_to_stripe_whose_minor_unit_is_another_one_there():
    without_minor_unit = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"  # in Stripe's documentation
    differing = {code for code in without_minor_unit.split() if exponent(code)} | {"ISK", "UGX"}
    assert differing == set(STRANGE_CURRENCIES)
