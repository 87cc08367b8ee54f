"""Invoice items and the lines that they become: by item, or several at once on the invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.stripe_simulator.customers import create_product, merged
from tests.stripe_simulator.errors import Refused, missing
from tests.stripe_simulator.listing import cut
from tests.stripe_simulator.totals import recalculate, rounded
from tests.stripe_simulator.world import Object, World

MOST_LINES = 250


def editable(world: World, identifier: str, param: str = "invoice", *, status: int = 404) -> Object:
    invoice = world.get("invoice", identifier, param, status=status)
    if invoice["status"] != "draft":
        raise Refused("Invalid invoice: This invoice is no longer editable", code="invoice_not_editable")
    return invoice


def _price(world: World, params: dict[str, Any], where: str) -> tuple[int, Decimal, Decimal]:
    """Amount, unit price and quantity (minor units) of an item or line by one of the ways to say them."""
    ways = [name for name in ("amount", "unit_amount_decimal", "pricing", "price_data") if params.get(name) is not None]
    if len(ways) != 1:
        raise Refused(f"You may only specify one of these parameters: {', '.join(ways) or 'amount'}.", param=where)
    counted = "quantity" if "quantity" in params else "quantity_decimal"
    if "amount" in params:
        if counted in params:
            raise Refused("You may only specify one of these parameters: amount, quantity.", param=f"{where}amount")
        return params["amount"], Decimal(params["amount"]), Decimal(1)
    quantity = Decimal(params.get(counted, 1))
    if quantity < 0:
        raise Refused("Invalid non-negative number", param=f"{where}{counted}")
    unit = params["unit_amount_decimal"] if "unit_amount_decimal" in params else _unit(world, params)
    return rounded(unit * quantity), unit, quantity


def _unit(world: World, params: dict[str, Any]) -> Decimal:
    if "pricing" in params:
        raise missing("price", params["pricing"].get("price", ""), "pricing[price]", status=400)  # none are kept here
    data = params["price_data"]
    if product := data.get("product"):
        world.get("product", product, "price_data[product]", status=400)
    elif "product_data" in data:
        create_product(world, data["product_data"])
    unit = data.get("unit_amount", data.get("unit_amount_decimal"))
    if unit is None or ("unit_amount" in data and "unit_amount_decimal" in data):
        raise Refused("Say unit_amount or unit_amount_decimal", param="price_data")
    return Decimal(unit)


def _rates(world: World, params: dict[str, Any]) -> list[str]:
    rates = params.get("tax_rates") or []
    for rate in rates:
        world.get("tax_rate", rate, "tax_rates", status=400)
    return list(rates)


def _shown(world: World, params: dict[str, Any], unit: Decimal, quantity: Decimal) -> Object:
    """Fields that an item and its line have in common."""
    now = world.now
    return {
        "description": params.get("description"), "discountable": params.get("discountable", unit >= 0),
        "discounts": [], "metadata": merged({}, params.get("metadata", {})),
        "period": params.get("period") or {"start": now, "end": now},
        "pricing": {"type": "price_details", "price_details": {"price": world.identifier("price"),
                    "product": world.identifier("prod")}, "unit_amount_decimal": f"{unit:f}"},
        "quantity": int(quantity), "quantity_decimal": f"{quantity:f}",
    }  # fmt: skip


def _add_item(world: World, params: dict[str, Any], customer: str, currency: str, where: str) -> Object:
    amount, unit, quantity = _price(world, params, where)
    rates = _rates(world, params)
    return world.add(
        "ii", "invoiceitem", amount=amount, currency=currency, customer=customer, customer_account=None, date=world.now,
        frozen_fields=None, invoice=None, invoicing_rules=None, net_amount=amount, parent=None, proration=False,
        proration_details=None, tax_rates=[world.show(world.things[rate]) for rate in rates], test_clock=None,
        _tax_rates=rates, **_shown(world, params, unit, quantity),
    )  # fmt: skip


def attach(world: World, item: Object, invoice: Object, taxes: list[dict[str, Any]] | None = None) -> Object:
    """The line that an item becomes on a draft; sums are for the caller."""
    if len(world.lines(invoice["id"])) >= MOST_LINES:
        raise Refused(f"An invoice has at most {MOST_LINES} items")
    item["invoice"] = invoice["id"]
    same = ("amount", "currency", "description", "discountable", "discounts", "metadata", "period", "pricing")
    details = {"invoice_item": item["id"], "proration": False, "proration_details": None, "subscription": None}
    return world.add(
        "il", "line_item", discount_amounts=[], invoice=invoice["id"], pretax_credit_amounts=[], subscription=None,
        parent={"type": "invoice_item_details", "invoice_item_details": details, "subscription_item_details": None},
        quantity=item["quantity"], quantity_decimal=item["quantity_decimal"], subtotal=item["amount"], taxes=[],
        _tax_rates=item["_tax_rates"], _tax_amounts=taxes, **{name: item[name] for name in same},
    )  # fmt: skip


def create_item(world: World, params: dict[str, Any]) -> Object:
    invoice = editable(world, params["invoice"], status=400) if "invoice" in params else None
    customer = params.get("customer") or (invoice["customer"] if invoice else None)
    if customer is None:
        raise Refused("Missing required param: customer.", param="customer", code="parameter_missing")
    world.get("customer", customer, "customer", status=400)
    if invoice and invoice["customer"] != customer:
        raise Refused("The invoice belongs to another customer", param="invoice")
    price = params.get("price_data") or {}
    currency = params.get("currency") or price.get("currency") or (invoice["currency"] if invoice else "eur")
    if invoice and invoice["currency"] != currency:
        raise Refused(f"The currency of the invoice is {invoice['currency']}, not {currency}", param="currency")
    item = _add_item(world, params, customer, currency, "")
    world.tell("invoiceitem.created", item)
    if invoice:
        attach(world, item, invoice)
        recalculate(world, invoice)
        world.tell("invoice.updated", invoice)
    return item


def delete_item(world: World, params: dict[str, Any], identifier: str) -> Object:
    item = world.get("invoiceitem", identifier, "id")
    invoice = editable(world, item["invoice"]) if item["invoice"] else None
    item["_gone"] = True
    for line in world.lines(invoice["id"]) if invoice else []:
        if line["parent"]["invoice_item_details"]["invoice_item"] == identifier:
            line["_gone"] = True
    if invoice:
        recalculate(world, invoice)
    world.tell("invoiceitem.deleted", item)
    return {"id": identifier, "object": "invoiceitem", "deleted": True}


def add_lines(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = editable(world, identifier)
    if len(world.lines(identifier)) + len(params["lines"]) > MOST_LINES:
        raise Refused(f"An invoice has at most {MOST_LINES} items", param="lines")
    for place, line in enumerate(params["lines"]):  # refuse before the first is added
        _price(world, line, f"lines[{place}]")
        _rates(world, line)
        if line.get("tax_amounts") and (line.get("tax_rates") or invoice["default_tax_rates"]):
            raise Refused("You cannot combine tax_amounts with tax_rates", param=f"lines[{place}][tax_amounts]")
    for place, line in enumerate(params["lines"]):
        item = _add_item(world, line, invoice["customer"], invoice["currency"], f"lines[{place}]")
        attach(world, item, invoice, line.get("tax_amounts") or None)
    return _edited(world, invoice, params)


def _edited(world: World, invoice: Object, params: dict[str, Any]) -> Object:
    recalculate(world, invoice)
    invoice["metadata"] = merged(invoice["metadata"], params.get("invoice_metadata", {}))
    world.tell("invoice.updated", invoice)
    return invoice


def _change(world: World, line: Object, params: dict[str, Any], where: str) -> None:
    """`tax_amounts` '' takes given taxes away again."""
    if any(name in params for name in ("amount", "price_data", "pricing")):
        amount, unit, quantity = _price(world, params, where)
        line |= {"amount": amount, "subtotal": amount, "quantity": int(quantity), "quantity_decimal": f"{quantity:f}"}
        line["pricing"] = line["pricing"] | {"unit_amount_decimal": f"{unit:f}"}
    line |= {name: params[name] for name in ("description", "discountable", "period") if name in params}
    line["metadata"] = merged(line["metadata"], params.get("metadata", {}))
    if "tax_amounts" in params:
        line["_tax_amounts"] = params["tax_amounts"] or None
    if "tax_rates" in params:
        line["_tax_rates"] = _rates(world, params)


def update_line(world: World, params: dict[str, Any], identifier: str, line_id: str) -> Object:
    invoice = editable(world, identifier)
    line = world.get("line_item", line_id, "line_item_id")
    _change(world, line, params, "")
    _edited(world, invoice, {})
    return line


def update_lines(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = editable(world, identifier)
    for place, given in enumerate(params["lines"]):
        _change(world, world.get("line_item", given["id"], "lines", status=400), given, f"lines[{place}]")
    return _edited(world, invoice, params)


def remove_lines(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = editable(world, identifier)
    for given in params["lines"]:
        line = world.get("line_item", given["id"], "lines", status=400)
        item = world.things[line["parent"]["invoice_item_details"]["invoice_item"]]
        line["_gone"] = True
        item |= {"invoice": None} if given["behavior"] == "unassign" else {"_gone": True}
    return _edited(world, invoice, params)


def list_lines(world: World, params: dict[str, Any], identifier: str) -> Object:
    world.get("invoice", identifier, "invoice")
    return cut(world.lines(identifier), params, f"/v1/invoices/{identifier}/lines", world.show)
