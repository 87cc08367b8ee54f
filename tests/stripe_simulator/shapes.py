"""An event in the shape of today and in that of API versions before 2025, made at the same moment."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.stripe_simulator.world import Object, World

OLD_VERSION = "2024-06-20"


@dataclass
class Told:
    """One event, both ways."""

    current: dict[str, Any]
    old: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.current["id"])

    def shape(self, *, old: bool) -> dict[str, Any]:
        return self.old if old else self.current


def old_event(world: World, event: Object) -> Object:
    """The event as an endpoint of version 2024-06-20 gets it."""
    told = copy.deepcopy(event) | {"api_version": OLD_VERSION}
    told["data"]["object"] = _OLD.get(told["data"]["object"]["object"], _same)(world, told["data"]["object"])
    return told


def _same(world: World, thing: Object) -> Object:
    return thing


def payment_of(world: World, invoice: str) -> tuple[str | None, str | None]:
    """The default payment's intent and its latest charge."""
    for payment in world.of("invoice_payment"):
        if payment["invoice"] == invoice and payment["is_default"]:
            intent = payment["payment"]["payment_intent"]
            return intent, world.things[intent]["latest_charge"]
    return None, None


def invoice_of(world: World, intent: str | None) -> str | None:
    """The invoice that an intent pays."""
    for payment in world.of("invoice_payment"):
        if intent is not None and payment["payment"]["payment_intent"] == intent:
            return str(payment["invoice"])
    return None


def _taxes(taxes: list[Object]) -> list[Object]:
    return [
        {
            "amount": tax["amount"], "inclusive": tax["tax_behavior"] == "inclusive",
            "tax_rate": tax["tax_rate_details"]["tax_rate"], "taxability_reason": tax["taxability_reason"],
            "taxable_amount": tax["taxable_amount"],
        }
        for tax in taxes
    ]  # fmt: skip


def _line(line: Object) -> Object:
    kept = {name: value for name, value in line.items() if name not in ("parent", "pricing", "taxes", "subtotal")}
    return kept | {
        "type": "invoiceitem", "invoice_item": line["parent"]["invoice_item_details"]["invoice_item"], "plan": None,
        "price": None, "proration": False, "tax_amounts": _taxes(line["taxes"]), "tax_rates": [],
        "amount_excluding_tax": line["amount"], "unit_amount_excluding_tax": line["pricing"]["unit_amount_decimal"],
    }  # fmt: skip


def _invoice(world: World, invoice: Object) -> Object:
    left_out = ("parent", "payments", "total_taxes", "confirmation_secret", "amount_overpaid", "amount_paid_off_stripe")
    kept = {name: value for name, value in invoice.items() if name not in left_out}
    kept["lines"] = kept["lines"] | {"data": [_line(line) for line in kept["lines"]["data"]]}
    intent, charge = payment_of(world, invoice["id"])
    tax = sum(tax["amount"] for tax in invoice["total_taxes"])
    return kept | {
        "paid": invoice["status"] == "paid", "paid_out_of_band": bool(invoice["amount_paid_off_stripe"]),
        "charge": charge, "payment_intent": intent, "subscription": None, "subscription_details": None, "quote": None,
        "discount": None, "tax": tax if invoice["total_taxes"] else None,
        "total_tax_amounts": _taxes(invoice["total_taxes"]), "application_fee_amount": None, "transfer_data": None,
    }  # fmt: skip


def _charge(world: World, charge: Object) -> Object:
    return charge | {"invoice": invoice_of(world, charge["payment_intent"])}


def _intent(world: World, intent: Object) -> Object:
    return intent | {"invoice": invoice_of(world, intent["id"])}


def _credit_note(world: World, note: Object) -> Object:
    kept = {name: value for name, value in note.items() if name not in ("total_taxes", "refunds")}
    refunds = [refund["refund"] for refund in note["refunds"]]
    return kept | {"tax_amounts": _taxes(note["total_taxes"]), "refund": refunds[0] if refunds else None}


_OLD = {"invoice": _invoice, "charge": _charge, "payment_intent": _intent, "credit_note": _credit_note}
