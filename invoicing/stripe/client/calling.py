"""How Stripe is called, with its library: the client of this process, one answer, a list's pages, what went wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import stripe
from django.conf import settings

from invoicing.stripe import problems
from invoicing.stripe.problems import NotSetUp, StripeProblem

API_VERSION: Final = "2026-10-28.endive"  # the shape of what is sent and answered, whatever the account's own is
CONNECT_SECONDS, READ_SECONDS = 3.0, 20.0
PAGE = 100

Object = dict[str, Any]


def is_set_up() -> bool:
    """Whether there is a key to talk with."""
    return bool(settings.DEPLOYMENT.stripe_secret_key)


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


def answer(call: Callable[[Any, Any], Any], key: str = "") -> Object:
    """What one call comes to, sent under the idempotency key. Raises StripeProblem."""
    api = _api()
    try:
        found: Object = call(api, {"idempotency_key": key} if key else {}).to_dict(for_json=True)
    except stripe.StripeError as problem:
        raise _problem(problem) from problem
    _ensure_mode(found)
    return found


def pages(call: Callable[[Any, Object, Any], Any]) -> Iterator[Object]:
    """Everything of a list, page by page."""
    after: Object = {}
    while True:
        page = {"limit": PAGE} | after
        found = answer(lambda api, options, page=page: call(api, page, options))  # type: ignore[misc]
        yield from found["data"]
        if not found["has_more"] or not found["data"]:
            return
        after = {"starting_after": found["data"][-1]["id"]}


def _ensure_mode(found: Object) -> None:
    """Refuse what comes from Stripe's other world: test objects in production, or live ones elsewhere."""
    production = settings.DEPLOYMENT.production
    if found.get("livemode", production) != production:
        mode = "live" if found["livemode"] else "test"
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
