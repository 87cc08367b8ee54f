"""The way of a document to a real test account of Stripe: STRIPE_TEST_KEY names it. Not collected without."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Anomaly, Discount, StripeInvoice
from invoicing.sending import send_invoices
from invoicing.stripe import client
from tests.factories import ClientFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import push, states

pytestmark = [pytest.mark.full, pytest.mark.serial, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def account(settings):
    key = os.environ["STRIPE_TEST_KEY"]
    assert key.startswith(("sk_test_", "rk_test_"))
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, stripe_secret_key=key, stripe_api_base="")


def pushed(*items, percent=""):
    """A document of a client that this account has never seen; its numbers are of this run alone."""
    now, name = timezone.now(), f"test-{uuid4().hex[:12]}"
    whom = ClientFactory.create(external_id=name, delivery="stripe", email=f"{name}@example.com")
    made = draft(*items, client=whom)
    if percent:
        Discount.objects.create(client=whom, invoice=made, percent=Decimal(percent), reason="Fair")
    issue(made, at=now)
    send_invoices([made.pk], at=now, by="petra")
    push(now)
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
