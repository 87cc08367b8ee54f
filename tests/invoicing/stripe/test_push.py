"""Documents go to Stripe: with our number, our lines and our tax, and to the cent (D-04)."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_project.queues import SCHEDULE
from contracts.models import Client
from invoicing import tasks
from invoicing.lifecycle.credit import credit_invoice
from invoicing.models import Anomaly, Heartbeat, StripeCall, StripeCustomer, StripeInvoice
from invoicing.sending import plan_sending, send_invoices
from tests.factories import NOW, ClientFactory, configure, later
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import Item, call, document, once, push, sim, states, there, until_done

__all__ = ["sim"]

pytestmark = pytest.mark.django_db


def outcome(made, **options):
    (one,) = plan_sending([made.pk], at=NOW, by="petra", **options)
    return one.outcome, one.reason


def test_a_document_is_made_finalised_and_mailed_by_stripe_with_our_number_lines_tax_and_due_date(sim):
    made = document(10000, Item(2500, goods=True), vat_id="DE136695976", email="office@acme.example")
    assert outcome(made) == ("sent_before", "it is on its way already")

    steps = ("customer", "invoice", "lines", "finalize", "pay", "send")
    assert push() == [(name, "cancelled" if name == "pay" else "done") for name in steps]

    once(sim, made)
    found = there(sim, made)
    assert (found["number"], found["collection_method"], found["currency"]) == (made.number, "send_invoice", "eur")
    assert (found["due_date"] - found["created"]) // 86400 == (made.due_on - made.issue_on).days
    assert [(one["description"], one["amount"], one["taxes"][0]["amount"]) for one in sim.lines(found["id"])][::-1] == [
        ("Rack at 10000", 10000, 1900), ("Rack at 2500", 2500, 475),
    ]  # fmt: skip
    (customer,) = sim.objects("customer")
    assert (customer["email"], customer["preferred_locales"], customer["address"]["postal_code"]) == (
        "office@acme.example", ["de"], "10115",
    )  # fmt: skip
    assert [(one["type"], one["value"]) for one in sim.objects("tax_id")] == [("eu_vat", "DE136695976")]
    known = StripeInvoice.objects.get(invoice=made)
    assert (known.stripe_id, known.status, known.total_cents, known.hosted_url) == (
        found["id"], "open", made.total_cents, found["hosted_invoice_url"],
    )  # fmt: skip
    assert {seen.version for seen in sim.requests} == {"2026-10-28.endive"}
    assert call(made, "pay").last_error.startswith("no saved payment method")
    assert outcome(made) == ("sent_before", "it was sent on 2026-01-16")
    assert push(later(days=1)) == []

    send_invoices([made.pk], at=later(days=2), by="petra", again=True)
    assert push(later(days=2)) == [("send", "done")]
    assert len(sim.events("invoice.sent")) == 2


def test_a_client_is_one_customer_and_changes_of_it_are_told_with_its_next_document(sim):
    made = document(10000, external_id="acme", vat_id="DE136695976")
    push()
    whom = Client.objects.get(pk=made.client_id)
    whom.name, whom.vat_id, whom.language = "Acme AG", "DE811569869", "en"
    whom.save()
    second = draft(500, client=whom, collects="2026-02")
    issue(second)
    send_invoices([second.pk], at=NOW, by="petra")

    assert push()[0] == ("customer", "done")

    (customer,) = sim.objects("customer")
    assert (customer["name"], customer["preferred_locales"]) == ("Acme AG", ["en"])
    assert [one["value"] for one in sim.objects("tax_id")] == ["DE811569869"]
    assert there(sim, second)["customer"] == customer["id"]


def test_D_04_a_discount_of_10_percent_on_10000_at_19_percent_comes_to_10710_at_stripe(sim):
    made = document(10000, discount="10")
    push()

    found = there(sim, made)
    assert (found["status"], found["total"], made.total_cents) == ("open", 10710, 10710)
    assert [(one["description"], one["amount"]) for one in sim.lines(found["id"])] == [
        ("Rabatt: Fair", -1000), ("Rack at 10000", 10000),
    ]  # fmt: skip


def totals_are_equal(sim, settings, *, documents):
    configure(settings, reduced_tax_rates=(Decimal(7),))
    dice = random.Random(8)  # noqa: S311 - the same documents in each run
    made = []
    for _ in range(documents):
        rates = dice.choices([None, Decimal(7), Decimal(0)], k=dice.randint(1, 9))
        items = [Item(dice.randint(1, 9999), rate, dice.random() < 0.3) for rate in rates]
        discount = dice.choice(["", "", "3", "12.5", "33.333", "99"])
        made.append(document(Item(200), *items, discount=discount))
    until_done()
    at_stripe = {one["metadata"]["billing_invoice"]: one for one in sim.objects("invoice")}
    for one in made:
        found = at_stripe[one.external_id]
        assert (found["status"], found["total"], found["amount_due"]) == ("open", one.total_cents, one.total_cents)
    assert not Anomaly.objects.exists()


def test_I_08_stripe_comes_to_our_total_to_the_cent(sim, settings):
    totals_are_equal(sim, settings, documents=15)


@pytest.mark.full
def test_I_08_stripe_comes_to_our_total_to_the_cent_500_times(sim, settings):
    totals_are_equal(sim, settings, documents=500)


def test_what_is_not_for_stripe_says_why_and_nothing_is_tried(sim, settings):
    paid = document(0, sent=False)
    credited = document(10000, 500, sent=False)
    assert outcome(paid) == ("left", "nothing is to be paid, so Stripe does not get it")
    credit_invoice(credited.pk, [2], reason="wrong", by="petra", at=NOW)
    assert outcome(credited)[1] == "a part of it is paid or credited, and Stripe would ask for all of it"
    note = credited.cancelled_by.get()
    assert outcome(note) == ("left", f"Stripe is told of it where {credited} is there")
    nowhere = document(10000, sent=False, email="", external_id="acme")
    assert outcome(nowhere) == ("parked", "client acme has no e-mail address")
    settings.DEPLOYMENT = type(settings.DEPLOYMENT)()

    without = document(10000)

    assert outcome(without) == ("parked", "Stripe is not set up: set STRIPE_SECRET_KEY")
    assert set(StripeCall.objects.values_list("purpose", "status")) == {("ready", "parked")}
    assert sim.requests == []


def test_D_04_a_saved_payment_method_is_charged_and_where_it_is_declined_the_document_is_sent(sim):
    whom = ClientFactory.create(delivery="stripe")
    customer = sim.act("POST", "/v1/customers", {"email": "a@b.example"})["id"]
    StripeCustomer.objects.create(client=whom, stripe_id=customer, sent_hash="old", updated_at=NOW)
    card = sim.act("POST", "/v1/payment_methods/pm_card_visa/attach", {"customer": customer})["id"]
    settings_of = {"invoice_settings": {"default_payment_method": card}}
    sim.act("POST", f"/v1/customers/{customer}", settings_of)
    made = []
    for month, declines in (("2026-01", None), ("2026-02", "insufficient_funds")):
        sim.decline_card(card, declines)
        made.append(draft(10000, client=whom, collects=month))
        issue(made[-1])
        send_invoices([made[-1].pk], at=NOW, by="petra")
        push()

    charged, declined = made
    assert there(sim, charged)["status"] == "paid"
    assert (states(charged)["pay"], states(charged)["send"]) == ("done", "cancelled")
    assert there(sim, declined)["status"] == "open"
    assert (states(declined)["pay"], states(declined)["send"]) == ("done", "done")
    assert call(declined, "pay").last_error == "Your card has insufficient funds."
    assert StripeInvoice.objects.get(invoice=declined).last_failure == "Your card has insufficient funds."


def test_the_outbox_is_emptied_by_a_message_after_the_commit_or_by_the_schedule(sim, settings, monkeypatch):
    asked = []
    monkeypatch.setattr("invoicing.stripe.outbox.send_on_commit", lambda task, **_: asked.append(task.name))
    made = document(10000)
    assert asked == [SCHEDULE["push to Stripe"]["task"]] == [tasks.push_to_stripe.name]

    configure(settings, ticket_billing_enabled=False)
    tasks.push_to_stripe()
    assert sim.requests == []
    configure(settings, ticket_billing_enabled=True)
    tasks.push_to_stripe()

    once(sim, made)
    assert Heartbeat.objects.filter(pk="stripe calls").exists()


def test_sending_many_by_stripe_asks_the_database_as_often_as_sending_one(sim, monkeypatch):
    monkeypatch.setattr("invoicing.stripe.outbox.ask_for_push", lambda: None)
    counts = []
    for many in (1, 4):
        documents = [document(1000, sent=False) for _ in range(many)]
        with CaptureQueriesContext(connection) as queries:
            send_invoices([one.pk for one in documents], at=NOW, by="petra")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_documents_without_tax_say_why_at_stripe_too(sim):
    reasons = {"E": "product_exempt", "AE": "reverse_charge", "O": "not_subject_to_tax", "G": "zero_rated"}
    made = {
        category: document(10000, country="CH", tax_category=category, tax_reason=f"Because of {category}")
        for category in reasons
    }
    push()

    for category, one in made.items():
        found = there(sim, one)
        (line,) = sim.lines(found["id"])
        assert (found["status"], found["total"], found["footer"]) == ("open", 10000, f"Because of {category}")
        assert (line["taxes"][0]["amount"], line["taxes"][0]["taxability_reason"]) == (0, reasons[category])
