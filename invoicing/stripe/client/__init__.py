"""Talk to Stripe: the only module that imports its library. One function for each verb, answering plain dicts.

Whoever changes something passes an idempotency key of a row of ours. All functions raise StripeProblem. None may be
called while a transaction is open.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import stripe
from django.conf import settings

from invoicing.stripe import problems
from invoicing.stripe.problems import BadSignature, NotSetUp, StripeProblem

__all__ = ["BadSignature", "NotSetUp", "StripeProblem"]  # what is raised, besides the functions below

API_VERSION: Final = "2026-10-28.endive"  # the shape of what is sent and answered, whatever the account's own is
CONNECT_SECONDS, READ_SECONDS = 3.0, 20.0
PAGE = 100

Object = dict[str, Any]
Params = Mapping[str, Any]


def is_set_up() -> bool:
    """Whether there is a key to talk with."""
    return bool(settings.DEPLOYMENT.stripe_secret_key)


# customers


def create_customer(params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.customers.create(dict(params), options), key)


def update_customer(customer: str, params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.customers.update(customer, dict(params), options), key)


def retrieve_customer(customer: str) -> Object:
    """The customer; one that was deleted answers `deleted`."""
    return _answer(lambda api, options: api.customers.retrieve(customer, None, options))


def find_customers(*, since: int) -> Iterator[Object]:
    """Customers created since then (Unix seconds), the newest first."""
    return _pages(lambda api, page, options: api.customers.list({"created": {"gte": since}} | page, options))


def tax_ids(customer: str) -> list[Object]:
    return list(_pages(lambda api, page, options: api.customers.tax_ids.list(customer, page, options)))


def create_tax_id(customer: str, params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.customers.tax_ids.create(customer, dict(params), options), key)


def delete_tax_id(customer: str, tax_id: str) -> Object:
    return _answer(lambda api, options: api.customers.tax_ids.delete(customer, tax_id, None, options))


def retrieve_payment_method(method: str) -> Object:
    return _answer(lambda api, options: api.payment_methods.retrieve(method, None, options))


# invoices


def create_invoice(params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.invoices.create(dict(params), options), key)


def add_lines(invoice: str, params: Params, key: str) -> Object:
    """Add lines to a draft, all or none; the invoice with its new sums."""
    return _answer(lambda api, options: api.invoices.add_lines(invoice, dict(params), options), key)


def finalise_invoice(invoice: str, params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.invoices.finalize_invoice(invoice, dict(params), options), key)


def send_invoice(invoice: str, key: str) -> Object:
    return _answer(lambda api, options: api.invoices.send_invoice(invoice, None, options), key)


def pay_invoice(invoice: str, params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.invoices.pay(invoice, dict(params), options), key)


def void_invoice(invoice: str, key: str) -> Object:
    return _answer(lambda api, options: api.invoices.void_invoice(invoice, None, options), key)


def mark_uncollectible(invoice: str, key: str) -> Object:
    return _answer(lambda api, options: api.invoices.mark_uncollectible(invoice, None, options), key)


def delete_draft(invoice: str) -> Object:
    return _answer(lambda api, options: api.invoices.delete(invoice, None, options))


def retrieve_invoice(invoice: str, expand: Sequence[str] = ()) -> Object:
    params = {"expand": list(expand)} if expand else None
    return _answer(lambda api, options: api.invoices.retrieve(invoice, params, options))


def find_invoices(**filters: Any) -> Iterator[Object]:
    """Invoices by Stripe's own filters (customer, created, status, collection_method), the newest first."""
    return _pages(lambda api, page, options: api.invoices.list(filters | page, options))


def invoice_lines(invoice: str) -> list[Object]:
    """All lines, in the order in which Stripe lists them."""
    return list(_pages(lambda api, page, options: api.invoices.line_items.list(invoice, page, options)))


def invoice_payments(**filters: Any) -> list[Object]:
    """What was paid on which invoice: by `invoice`, or by `payment={"type": …, "payment_intent": …}`.

    `payment_intent` is short for the latter.
    """
    if intent := filters.pop("payment_intent", None):
        filters["payment"] = {"type": "payment_intent", "payment_intent": intent}
    return list(_pages(lambda api, page, options: api.invoice_payments.list(filters | page, options)))


def retrieve_payment_intent(intent: str, expand: Sequence[str] = ()) -> Object:
    params = {"expand": list(expand)} if expand else None
    return _answer(lambda api, options: api.payment_intents.retrieve(intent, params, options))


def retrieve_charge(charge: str, expand: Sequence[str] = ()) -> Object:
    params = {"expand": list(expand)} if expand else None
    return _answer(lambda api, options: api.charges.retrieve(charge, params, options))


def refunds(charge: str) -> list[Object]:
    """All refunds of a charge, the newest first."""
    return list(_pages(lambda api, page, options: api.refunds.list({"charge": charge} | page, options)))


def find_refunds(*, since: int) -> Iterator[Object]:
    """Refunds made since then (Unix seconds), the newest first."""
    return _pages(lambda api, page, options: api.refunds.list({"created": {"gte": since}} | page, options))


# credit notes, events


def create_credit_note(params: Params, key: str) -> Object:
    return _answer(lambda api, options: api.credit_notes.create(dict(params), options), key)


def credit_notes(invoice: str) -> list[Object]:
    return list(_pages(lambda api, page, options: api.credit_notes.list({"invoice": invoice} | page, options)))


def list_events(*, since: int, types: Sequence[str] = ()) -> Iterator[Object]:
    """Events since then (Unix seconds), the newest first; Stripe keeps them for 30 days."""
    wanted = {"created": {"gte": since}} | ({"types": list(types)} if types else {})
    return _pages(lambda api, page, options: api.events.list(wanted | page, options))


def retrieve_account() -> Object:
    """The account that the key belongs to."""
    return _answer(lambda api, options: api.accounts.retrieve_current(None, options))


def verify_signature(payload: bytes, header: str, secrets: Iterable[str], tolerance_seconds: int) -> None:
    """Check the header over the raw body with each secret. Raises BadSignature with the reason.

    The time in it may lie that many seconds back or ahead.
    """
    reason = "no secret is set"
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(payload, header, secret, tolerance_seconds)
        except stripe.SignatureVerificationError as problem:
            reason = str(problem.user_message or "the signature does not fit")
        except (ValueError, TypeError) as problem:  # a body or header that is no text
            raise BadSignature("the body or its signature is no text") from problem
        else:
            _ensure_not_ahead(header, tolerance_seconds)
            return
    raise BadSignature(reason)


def _ensure_not_ahead(header: str, tolerance_seconds: int) -> None:
    """The library looks only at how old a signature is."""
    signed_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    if signed_at > time.time() + tolerance_seconds:
        raise BadSignature(f"Timestamp outside the tolerance zone ({signed_at})")


# how a call is made


@lru_cache(maxsize=4)
def _client(key: str, base: str, _process: int) -> stripe.StripeClient:
    """A client of this process; connections are not shared with the one that it was forked from."""
    http = stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))
    addresses: Any = {"api": base} if base else None
    return stripe.StripeClient(
        key, stripe_version=API_VERSION, base_addresses=addresses, http_client=http, max_network_retries=0
    )


def _api() -> Any:
    """Stripe's services. Raises NotSetUp. Untyped: parameters are checked against Stripe's types by the simulator."""
    if not is_set_up():
        raise NotSetUp
    deployment = settings.DEPLOYMENT
    return _client(deployment.stripe_secret_key, deployment.stripe_api_base, os.getpid()).v1


def _answer(call: Callable[[Any, Any], Any], key: str = "") -> Object:
    api = _api()
    try:
        answer: Object = call(api, {"idempotency_key": key} if key else {}).to_dict(for_json=True)
    except stripe.StripeError as problem:
        raise _problem(problem) from problem
    _ensure_mode(answer)
    return answer


def _pages(call: Callable[[Any, Object, Any], Any]) -> Iterator[Object]:
    """Everything of a list, page by page."""
    after: Object = {}
    while True:
        page = {"limit": PAGE} | after
        found = _answer(lambda api, options, page=page: call(api, page, options))  # type: ignore[misc]
        yield from found["data"]
        if not found["has_more"] or not found["data"]:
            return
        after = {"starting_after": found["data"][-1]["id"]}


def _ensure_mode(answer: Object) -> None:
    """Refuse what comes from Stripe's other world: test objects in production, or live ones elsewhere."""
    production = settings.DEPLOYMENT.production
    if answer.get("livemode", production) != production:
        mode = "live" if answer["livemode"] else "test"
        raise StripeProblem(
            problems.FORBIDDEN, f"Stripe answered in {mode} mode: the key is of the wrong one", code="mode"
        )


def _problem(problem: stripe.StripeError) -> StripeProblem:
    status = problem.http_status or 0
    replayed = str((problem.headers or {}).get("idempotent-replayed", "")).lower() == "true"
    said = str(problem.user_message or type(problem).__name__).replace(settings.DEPLOYMENT.stripe_secret_key, "…")
    code = str(getattr(problem.error, "decline_code", None) or problem.code or "")
    if isinstance(problem, stripe.APIConnectionError):
        return StripeProblem(problems.UNREACHABLE, "Stripe could not be reached, or did not answer in time")
    if isinstance(problem, stripe.IdempotencyError) and status == 400:  # noqa: PLR2004 - as Stripe answers
        code = "idempotency"
    return StripeProblem(_KINDS.get(status, problems.BROKEN), said, status=status, code=code, replayed=replayed)


_KINDS: Final = {
    400: problems.REFUSED,
    401: problems.FORBIDDEN,
    402: problems.DECLINED,
    403: problems.FORBIDDEN,
    404: problems.NOT_FOUND,
    409: problems.BUSY,
    429: problems.BUSY,
}
