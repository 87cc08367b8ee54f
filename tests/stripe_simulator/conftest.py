"""A simulator and the real SDK pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from tests.stripe_simulator import StripeSimulator


@pytest.fixture
def sim() -> Iterator[StripeSimulator]:
    with StripeSimulator() as running:
        yield running


@pytest.fixture
def client(sim: StripeSimulator) -> Any:
    return client_of(sim)


def client_of(sim: StripeSimulator, *, timeout_seconds: float = 5, retries: int = 0) -> Any:
    """The SDK as a product would set it up; `retries` are its own."""
    http = stripe.RequestsClient(timeout=timeout_seconds)
    return stripe.StripeClient(
        "sk_test_1", base_addresses={"api": sim.address}, http_client=http, max_network_retries=retries
    ).v1


@pytest.fixture
def draft(client: Any) -> Callable[..., Any]:
    """Make a draft of 10000 less 1000 at 19 %, 14 days; further fields by name."""

    def make(**fields: Any) -> Any:
        customer = client.customers.create({"name": "Alpenglas GmbH", "email": "buero@alpenglas.example"})
        due = {} if fields.get("collection_method") == "charge_automatically" else {"days_until_due": 14}
        given = {"customer": customer.id, "collection_method": "send_invoice", "number": "R-1"} | due | fields
        invoice = client.invoices.create(given)
        lines = [
            {"amount": 10000, "tax_amounts": [vat(1900, 10000)]},
            {"amount": -1000, "tax_amounts": [vat(-190, -1000)]},
        ]
        return client.invoices.add_lines(invoice.id, {"lines": lines})

    return make


def vat(amount: int, taxable: int) -> dict[str, Any]:
    """Tax of a line as an amount, in minor units."""
    rate = {"display_name": "USt", "percentage": 19.0, "inclusive": False, "country": "DE"}
    return {"amount": amount, "taxable_amount": taxable, "tax_rate_data": rate}
