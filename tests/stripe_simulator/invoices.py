"""Invoices as drafts: create, change, delete, find."""

from __future__ import annotations

from typing import Any

from tests.stripe_simulator.customers import changes, merged
from tests.stripe_simulator.errors import Refused, missing
from tests.stripe_simulator.lines import attach
from tests.stripe_simulator.listing import search
from tests.stripe_simulator.totals import recalculate
from tests.stripe_simulator.world import Object, World

DAY = 86400
HOUR = 3600
_KEPT = (
    "description", "footer", "statement_descriptor", "custom_fields", "rendering", "number", "default_payment_method",
    "account_tax_ids", "auto_advance",
)  # fmt: skip
_EMPTY = (
    "account_tax_ids", "application", "automatically_finalizes_at", "confirmation_secret", "custom_fields",
    "customer_account", "customer_address", "customer_email", "customer_name", "customer_phone", "customer_shipping",
    "default_payment_method", "default_source", "description", "due_date", "effective_at", "ending_balance", "footer",
    "from_invoice", "hosted_invoice_url", "invoice_pdf", "last_finalization_error", "latest_revision",
    "next_payment_attempt", "number", "on_behalf_of", "parent", "receipt_number", "rendering", "shipping_cost",
    "shipping_details", "statement_descriptor", "test_clock", "threshold_reason", "webhooks_delivered_at",
)  # fmt: skip
_ZERO = (
    "amount_due", "amount_overpaid", "amount_paid", "amount_paid_off_stripe", "amount_remaining", "amount_shipping",
    "attempt_count", "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance",
    "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax",
)  # fmt: skip


def create(world: World, params: dict[str, Any]) -> Object:
    if "customer" not in params:
        raise Refused("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = world.get("customer", params["customer"], "customer", status=400)
    method = params.get("collection_method", "charge_automatically")
    _check_due(method, params, creating=True)
    _check_method(world, params, customer["id"])
    automatic = {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None}
    values = dict.fromkeys(_EMPTY) | dict.fromkeys(_ZERO, 0)
    values |= {
        "account_country": "DE", "account_name": "Simulator", "attempted": False, "automatic_tax": automatic,
        "billing_reason": "manual", "collection_method": method, "currency": params.get("currency", "eur").lower(),
        "customer": customer["id"], "default_tax_rates": _rates(world, params), "discounts": [],
        "issuer": {"type": "self"}, "metadata": merged({}, params.get("metadata", {})), "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": world.now, "period_start": world.now, "status": "draft", "status_details": None,
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "auto_advance": False, "total_discount_amounts": [], "total_pretax_credit_amounts": [], "total_taxes": [],
    }  # fmt: skip
    values |= {name: params[name] or None for name in _KEPT if name in params and name != "auto_advance"}
    invoice = world.add("in", "invoice", **values)
    invoice["auto_advance"] = params.get("auto_advance", False)
    copy_customer(world, invoice)
    _set_due(invoice, params)
    if params.get("pending_invoice_items_behavior") == "include":
        _take_pending(world, invoice)
    recalculate(world, invoice)
    world.tell("invoice.created", invoice)
    return invoice


def copy_customer(world: World, invoice: Object) -> None:
    """What the invoice says of its customer; a draft follows, a final one stays."""
    customer = world.things[invoice["customer"]]
    ids = [tax_id for tax_id in world.of("tax_id") if tax_id["customer"] == customer["id"]]
    invoice |= {
        "customer_address": customer["address"], "customer_email": customer["email"],
        "customer_name": customer["name"], "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"], "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [{"type": tax_id["type"], "value": tax_id["value"]} for tax_id in ids],
    }  # fmt: skip


def _take_pending(world: World, invoice: Object) -> None:
    for item in world.of("invoiceitem"):
        free = item["invoice"] is None and item["customer"] == invoice["customer"]
        if free and item["currency"] == invoice["currency"]:
            attach(world, item, invoice)


def _rates(world: World, params: dict[str, Any]) -> list[Object]:
    ids = params.get("default_tax_rates") or []
    return [world.show(world.get("tax_rate", rate, "default_tax_rates", status=400)) for rate in ids]


def _check_due(method: str, params: dict[str, Any], *, creating: bool) -> None:
    said = "days_until_due" in params or "due_date" in params
    if creating and method == "send_invoice" and not said:
        raise Refused(
            "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'."
        )
    if method == "charge_automatically" and said:
        raise Refused(
            "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'."
        )
    if "days_until_due" in params and "due_date" in params:
        raise Refused("You may only specify one of these parameters: days_until_due, due_date.")


def _check_method(world: World, params: dict[str, Any], customer: str) -> None:
    if method := params.get("default_payment_method"):
        kept = world.things.get(method)
        if kept is None or kept.get("customer") != customer:
            raise missing("PaymentMethod", method, "default_payment_method", status=400)


def _set_due(invoice: Object, params: dict[str, Any]) -> None:
    if "days_until_due" in params:
        invoice["due_date"] = invoice["created"] + params["days_until_due"] * DAY
    elif "due_date" in params:
        invoice["due_date"] = params["due_date"]
    waits = invoice["auto_advance"] and invoice["status"] == "draft"
    charged = waits and invoice["collection_method"] == "charge_automatically"
    invoice["automatically_finalizes_at"] = invoice["created"] + HOUR + 1 if waits else None
    invoice["next_payment_attempt"] = invoice["created"] + HOUR if charged else None


def update(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = world.get("invoice", identifier, "id")
    allowed = {"metadata", "expand"} | ({"auto_advance", "default_payment_method"} if _is_open(invoice) else set())
    forbidden = sorted(params.keys() - allowed)
    if invoice["status"] != "draft" and forbidden:
        raise Refused("Finalized invoices can't be updated in this way", param=forbidden[0])
    method = str(params.get("collection_method", invoice["collection_method"]))
    _check_due(method, params, creating=method == "send_invoice" and invoice["due_date"] is None)
    _check_method(world, params, invoice["customer"])
    before = world.show(invoice)
    invoice |= {name: params[name] if params[name] != "" else None for name in _KEPT if name in params}
    invoice["collection_method"] = method
    invoice["metadata"] = merged(invoice["metadata"], params.get("metadata", {}))
    if "default_tax_rates" in params:
        invoice["default_tax_rates"] = _rates(world, params)
    if invoice["status"] == "draft":
        _set_due(invoice, params)
        recalculate(world, invoice)
    previous = changes(before, world.show(invoice))
    if previous:
        world.tell("invoice.updated", invoice, **previous)
    return invoice


def _is_open(invoice: Object) -> bool:
    return bool(invoice["status"] == "open")


def delete(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = world.get("invoice", identifier, "invoice")
    if invoice["status"] != "draft":
        raise Refused("You can only delete draft invoices.")
    world.tell("invoice.deleted", invoice)
    invoice["_gone"] = True
    for line in world.lines(identifier):  # the items go with it
        world.things[line["parent"]["invoice_item_details"]["invoice_item"]]["_gone"] = True
        line["_gone"] = True
    return {"id": identifier, "object": "invoice", "deleted": True}


def find(world: World, params: dict[str, Any]) -> Object:
    return search(world, world.of("invoice"), params, "/v1/invoices/search")
