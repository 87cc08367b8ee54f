"""Keys, lost answers, hangs, and parameters that the SDK does not have."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import stripe

from tests.stripe_simulator import StripeSimulator
from tests.stripe_simulator.conftest import client_of

GIVEN = {"name": "Alpenglas GmbH"}
KEY = {"idempotency_key": "customer-7"}


def test_a_key_replays_its_answer_for_a_day_and_takes_no_other_parameters(sim: StripeSimulator, client: Any) -> None:
    first = client.customers.create(GIVEN, KEY)
    assert client.customers.create(GIVEN, KEY).id == first.id
    assert [seen.replayed for seen in sim.calls("POST /v1/customers")] == [False, True]
    assert client.customers.create(GIVEN, KEY).last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        client.customers.create({"name": "other"}, KEY)
    sim.advance(hours=25)
    assert client.customers.create(GIVEN, KEY).id != first.id


def test_a_refused_action_is_replayed_but_a_refused_parameter_is_not_kept(sim: StripeSimulator, client: Any) -> None:
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError):
            client.invoices.create({"customer": "cus_nobody"}, {"idempotency_key": "a"})
        with pytest.raises(stripe.InvalidRequestError):
            client.customers.create({"nmae": "x"}, {"idempotency_key": "b"})
    assert [seen.replayed for seen in sim.calls("POST /v1/invoices")] == [False, True]
    assert [refusal.route for refusal in sim.refusals] == ["POST /v1/customers"] * 2
    assert client.customers.create(GIVEN, {"idempotency_key": "b"}).name == GIVEN["name"]


@pytest.mark.parametrize("how", ["drop", 500, 409, 429])
def test_a_lost_answer_leaves_its_effect_and_the_key_finds_it(sim: StripeSimulator, client: Any, how: Any) -> None:
    sim.fail_next("POST /v1/customers", how=how, after_effect=True, remembered=False)
    with pytest.raises(stripe.StripeError):
        client.customers.create(GIVEN, KEY)
    made = sim.objects("customer")
    assert client.customers.create(GIVEN, KEY).id == made[0]["id"]
    sim.fail_next("POST /v1/customers", how=how)
    with pytest.raises(stripe.StripeError):
        client.customers.create(GIVEN, {"idempotency_key": "customer-8"})
    assert sim.objects("customer") == made


def test_an_error_of_a_begun_request_is_what_its_key_replays(sim: StripeSimulator, client: Any) -> None:
    sim.fail_next("POST /v1/customers", how=500, after_effect=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.customers.create(GIVEN, KEY)
    assert len(sim.objects("customer", name=GIVEN["name"])) == 1


def test_the_retries_of_the_sdk_meet_the_key(sim: StripeSimulator) -> None:
    fault = sim.fail_next("POST /v1/customers", how="drop", after_effect=True)
    made = client_of(sim, retries=2).customers.create(GIVEN)
    assert fault.reached.is_set()
    assert [customer["id"] for customer in sim.objects("customer")] == [made.id]


def test_a_hang_before_the_effect_holds_the_key_and_may_take_effect_late(sim: StripeSimulator, client: Any) -> None:
    fault = sim.fail_next("POST /v1/customers", how="hang")
    asking = threading.Thread(target=_give_up, args=(client_of(sim, timeout_seconds=0.2),))
    asking.start()
    assert fault.reached.wait(5)
    with pytest.raises(stripe.APIError) as caught:
        client.customers.create(GIVEN, KEY)
    assert caught.value.error is not None
    assert caught.value.error.code == "idempotency_key_in_use"
    asking.join()
    assert sim.objects("customer") == []
    fault.release()
    for _ in range(200):  # the late effect is another thread's
        if sim.objects("customer"):
            break
        threading.Event().wait(0.01)
    assert client.customers.create(GIVEN, KEY).id == sim.objects("customer")[0]["id"]


def _give_up(client: Any) -> None:
    with pytest.raises(stripe.APIConnectionError):
        client.customers.create(GIVEN, KEY)


def test_unknown_missing_and_wrong_parameters_are_refused_and_kept(sim: StripeSimulator, client: Any) -> None:
    rate = {"display_name": "x", "inclusive": True}
    wrong = [
        (client.tax_rates.create, rate, "parameter_missing"),
        (client.invoices.create, {"days_until_due": "soon"}, "parameter_invalid_integer"),
        (client.invoices.create, {"tax": 5}, "parameter_unknown"),
        (client.invoices.create, {"collection_method": "by_post"}, None),
        (client.invoice_items.create, {"tax_rates": "txr_1"}, "parameter_invalid_array"),
        (client.invoice_items.create, {"period": {"start": 1}}, "parameter_missing"),
        (client.customers.create, {"metadata": {"x" * 41: "1"}}, None),
    ]
    for call, params, code in wrong:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call(params)
        assert caught.value.code == code, params
    assert len(sim.refusals) == len(wrong)


def test_keys_of_the_live_mode_and_unknown_routes_are_not_served(sim: StripeSimulator, client: Any) -> None:
    live = stripe.StripeClient("sk_live_1", base_addresses={"api": sim.address}).v1
    with pytest.raises(stripe.AuthenticationError):
        live.customers.list()
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.subscriptions.list()
    with pytest.raises(ValueError, match="no such route"):
        sim.fail_next("POST /v1/invoice", how="drop")
