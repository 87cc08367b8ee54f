"""The way of a document to a real test account of Stripe, and back: STRIPE_TEST_KEY names it. Not collected without.

STRIPE_API_BASE sends all of it to a simulator instead (`python -m tests.stripe_simulator --port …`), which shows that
the stories themselves hold. An account cannot call us here: what happened there is fetched by the comparison.
"""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
import stripe
from django.conf import settings
from django.utils import timezone

from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Anomaly, AuditEntry, Discount, Payment, StripeCall, StripeCustomer, StripeInvoice
from invoicing.sending import send_invoices
from invoicing.stripe import client
from invoicing.stripe.emptying import push_due
from invoicing.stripe.reconciliation.running import reconcile
from tests.factories import ClientFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import push, states

pytestmark = [pytest.mark.full, pytest.mark.serial, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def account(settings):
    key = os.environ["STRIPE_TEST_KEY"]
    assert key.startswith(("sk_test_", "rk_test_"))
    base = os.environ.get("STRIPE_API_BASE", "")
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, stripe_secret_key=key, stripe_api_base=base)


def pushed(*items, percent="", until=None):
    """A document of a client that this account has never seen; its numbers are of this run alone.

    `until`: the step before which the push stops.
    """
    now, name = timezone.now(), f"test-{uuid4().hex[:12]}"
    whom = ClientFactory.create(external_id=name, delivery="stripe", email=f"{name}@example.com")
    made = draft(*items, client=whom)
    if percent:
        Discount.objects.create(client=whom, invoice=made, percent=Decimal(percent), reason="Fair")
    issue(made, at=now)
    send_invoices([made.pk], at=now, by="petra")
    if until is None:
        push(now)
        return made
    for call in push_due(at=now):
        following = StripeCall.objects.filter(invoice=made, pk__gt=call.pk).order_by("pk").first()
        if following is not None and following.purpose == until:
            break
    return made


def at_stripe(made):
    return client.retrieve_invoice(StripeInvoice.objects.get(invoice=made).stripe_id)


def test_a_document_with_a_discount_is_finalised_with_our_total_and_mailed():
    made = pushed(10000, percent="10")

    there = at_stripe(made)
    assert (there["status"], there["total"], there["number"]) == ("open", 10710, made.number)
    assert sorted(line["amount"] for line in client.invoice_lines(there["id"])) == [-1000, 10000]
    assert states(made)["send"] == "done"
    assert push(timezone.now()) == []
    void_invoice(made.pk, reason="a test", by="petra", at=timezone.now())
    push(timezone.now())
    assert at_stripe(made)["status"] == "void"
    assert not Anomaly.objects.exists()


def test_a_credit_note_lowers_what_is_due_by_its_total():
    made = pushed(10000, 3333)

    credit_invoice(made.pk, [2], reason="a test", by="petra", at=timezone.now())
    push(timezone.now())

    made.refresh_from_db()
    assert at_stripe(made)["amount_remaining"] == made.open_cents


def test_a_key_that_is_sent_again_makes_no_second_customer():
    name = f"test-{uuid4().hex[:12]}"
    first, second = (client.create_customer({"name": name}, f"customer:{name}:1") for _ in range(2))

    assert first["id"] == second["id"]


def somebody():
    """Stripe's own library, for what people do in the dashboard."""
    base = settings.DEPLOYMENT.stripe_api_base
    return stripe.StripeClient(os.environ["STRIPE_TEST_KEY"], base_addresses={"api": base} if base else {}).v1


@pytest.mark.parametrize(("deleted", "before"), [("customer", "invoice"), ("draft", "finalize")])
def test_what_was_deleted_there_is_made_again(deleted, before):
    made = pushed(10000, until=before)
    if deleted == "draft":
        somebody().invoices.delete(StripeInvoice.objects.get(invoice=made).stripe_id)
    else:
        somebody().customers.delete(StripeCustomer.objects.get(client=made.client).stripe_id)
    push(timezone.now())
    push(timezone.now())

    assert (at_stripe(made)["status"], at_stripe(made)["total"]) == ("open", made.total_cents)
    assert AuditEntry.objects.filter(action="stripe.made_again").exists()
    assert not Anomaly.objects.exists()


def test_a_payment_and_its_refund_are_fetched_and_recorded_once():
    made = pushed(10000)
    there = at_stripe(made)
    card = somebody().payment_methods.attach("pm_card_visa", {"customer": there["customer"]}).id
    somebody().invoices.pay(there["id"], {"payment_method": card})
    intent = client.invoice_payments(invoice=there["id"])[0]["payment"]["payment_intent"]
    somebody().refunds.create({"payment_intent": intent, "amount": 1900})
    for _ in range(2):
        list(reconcile(by="petra", at=timezone.now()))

    made.refresh_from_db()
    assert (made.status, made.paid_cents) == ("paid", 10000)
    assert list(Payment.objects.order_by("pk").values_list("amount_cents", flat=True)) == [11900, -1900]
