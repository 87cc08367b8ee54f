"""The client as a customer of Stripe: made once, brought up to date when name, address or VAT id changed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.models import Client
from invoicing.mail.addresses import addresses_of
from invoicing.models import StripeCall, StripeCustomer
from invoicing.stripe import client as stripe
from invoicing.stripe.push.step import Object, Request, Step
from rating.vat_territory import in_union, territory

OUR_CLIENT: Final = "billing_client"  # in the metadata: the id of our client
TAX_IDS: Final = {"CH": "ch_vat", "GB": "gb_vat", "LI": "li_vat", "NO": "no_vat"}
GONE: Final = "gone"  # in place of the hash: the customer was deleted at Stripe
# Clocks differ, and Stripe's second is a whole one.
EARLIER: Final = timedelta(hours=1)


def params_of(client: Client) -> Object:
    """What Stripe is to know of a client."""
    return {
        "name": client.name,
        "email": next(iter(addresses_of(client).to), ""),
        "address": {
            "line1": client.address_line1, "line2": client.address_line2, "postal_code": client.postcode,
            "city": client.city, "country": client.country,
        },
        "preferred_locales": [client.document_language],
        "metadata": {OUR_CLIENT: client.external_id},
    }  # fmt: skip


def tax_id_of(client: Client) -> dict[str, str] | None:
    """The VAT id as Stripe names it; None where there is none, or none of a kind that Stripe is told."""
    if not client.vat_id:
        return None
    if in_union(territory(client.country, client.vat_id), goods=False):
        return {"type": "eu_vat", "value": client.vat_id}
    kind = TAX_IDS.get(client.country)
    return {"type": kind, "value": client.vat_id} if kind else None


def hash_of(client: Client) -> str:
    """By which it is seen whether Stripe knows the client as it is."""
    return hashlib.sha256(json.dumps([params_of(client), tax_id_of(client)], sort_keys=True).encode()).hexdigest()


def prepare(call: StripeCall) -> Request:
    """A new customer, also in place of a deleted one, or what is to be changed.

    `tax_id` and `hash` are taken out again before anything is sent.
    """
    known = StripeCustomer.objects.filter(client=call.client_id).first()
    params = params_of(call.client) | {"tax_id": tax_id_of(call.client), "hash": hash_of(call.client)}
    if known is None or known.sent_hash == GONE:
        return Request("", params)
    return Request(known.stripe_id, params, repeatable=True)


def send(request: Request, key: str) -> Object:
    """Make the customer, or change it and its VAT id; both may be repeated. Answers with the hash of what was sent."""
    params: dict[str, Any] = dict(request.params)
    tax_id, sent = params.pop("tax_id"), {"sent_hash": params.pop("hash")}
    if not request.target:
        return stripe.create_customer(params | ({"tax_id_data": [tax_id]} if tax_id else {}), key) | sent
    answer = stripe.update_customer(request.target, params, key)
    _bring_tax_id_up_to_date(request.target, tax_id, key)
    return answer | sent


def _bring_tax_id_up_to_date(customer: str, wanted: dict[str, str] | None, key: str) -> None:
    there = [one for one in stripe.tax_ids(customer) if one["type"] in ("eu_vat", *TAX_IDS.values())]
    same = [one for one in there if wanted == {"type": one["type"], "value": one["value"]}]
    if wanted and not same:
        stripe.create_tax_id(customer, wanted, f"{key}:tax")
    for one in there:
        if one not in same:
            stripe.delete_tax_id(customer, one["id"])


def find(call: StripeCall, request: Request) -> Object | None:
    """A customer with our client's id, made since the step was queued. One that is known is simply changed again."""
    if request.target:
        return None
    since = int((call.queued_at - EARLIER).timestamp())
    for one in stripe.find_customers(since=since):
        if one["metadata"].get(OUR_CLIENT) == call.client.external_id:
            return one | {"sent_hash": ""}  # as it was sent then: the next document brings it up to date
    return None


def note(call: StripeCall, answer: Object, at: datetime) -> None:
    """Write the customer's id down at once."""
    told = {"stripe_id": answer["id"], "sent_hash": answer["sent_hash"], "updated_at": at}
    StripeCustomer.objects.update_or_create(client_id=call.client_id, defaults=told)


STEP: Final = Step("customer", prepare, send, find, note)
