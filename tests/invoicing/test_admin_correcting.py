"""Issued documents are paid, cancelled and credited on their pages, after what it comes to was seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from invoicing.models import Claim, Invoice, Payment, StripeCall, StripeEvent, StripeInvoice, VatCheck
from tests.desk import said
from tests.factories import NOW, ClientFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.pages import WHY, answered, hidden, page_of, shown, verb
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db

PAID = {"way": "payment", "received_on": "2026-01-20", "method": "transfer", "reference": "R 1", "reason": ""}


def issued(*items, **client):
    document = draft(*items, client=ClientFactory.create(**client))
    issue(document)
    return document


def test_a_document_is_cancelled_after_its_cancellation_was_seen():
    one, browser = issued(1000), signed_in("approver")

    asked = browser.get(verb(one, "void_this"))
    assert "Cancel INV-" in shown(asked)
    assert "-11.90 EUR" in shown(asked)
    assert "1 billed unit is given back." in shown(asked)
    assert "changed meanwhile" in shown(browser.post(verb(one, "void_this"), {**WHY, "then": "bill", "seen": "x"}))
    done = answered(browser, verb(one, "void_this"), then="waive")

    one.refresh_from_db()
    second = Invoice.objects.get(cancels=one)
    assert (one.status, said(done)[-1]) == ("void", f"{one} is cancelled by {second.number}.")
    page = shown(browser.get(page_of(one)))
    assert str(second) in page
    assert f"cancelled it by {second.number}; the work: waived" in page
    assert "Takes back" in shown(browser.get(page_of(second)))
    assert said(browser.get(verb(one, "void_this")))[-1] == f"Nothing was done: {one} is void."
    assert signed_in("clerk").get(verb(issued(1000), "void_this")).status_code == 403


def test_lines_are_credited_only_as_they_were_shown():
    one, browser = issued(1000, 2000, 4000), signed_in("approver")
    address, chosen = verb(one, "credit_this"), {**WHY, "then": "bill", "line": ["1"], "positions": "3-9"}

    preview = browser.post(address, {**chosen, **hidden(browser.get(address))})
    assert "Credit 59.50 EUR" in shown(preview)
    assert "2 billed units are given back." in shown(preview)
    assert not Invoice.objects.filter(cancels=one).exists()
    other = browser.post(address, {**chosen, **hidden(preview), "goodwill": "on"})
    assert "No work is given back." in shown(other)
    done = browser.post(address, {**chosen, **hidden(preview)})

    note = Invoice.objects.get(cancels=one)
    assert said(done)[-1] == f"Credit note {note.number} takes back 59.50 EUR."
    assert Claim.objects.filter(released_to=note).count() == 2
    assert "line 1 of document" in shown(browser.post(address, {**chosen, "positions": ""}))
    assert "Write positions as 3, 7-12." in shown(browser.post(address, {**chosen, "positions": "all"}))
    assert said(browser.get(verb(one, "void_this")))[-1].startswith("Nothing was done")  # credited in part


def test_payments_add_up_are_recorded_once_and_go_back_with_a_reason():
    one, browser = issued(10000), signed_in("clerk", username="carl")
    address = verb(one, "pay_this")
    asked = browser.get(address)
    assert 'value="119.00"' in shown(asked)

    for _ in range(2):
        done = browser.post(address, {**PAID, **hidden(asked), "amount": "100.00", "confirmed": "yes"})
    assert said(done)[0] == "100.00 EUR recorded, left to pay: 19.00 EUR"
    assert "recorded on" in shown(answered(browser, address, **PAID, amount="100.00", more="on"))
    too_much = {**PAID, "reference": "R 2", "amount": "20.00"}
    assert "Only 19.00 EUR is left to pay." in shown(answered(browser, address, **too_much))
    answered(browser, address, **too_much, more="on")
    one.refresh_from_db()
    assert (one.status, one.open_cents) == ("paid", -100)
    back = {**PAID, "way": "refund", "reference": "back"}
    assert "Say why the money went back." in shown(answered(browser, address, **back, amount="1.00"))
    answered(browser, address, **{**back, "reason": "overpaid"}, amount="1.00")

    one.refresh_from_db()
    assert (one.open_cents, Payment.objects.count()) == (0, 3)
    page = shown(browser.get(page_of(one)))
    assert "recorded a refund of 1.00 EUR (back)" in page
    assert "overpaid" in page
    listed = browser.get(reverse("admin:invoicing_payment_changelist"), {"month": "2026-01"})
    assert len(listed.context["cl"].result_list) == 3
    assert "-1.00 EUR" in shown(listed)


def test_hope_is_given_up_with_a_reason_and_the_page_shows_what_stripe_said():
    one, browser = issued(1000, delivery="stripe"), signed_in("approver")
    at = datetime(2026, 1, 17, 9, tzinfo=UTC)
    StripeInvoice.objects.create(
        invoice=one, stripe_id="in_1", status="open", total_cents=1000, hosted_url="https://pay.example/in_1",
        last_failure="card declined", seen_at=at,
    )  # fmt: skip
    StripeCall.objects.create(
        key="k", purpose="finalize", client=one.client, invoice=one, queued_at=at, queued_by="x", next_at=at
    )
    StripeEvent.objects.create(
        event_id="evt_1", event_type="invoice.payment_failed", payload=b"{}", received_at=at, next_at=at, invoice=one
    )

    answered(browser, verb(one, "give_up_this"))

    one.refresh_from_db()
    assert one.status == "uncollectible"
    page = shown(browser.get(page_of(one)))
    for told in ("card declined", "https://pay.example/in_1", "invoice.payment_failed", "Finalise",
                 "The total at Stripe is not the total of this document.", "gave up the payment"):  # fmt: skip
        assert told in page, told


def test_answers_of_the_vat_register_are_listed():
    VatCheck.objects.create(vat_id="ATU12345675", asked_at=NOW, outcome="valid", name="Muster <b>")

    page = signed_in("viewer").get(reverse("admin:invoicing_vatcheck_changelist")).content.decode()

    assert "ATU12345675" in page
    assert "Muster &lt;b&gt;" in page
