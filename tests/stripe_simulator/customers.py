"""Customers, their tax ids, and what else is only kept: tax rates, products, prices."""

from __future__ import annotations

import re
from typing import Any

from tests.stripe_simulator.errors import Refused, missing
from tests.stripe_simulator.listing import page, search
from tests.stripe_simulator.world import Object, World

_EU = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI"
_EU_VAT = re.compile(rf"({_EU})[0-9A-Z+*]{{2,12}}")


def merged(old: dict[str, str], new: Any) -> dict[str, str]:
    """Metadata after an update: keys are added or replaced, an empty value takes one away, '' takes all away."""
    return {} if new == "" else {name: value for name, value in (old | dict(new)).items() if value != ""}


def create(world: World, params: dict[str, Any]) -> Object:
    for tax_id in params.get("tax_id_data", []):
        _check_tax_id(tax_id["type"], tax_id["value"])
    customer = world.add(
        "cus", "customer", address=params.get("address") or None, balance=params.get("balance", 0), currency=None,
        default_source=None, delinquent=False, description=params.get("description"), discount=None,
        email=params.get("email"), invoice_prefix=world.identifier("p")[-8:].upper(), invoice_settings={
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None},
        metadata=merged({}, params.get("metadata", {})), name=params.get("name"),
        next_invoice_sequence=params.get("next_invoice_sequence", 1), phone=params.get("phone"),
        preferred_locales=params.get("preferred_locales", []), shipping=params.get("shipping") or None,
        tax_exempt=params.get("tax_exempt") or "none", test_clock=None,
    )  # fmt: skip
    for tax_id in params.get("tax_id_data", []):
        _add_tax_id(world, customer["id"], tax_id)
    world.tell("customer.created", customer)
    return customer


def update(world: World, params: dict[str, Any], identifier: str) -> Object:
    customer = world.get("customer", identifier, "id")
    settings = params.get("invoice_settings", {})
    if method := settings.get("default_payment_method"):
        kept = world.things.get(method)
        if kept is None or kept.get("customer") != identifier:
            where = "invoice_settings[default_payment_method]"
            raise missing("PaymentMethod", method, where, status=400)
    before = world.show(customer)
    for name, value in params.items():
        if name == "metadata":
            customer[name] = merged(customer[name], value)
        elif name == "invoice_settings":
            customer[name] = customer[name] | {key: item or None for key, item in settings.items()}
        elif name != "expand":
            customer[name] = None if value == "" else value
    world.tell("customer.updated", customer, **changes(before, customer))
    return customer


def changes(before: Object, after: Object) -> Object:
    """What an event calls previous attributes."""
    return {name: value for name, value in before.items() if name in after and after[name] != value}


def delete(world: World, params: dict[str, Any], identifier: str) -> Object:
    customer = world.get("customer", identifier, "id")
    world.tell("customer.deleted", customer)
    customer["_gone"] = True
    return {"id": identifier, "object": "customer", "deleted": True}


def retrieve(world: World, params: dict[str, Any], identifier: str) -> Object:
    kept = world.things.get(identifier)
    if kept is not None and kept["object"] == "customer" and kept.get("_gone"):
        return {"id": identifier, "object": "customer", "deleted": True}  # a deleted customer is no 404
    return world.get("customer", identifier, "id")


def find(world: World, params: dict[str, Any]) -> Object:
    return search(world, world.of("customer"), params, "/v1/customers/search")


def _check_tax_id(kind: str, value: str) -> None:
    if kind == "eu_vat" and not _EU_VAT.fullmatch(value.replace(" ", "")):
        raise Refused(f"Invalid value for {kind}.", code="tax_id_invalid", param="value")


def _add_tax_id(world: World, customer: str, params: dict[str, Any]) -> Object:
    tax_id = world.add(
        "txi", "tax_id", country=params["value"][:2] if params["type"] == "eu_vat" else None, customer=customer,
        owner={"type": "customer", "customer": customer}, type=params["type"], value=params["value"],
        verification={"status": "pending", "verified_address": None, "verified_name": None},
    )  # fmt: skip
    world.tell("customer.tax_id.created", tax_id)
    return tax_id


def create_tax_id(world: World, params: dict[str, Any], customer: str) -> Object:
    world.get("customer", customer, "customer")
    _check_tax_id(params["type"], params["value"])
    return _add_tax_id(world, customer, params)


def list_tax_ids(world: World, params: dict[str, Any], customer: str) -> Object:
    world.get("customer", customer, "customer")
    of_it = [tax_id for tax_id in world.of("tax_id") if tax_id["customer"] == customer]
    return page(world, of_it, params, f"/v1/customers/{customer}/tax_ids")


def delete_tax_id(world: World, params: dict[str, Any], customer: str, identifier: str) -> Object:
    tax_id = world.get("tax_id", identifier, "id")
    tax_id["_gone"] = True
    world.tell("customer.tax_id.deleted", tax_id)
    return {"id": identifier, "object": "tax_id", "deleted": True}


def create_tax_rate(world: World, params: dict[str, Any]) -> Object:
    rate = add_tax_rate(world, params, active=params.get("active", True))
    world.tell("tax_rate.created", rate)
    return rate


def add_tax_rate(world: World, params: dict[str, Any], *, active: bool) -> Object:
    """A rate; `_percentage` is exact, the shown one is JSON's number."""
    if not 0 <= params["percentage"] <= 100:
        raise Refused("Invalid percentage", param="percentage")
    shown = {name: params.get(name) for name in ("country", "description", "jurisdiction", "state", "tax_type")}
    return world.add(
        "txr", "tax_rate", active=active, display_name=params["display_name"], inclusive=params["inclusive"],
        percentage=float(params["percentage"]), effective_percentage=float(params["percentage"]),
        jurisdiction_level=params.get("jurisdiction_level"), metadata=merged({}, params.get("metadata", {})),
        flat_amount=None, rate_type="percentage", _percentage=params["percentage"], **shown,
    )  # fmt: skip


def update_tax_rate(world: World, params: dict[str, Any], identifier: str) -> Object:
    rate = world.get("tax_rate", identifier, "tax_rate")
    rate |= {name: value for name, value in params.items() if name not in ("metadata", "expand")}
    rate["metadata"] = merged(rate["metadata"], params.get("metadata", {}))
    return rate


def create_product(world: World, params: dict[str, Any]) -> Object:
    return world.add(
        "prod", "product", active=params.get("active", True), name=params["name"], tax_code=params.get("tax_code"),
        description=params.get("description"), metadata=merged({}, params.get("metadata", {})),
    )  # fmt: skip
