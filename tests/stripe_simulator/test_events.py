"""Events: signed for the SDK, repeated until taken, in any order and in both shapes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from tests.stripe_simulator import StripeSimulator

SECRETS = ["whsec_new", "whsec_old"]


class Inbox:
    """A receiver that answers what it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[bytes, str]] = []

    def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.got.append((body, headers["Stripe-Signature"]))
        return self.status

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.got]


def paid(sim: StripeSimulator, client: Any, draft: Any) -> str:
    invoice = draft()
    client.invoices.finalize_invoice(invoice.id)
    sim.customer_pays(invoice.id)
    return str(invoice.id)


def test_an_event_verifies_with_either_secret_and_not_when_it_is_old(sim: StripeSimulator, client: Any) -> None:
    inbox = Inbox()
    sim.webhook(inbox, SECRETS)
    client.customers.create({})
    sim.deliver()
    body, header = inbox.got[0]
    for secret in SECRETS:
        assert stripe.Webhook.construct_event(body, header, secret).type == "customer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")
    client.customers.create({})
    sim.deliver(signed_ago_seconds=400)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(*inbox.got[1], SECRETS[0])
    assert sim.signature(b"x", SECRETS, int(time.time())).count("v1=") == 2


def test_what_is_not_taken_comes_again_for_three_days(sim: StripeSimulator, client: Any) -> None:
    inbox = Inbox()
    inbox.status = 500
    sim.webhook(inbox, SECRETS)
    client.customers.create({})
    assert [done.status for done in sim.deliver()] == [500]
    assert sim.deliver() == []  # not due yet
    assert client.events.list({"delivery_success": True}).data == []
    for _ in range(10):
        sim.advance(hours=12)
        sim.deliver()
    assert len(inbox.got) == 7
    assert len(sim.given_up) == 1
    inbox.status = 200
    client.customers.create({})
    sim.deliver()
    assert [event.pending_webhooks for event in client.events.list().data] == [0, 1]


def test_order_and_duplicates_are_as_wished(sim: StripeSimulator, client: Any, draft: Any) -> None:
    inbox = Inbox()
    wanted = ("invoice.finalized", "invoice.paid", "invoice.payment_succeeded")
    sim.webhook(inbox, SECRETS, types=wanted)
    paid(sim, client, draft)
    done = sim.deliver(lambda events: sorted(events, key=lambda event: wanted.index(event["type"]), reverse=True))
    assert tuple(inbox.types) == wanted[::-1]
    assert [each.status for each in done] == [200] * 3
    paid(sim, client, draft)
    sim.deliver("shuffled", duplicates=3, seed=1, connections=4)
    assert sorted(inbox.types[3:]) == sorted(wanted * 4)
    sim.delay("invoice.paid", hours=1)
    paid(sim, client, draft)
    assert "invoice.paid" not in [each.type for each in sim.deliver("reversed")]
    sim.advance(hours=1)
    assert [each.type for each in sim.deliver()] == ["invoice.paid"]


def test_both_shapes_tell_of_the_same_payment(sim: StripeSimulator, client: Any, draft: Any) -> None:
    inbox = Inbox()
    sim.webhook(inbox, SECRETS, types=["invoice.paid", "charge.succeeded"], old_shape=True)
    invoice = paid(sim, client, draft)
    sim.deliver()
    charge, old = (json.loads(body)["data"]["object"] for body, _ in inbox.got)
    assert (old["paid"], old["charge"], old["tax"], charge["invoice"]) == (True, charge["id"], 1710, invoice)
    assert "payments" not in old
    assert [tax["amount"] for line in old["lines"]["data"] for tax in line["tax_amounts"]] == [-190, 1900]
    new = sim.events("invoice.paid")[0]
    assert new["api_version"] == stripe.api_version
    assert "charge" not in new["data"]["object"]
    assert new["data"]["object"]["total_taxes"][0]["amount"] == 1710


def test_the_list_of_events_has_what_no_endpoint_got(sim: StripeSimulator, client: Any, draft: Any) -> None:
    sim.webhook("http://127.0.0.1:9/nobody", SECRETS)
    invoice = paid(sim, client, draft)
    assert {done.status for done in sim.deliver(types=["invoice.paid"])} == {0}
    assert sim.drop_pending() > 5
    listed = client.events.list({"types": ["invoice.paid", "invoice.finalized"], "limit": 1})
    assert [event.type for event in listed.auto_paging_iter()] == ["invoice.paid", "invoice.finalized"]
    assert client.events.retrieve(listed.data[0].id).data.object["id"] == invoice
    strange = sim.emit("invoice.paid", {"id": "in_other", "object": "invoice"}, account="acct_other")
    assert client.events.retrieve(strange).account == "acct_other"
    sim.advance(days=31)
    assert client.events.list().data == []


def test_the_dashboard_changes_things_without_a_request(sim: StripeSimulator, client: Any, draft: Any) -> None:
    invoice = draft()
    before = len(sim.requests)
    sim.act("POST", f"/v1/invoices/{invoice.id}/finalize", {"auto_advance": False})
    assert sim.act("POST", f"/v1/invoices/{invoice.id}/void")["status"] == "void"
    assert len(sim.requests) == before
    assert sim.events("invoice.voided")[0]["request"]["idempotency_key"] is None
