"""Payment methods: what is known under Stripe's test names, what is attached to customers, and what declines."""

from __future__ import annotations

from typing import Any

from tests.stripe_simulator import customers
from tests.stripe_simulator.customers import merged
from tests.stripe_simulator.errors import Refused, declined, missing
from tests.stripe_simulator.world import Object, World

# by the name after "pm_card_" or "tok_": the reason that attaching it is declined for, and that charging it is
_TEST_CARDS: dict[str, tuple[str | None, str | None]] = {
    "visa": (None, None), "mastercard": (None, None), "amex": (None, None),
    "chargeDeclined": ("generic_decline", "generic_decline"),
    "chargeDeclinedInsufficientFunds": ("insufficient_funds", "insufficient_funds"),
    "chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
    "chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc"),
    "chargeDeclinedProcessingError": ("processing_error", "processing_error"),
    "chargeDeclinedLostCard": ("lost_card", "lost_card"), "chargeDeclinedStolenCard": ("stolen_card", "stolen_card"),
    "chargeCustomerFail": (None, "generic_decline"), "authenticationRequired": (None, "authentication_required"),
}  # fmt: skip
_FAILING_IBANS = ("DE62370400440532013001",)


def _test_card(name: str) -> tuple[str | None, str | None] | None:
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix) and name.removeprefix(prefix) in _TEST_CARDS:
            return _TEST_CARDS[name.removeprefix(prefix)]
    return None


def _card(world: World, at_attaching: str | None, at_charging: str | None, **more: Any) -> Object:
    return world.add(
        "pm", "payment_method", allow_redisplay="unspecified", customer=None, type="card", _declines=at_charging,
        _not_attachable=at_attaching, card={"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2050},
        **more,
    )  # fmt: skip


def _details(params: dict[str, Any]) -> Object:
    nobody = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    return {
        "billing_details": nobody | params.get("billing_details", {}),
        "metadata": merged({}, params.get("metadata", {})),
    }


def create_customer(world: World, params: dict[str, Any]) -> Object:
    """A customer; with a card where every new one is to have paid before."""
    customer = customers.create(world, params)
    if world.saves_cards:
        method = attach(world, {"customer": customer["id"]}, "pm_card_visa")
        customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method["id"]}
    return customer


def create(world: World, params: dict[str, Any]) -> Object:
    kind = params.get("type")
    if kind == "card":
        known = _test_card((params.get("card") or {}).get("token", ""))
        if known is None:
            raise Refused("Sending credit card numbers directly to the API is unsafe; use a token.", param="card")
        return _card(world, *known, **_details(params))
    if kind == "sepa_debit" and (iban := (params.get("sepa_debit") or {}).get("iban", "").replace(" ", "")):
        reason = "insufficient_funds" if iban in _FAILING_IBANS else None
        bank = {"country": iban[:2], "last4": iban[-4:], "bank_code": iban[4:12]}
        return world.add(
            "pm", "payment_method", allow_redisplay="unspecified", customer=None, type="sepa_debit", sepa_debit=bank,
            _declines=reason, _not_attachable=None, **_details(params),
        )  # fmt: skip
    raise Refused("The simulator knows card (by token) and sepa_debit (by IBAN)", param="type")


def attach(world: World, params: dict[str, Any], identifier: str) -> Object:
    customer = world.get("customer", params.get("customer", ""), "customer", status=400)
    method = world.things.get(identifier)
    if method is None and (known := _test_card(identifier)):
        method = _card(world, *known, **_details({}))
    if method is None or method["object"] != "payment_method":
        raise missing("PaymentMethod", identifier, "payment_method")
    if method["_not_attachable"] is not None:
        raise declined(method["_not_attachable"])
    if method["customer"] is not None:
        raise Refused("The payment method you provided has already been attached to a customer.")
    method["customer"] = customer["id"]
    world.tell("payment_method.attached", method)
    return method


def detach(world: World, params: dict[str, Any], identifier: str) -> Object:
    method = world.get("payment_method", identifier, "payment_method")
    customer = world.things.get(method["customer"] or "")
    if customer is None:
        raise Refused("The payment method you provided is not attached to a customer so detachment is impossible.")
    method |= {"customer": None, "_not_attachable": "generic_decline"}  # once detached, never attached again
    if customer["invoice_settings"]["default_payment_method"] == identifier:
        customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": None}
    world.tell("payment_method.detached", method, customer=customer["id"])
    return method


def usable(world: World, identifier: str, customer: str) -> Object:
    """The method, if it is the customer's; a test name serves at once."""
    known = _test_card(identifier)
    if known is not None:
        return _card(world, *known, **_details({}))
    method = world.get("payment_method", identifier, "payment_method", status=400)
    if method["customer"] != customer:
        raise Refused("The payment method does not belong to the customer", param="payment_method")
    return method


def list_of(world: World, params: dict[str, Any], customer: str) -> list[Object]:
    world.get("customer", customer, "customer")
    return [method for method in world.of("payment_method") if method["customer"] == customer]
