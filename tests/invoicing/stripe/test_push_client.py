"""How Stripe is talked to: which key, which mode, and what becomes of its refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from invoicing.models import StripeCall
from invoicing.stripe import client, emptying
from invoicing.stripe.problems import NotSetUp, StripeProblem
from tests.factories import later
from tests.invoicing.stripe.pushing import KEY, document, once, push, sim

__all__ = ["sim"]


def asked(call):
    with pytest.raises(StripeProblem) as problem:
        call()
    return problem.value.kind, problem.value.code, problem.value.status


def test_refusals_are_told_apart_and_name_no_key(sim, settings):
    assert asked(lambda: client.retrieve_invoice("in_0")) == ("not_found", "resource_missing", 404)
    assert asked(lambda: client.create_invoice({}, "k1"))[:2] == ("refused", "parameter_missing")
    for how, kind in ((409, "busy"), (429, "busy"), (500, "broken"), ("drop", "unreachable")):
        sim.fail_next("POST /v1/customers", how=how)
        assert asked(lambda how=how: client.create_customer({}, f"k{how}"))[0] == kind
    client.create_customer({"name": "Acme"}, "k2")
    assert asked(lambda: client.create_customer({"name": "Bolt"}, "k2")) == ("refused", "idempotency", 400)
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, stripe_secret_key="sk_live_abc123")
    with pytest.raises(StripeProblem) as problem:
        client.retrieve_account()
    assert (problem.value.kind, "abc123" in problem.value.sentence) == ("forbidden", False)
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, stripe_secret_key="")
    with pytest.raises(NotSetUp):
        client.retrieve_account()


def test_test_objects_never_count_in_production(sim, settings):
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, app_env="production")

    assert asked(lambda: client.create_customer({}, "k1")) == ("forbidden", "mode", 0)
    assert KEY not in str(sim.refusals)


@pytest.mark.django_db
def test_a_key_that_stripe_does_not_take_puts_everything_off_and_a_fault_of_ours_only_one_step(
    sim, settings, monkeypatch
):
    first, second = document(10000), document(500)
    good = settings.DEPLOYMENT
    settings.DEPLOYMENT = replace(good, stripe_secret_key="sk_live_abc123")
    assert push() == [("customer", "queued")]
    settings.DEPLOYMENT = good
    real = client.create_customer

    def faulty(params, key):
        if params["metadata"]["billing_client"] == first.client.external_id:
            raise KeyError("a fault of ours")
        return real(params, key)

    monkeypatch.setattr(client, "create_customer", faulty)
    push(later(minutes=2))

    once(sim, second)
    waiting = StripeCall.objects.get(client=first.client, purpose="customer")
    assert (waiting.status, waiting.last_error) == ("queued", "KeyError: 'a fault of ours'")
    for day in range(1, len(emptying.RETRY_MINUTES) + 1):
        push(later(days=day))
    waiting.refresh_from_db()
    assert waiting.status == "parked"
