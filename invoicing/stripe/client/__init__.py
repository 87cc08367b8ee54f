"""What Stripe is asked: one function for each verb, answering plain dicts.

Whoever changes something passes an idempotency key of a row of ours. All functions raise StripeProblem. None may be
called while a transaction is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from invoicing.stripe.client.calling import Object, answer, pages

Params = Mapping[str, Any]

# customers


def create_customer(params: Params, key: str) -> Object:
    return answer(lambda api, options: api.customers.create(dict(params), options), key)


def update_customer(customer: str, params: Params, key: str) -> Object:
    return answer(lambda api, options: api.customers.update(customer, dict(params), options), key)


def retrieve_customer(customer: str) -> Object:
    """The customer; one that was deleted answers `deleted`."""
    return answer(lambda api, options: api.customers.retrieve(customer, None, options))


def find_customers(*, since: int) -> Iterator[Object]:
    """Customers created since then (Unix seconds), the newest first."""
    return pages(lambda api, page, options: api.customers.list({"created": {"gte": since}} | page, options))


def tax_ids(customer: str) -> list[Object]:
    return list(pages(lambda api, page, options: api.customers.tax_ids.list(customer, page, options)))


def create_tax_id(customer: str, params: Params, key: str) -> Object:
    return answer(lambda api, options: api.customers.tax_ids.create(customer, dict(params), options), key)


def delete_tax_id(customer: str, tax_id: str) -> Object:
    return answer(lambda api, options: api.customers.tax_ids.delete(customer, tax_id, None, options))


def retrieve_payment_method(method: str) -> Object:
    return answer(lambda api, options: api.payment_methods.retrieve(method, None, options))


# invoices


def create_invoice(params: Params, key: str) -> Object:
    return answer(lambda api, options: api.invoices.create(dict(params), options), key)


def add_lines(invoice: str, params: Params, key: str) -> Object:
    """Add lines to a draft, all or none; the invoice with its new sums."""
    return answer(lambda api, options: api.invoices.add_lines(invoice, dict(params), options), key)


def finalise_invoice(invoice: str, params: Params, key: str) -> Object:
    return answer(lambda api, options: api.invoices.finalize_invoice(invoice, dict(params), options), key)


def send_invoice(invoice: str, key: str) -> Object:
    return answer(lambda api, options: api.invoices.send_invoice(invoice, None, options), key)


def pay_invoice(invoice: str, params: Params, key: str) -> Object:
    return answer(lambda api, options: api.invoices.pay(invoice, dict(params), options), key)


def void_invoice(invoice: str, key: str) -> Object:
    return answer(lambda api, options: api.invoices.void_invoice(invoice, None, options), key)


def mark_uncollectible(invoice: str, key: str) -> Object:
    return answer(lambda api, options: api.invoices.mark_uncollectible(invoice, None, options), key)


def delete_draft(invoice: str) -> Object:
    return answer(lambda api, options: api.invoices.delete(invoice, None, options))


def retrieve_invoice(invoice: str, expand: Sequence[str] = ()) -> Object:
    params = {"expand": list(expand)} if expand else None
    return answer(lambda api, options: api.invoices.retrieve(invoice, params, options))


def find_invoices(**filters: Any) -> Iterator[Object]:
    """Invoices by Stripe's own filters (customer, created, status, collection_method), the newest first."""
    return pages(lambda api, page, options: api.invoices.list(filters | page, options))


def invoice_lines(invoice: str) -> list[Object]:
    """All lines, in the order in which Stripe lists them."""
    return list(pages(lambda api, page, options: api.invoices.line_items.list(invoice, page, options)))


def invoice_payments(**filters: Any) -> list[Object]:
    """What was paid on which invoice: by `invoice`, or by `payment={"type": …, "payment_intent": …}`.

    `payment_intent` is short for the latter.
    """
    if intent := filters.pop("payment_intent", None):
        filters["payment"] = {"type": "payment_intent", "payment_intent": intent}
    return list(pages(lambda api, page, options: api.invoice_payments.list(filters | page, options)))


def retrieve_payment_intent(intent: str, expand: Sequence[str] = ()) -> Object:
    params = {"expand": list(expand)} if expand else None
    return answer(lambda api, options: api.payment_intents.retrieve(intent, params, options))


def retrieve_charge(charge: str, expand: Sequence[str] = ()) -> Object:
    params = {"expand": list(expand)} if expand else None
    return answer(lambda api, options: api.charges.retrieve(charge, params, options))


def refunds(charge: str) -> list[Object]:
    """All refunds of a charge, the newest first."""
    return list(pages(lambda api, page, options: api.refunds.list({"charge": charge} | page, options)))


def retrieve_refund(refund: str) -> Object:
    return answer(lambda api, options: api.refunds.retrieve(refund, None, options))


def find_refunds(*, since: int) -> Iterator[Object]:
    """Refunds made since then (Unix seconds), the newest first."""
    return pages(lambda api, page, options: api.refunds.list({"created": {"gte": since}} | page, options))


# credit notes, events


def create_credit_note(params: Params, key: str) -> Object:
    return answer(lambda api, options: api.credit_notes.create(dict(params), options), key)


def credit_notes(invoice: str) -> list[Object]:
    return list(pages(lambda api, page, options: api.credit_notes.list({"invoice": invoice} | page, options)))


def list_events(*, since: int, types: Sequence[str] = ()) -> Iterator[Object]:
    """Events since then (Unix seconds), the newest first; Stripe keeps them for 30 days."""
    wanted = {"created": {"gte": since}} | ({"types": list(types)} if types else {})
    return pages(lambda api, page, options: api.events.list(wanted | page, options))


def retrieve_account() -> Object:
    """The account that the key belongs to."""
    return answer(lambda api, options: api.accounts.retrieve_current(None, options))
