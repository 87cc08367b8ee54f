"""Documents of clients whom Stripe delivers to, and the outbox to a simulated Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoicing.models import Discount, Invoice, StripeCall
from invoicing.sending import send_invoices
from invoicing.stripe.emptying import push_due
from tests.factories import NOW, ClientFactory
from tests.invoicing.documents import Item, draft, issue
from tests.stripe_simulator import StripeSimulator

__all__ = ["Item", "call", "document", "once", "push", "sim", "states", "there", "until_done"]

KEY = "sk_test_abc123"


@pytest.fixture
def sim(settings: Any) -> Iterator[StripeSimulator]:
    """Stripe, as far as this installation knows. No request may have been one that the real one does not know."""
    with StripeSimulator() as running:
        settings.DEPLOYMENT = replace(settings.DEPLOYMENT, stripe_secret_key=KEY, stripe_api_base=running.address)
        yield running
        assert running.refusals == []


def document(*items: Item | int, discount: str = "", sent: bool = True, **client: Any) -> Any:
    """An issued document (its amounts are there) with its steps to Stripe in the outbox; `discount` in percent."""
    whom = ClientFactory.create(**{"delivery": "stripe", "e_invoice": "none", **client})
    made = draft(*items, client=whom)
    if discount:
        Discount.objects.create(client=whom, invoice=made, percent=Decimal(discount), reason="Fair")
    issue(made)
    if sent:
        send_invoices([made.pk], at=NOW, by="petra")
    return made


def push(at: datetime = NOW) -> list[tuple[str, str]]:
    """Empty the outbox; what was tried and how it ended."""
    return [(one.purpose, one.status) for one in push_due(at=at)]


def calls(made: Invoice) -> dict[str, StripeCall]:
    """The last step of each purpose for a document."""
    return {one.purpose: one for one in StripeCall.objects.filter(invoice=made).order_by("pk")}


def call(made: Invoice, purpose: str) -> StripeCall:
    return calls(made)[purpose]


def states(made: Invoice) -> dict[str, str]:
    return {purpose: one.status for purpose, one in calls(made).items()}


def there(sim: StripeSimulator, made: Invoice) -> dict[str, Any]:
    """The document's only invoice at Stripe."""
    (found,) = [one for one in sim.objects("invoice") if one["metadata"] == {"billing_invoice": made.external_id}]
    return dict(found)


def until_done(at: datetime = NOW) -> None:
    """Empty the outbox again and again, as the schedule does, until nothing is due within the next days."""
    for _ in range(12):
        push(at)
        waiting = StripeCall.objects.filter(status="queued")
        if not waiting.exists():
            return
        at = max(at, waiting.earliest("next_at").next_at) + timedelta(seconds=1)
    raise AssertionError(list(waiting.values("key", "attempts", "last_error")))


def once(sim: StripeSimulator, made: Invoice) -> None:
    """Stripe has everything of the document, and exactly once."""
    found = there(sim, made)
    assert (found["status"], found["total"]) == ("open", made.total_cents)
    assert len(sim.lines(found["id"])) == made.line_count + bool(made.discount_cents)
    assert len(sim.objects("customer", metadata={"billing_client": made.client.external_id})) == 1
    sent = [event for event in sim.events("invoice.sent") if event["data"]["object"]["id"] == found["id"]]
    assert len(sent) == 1
    assert set(states(made).values()) <= {"done", "cancelled"}
