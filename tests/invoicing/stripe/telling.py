"""Documents that are at the simulated Stripe, and events of it that reach our webhook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from contracts.models import Client
from invoicing.models import Invoice, StripeEvent, StripeInvoice
from invoicing.stripe.matching import OURS
from invoicing.stripe.processing import process_due
from tests.invoicing.documents import draft, issue
from tests.stripe_simulator import StripeSimulator

SECRETS = ("whsec_current", "whsec_former")
ADDRESS = "/webhooks/stripe/"
EVENT = {
    "id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1768550400, "livemode": False,
    "api_version": "2026-10-28.endive", "data": {"object": {"id": "in_1", "object": "invoice"}},
}  # fmt: skip


def set_up(settings: Any, sim: StripeSimulator | None = None, **changes: Any) -> None:
    """Have the product talk to that Stripe, and know its signatures; `settings` is pytest-django's fixture."""
    known = {"stripe_secret_key": "sk_test_1", "stripe_webhook_secrets": SECRETS}
    known |= {"stripe_api_base": sim.address} if sim else {}
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, **{**known, **changes})


def post(body: bytes, header: str) -> Any:
    """Deliver a body as Stripe does."""
    headers = {"Stripe-Signature": header} if header else {}
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    return browser.post(ADDRESS, body, content_type="application/json", headers=headers)


def receive(body: bytes, headers: dict[str, str]) -> int:
    """Our webhook as an endpoint of the simulator."""
    return int(post(body, headers["Stripe-Signature"]).status_code)


def signed(body: bytes, *, secrets: Sequence[str] = SECRETS[:1], at: int | None = None) -> Any:
    """Deliver a body of one's own, signed."""
    from tests.stripe_simulator.webhooks import signature

    return post(body, signature(body, secrets, at))


def event_body(**changes: Any) -> bytes:
    """An event of one's own."""
    return json.dumps({**EVENT, **changes}).encode()


def process(**later: float) -> list[StripeEvent]:
    """Process what is due now, or so much later."""
    return list(process_due(at=now(**later)))


def now(**later: float) -> datetime:
    """Stripe's clock is the real one."""
    return timezone.now() + timedelta(**later)


@dataclass
class AtStripe:
    """A document of ours, and its invoice there."""

    sim: StripeSimulator
    document: Invoice
    invoice: str

    @classmethod
    def sent(
        cls, sim: StripeSimulator, cents: int = 10000, *, client: Client | None = None, known: bool = True
    ) -> AtStripe:
        """Issue a document of so much net at 19 % and finalise it there. `known`: its id there is stored here."""
        document = draft(cents, client=client)
        issue(document)
        customer = sim.act("POST", "/v1/customers", {"email": "office@client.example"})["id"]
        given = {
            "customer": customer, "collection_method": "send_invoice", "days_until_due": 14, "auto_advance": False,
            "number": document.number, "currency": "eur", "metadata": {OURS: document.external_id},
        }  # fmt: skip
        invoice = sim.act("POST", "/v1/invoices", given)["id"]
        rate = {"display_name": "USt", "percentage": 19.0, "inclusive": False, "country": "DE"}
        tax = {"amount": document.tax_cents, "taxable_amount": cents, "tax_rate_data": rate}
        sim.act("POST", f"/v1/invoices/{invoice}/add_lines", {"lines": [{"amount": cents, "tax_amounts": [tax]}]})
        sim.act("POST", f"/v1/invoices/{invoice}/finalize")
        there = cls(sim, document, invoice)
        if known:
            there.become_known()
        return there

    def become_known(self) -> None:
        StripeInvoice.objects.create(
            invoice=self.document, stripe_id=self.invoice, status="draft", seen_at=timezone.now()
        )

    @property
    def charge(self) -> str:
        return str(self.sim.objects("charge", status="succeeded")[-1]["id"])

    def state(self) -> tuple[str, int, str, str]:
        """(status here, paid in minor units, status there as known here, why the last payment failed)."""
        self.document.refresh_from_db()
        there = StripeInvoice.objects.get(invoice=self.document)
        return self.document.status, self.document.paid_cents, there.status, there.last_failure
