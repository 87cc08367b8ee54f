"""Sums of an invoice as Stripe has them: tax of each line rounded by itself, amounts of lines half away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.stripe_simulator.customers import add_tax_rate
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.world import Object, World

_RATE_FIELDS = (
    "country", "description", "display_name", "inclusive", "jurisdiction", "jurisdiction_level", "state", "tax_type",
)  # fmt: skip


def rounded(amount: Decimal) -> int:
    """Whole minor units, half away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def rate_for(world: World, data: dict[str, Any]) -> str:
    """The id of the inactive tax rate of that data; found or made, as for tax that is given as an amount."""
    for rate in world.of("tax_rate"):
        same = all(rate[name] == data.get(name) for name in _RATE_FIELDS)
        if same and rate["_percentage"] == data["percentage"] and not rate["active"]:
            return str(rate["id"])
    return str(add_tax_rate(world, data, active=False)["id"])


def tax(rate: Object, amount: int, taxable: int, reason: str) -> Object:
    """One tax of a line."""
    return {
        "amount": amount, "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]}, "taxability_reason": reason, "taxable_amount": taxable,
        "type": "tax_rate_details",
    }  # fmt: skip


def by_rate(rate: Object, amount: int) -> Object:
    """What a rate makes of a line's amount (minor units)."""
    percent = rate["_percentage"]
    if rate["inclusive"]:
        net = rounded(Decimal(amount) * 100 / (100 + percent))
        return tax(rate, amount - net, net, "standard_rated")
    return tax(rate, rounded(Decimal(amount) * percent / 100), amount, "standard_rated")


def given_taxes(world: World, amounts: list[dict[str, Any]]) -> list[Object]:
    """Taxes that the caller worked out; at most ten."""
    if len(amounts) > 10:
        raise Refused("Too many tax amounts", param="tax_amounts")
    taxes = []
    for given in amounts:
        rate = world.things[rate_for(world, given["tax_rate_data"])]
        reason = given.get("taxability_reason", "not_available")
        taxes.append(tax(rate, given["amount"], given["taxable_amount"], reason))
    return taxes


def line_taxes(world: World, line: Object, defaults: list[str]) -> list[Object]:
    """A line's taxes: the given amounts, else its own rates, else the invoice's."""
    if line["_tax_amounts"] is not None:
        return given_taxes(world, line["_tax_amounts"])
    return [by_rate(world.things[rate], line["amount"]) for rate in line["_tax_rates"] or defaults]


def summed(taxes: list[Object]) -> list[Object]:
    """Taxes added up by rate and reason."""
    sums: dict[tuple[str, str], Object] = {}
    for item in taxes:
        key = (item["tax_rate_details"]["tax_rate"], item["taxability_reason"])
        known = sums.get(key)
        sums[key] = item | {
            "amount": item["amount"] + (known["amount"] if known else 0),
            "taxable_amount": item["taxable_amount"] + (known["taxable_amount"] if known else 0),
        }
    return list(sums.values())


def recalculate(world: World, invoice: Object) -> None:
    """Work out lines' taxes and the sums of a draft anew."""
    lines = world.lines(invoice["id"])
    defaults = [rate["id"] for rate in invoice["default_tax_rates"]]
    if any(line["_tax_amounts"] for line in lines) and (defaults or any(line["_tax_rates"] for line in lines)):
        raise Refused("You cannot combine tax_amounts with tax_rates or default_tax_rates on one invoice")
    for line in lines:
        line["taxes"] = line_taxes(world, line, defaults)
    taxes = summed([item for line in lines for item in line["taxes"]])
    subtotal = sum(line["amount"] for line in lines)
    exclusive = sum(item["amount"] for item in taxes if item["tax_behavior"] == "exclusive")
    inclusive = sum(item["amount"] for item in taxes if item["tax_behavior"] == "inclusive")
    total = subtotal + exclusive
    invoice |= {
        "subtotal": subtotal, "subtotal_excluding_tax": subtotal - inclusive, "total": total,
        "total_excluding_tax": subtotal - inclusive, "total_taxes": taxes, "amount_due": max(total, 0),
        "amount_remaining": max(total, 0),
    }  # fmt: skip
