"""Credit notes: before payment they lower what is due, after it they are refunded, credited or settled elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.stripe_simulator import paying
from tests.stripe_simulator.customers import merged
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.listing import cut
from tests.stripe_simulator.refunds import refund_charge
from tests.stripe_simulator.shapes import payment_of
from tests.stripe_simulator.totals import by_rate, rounded, summed, tax
from tests.stripe_simulator.world import Object, World


def create(world: World, params: dict[str, Any]) -> Object:
    invoice = world.get("invoice", params["invoice"], "invoice", status=400)
    if invoice["status"] not in ("open", "paid"):
        raise Refused("Credit notes can only be created for open or paid invoices", param="invoice")
    lines = [_line(world, invoice, line) for line in params.get("lines", [])]
    if not lines and "amount" not in params:
        raise Refused("You must specify amount or lines.", param="amount")
    lines = lines or [_whole(world, invoice, params["amount"])]
    taxes = summed([item for line in lines for item in line["taxes"]])
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal + sum(item["amount"] for item in taxes if item["tax_behavior"] == "exclusive")
    _check(invoice, params, total)
    refunds = _refunds(world, invoice, params)  # first, because it may be refused
    note = _add(world, invoice, params, lines=lines, taxes=taxes, total=total)
    note["refunds"] = refunds
    _settle(world, invoice, note, params)
    world.tell("credit_note.created", note)
    return note


def _check(invoice: Object, params: dict[str, Any], total: int) -> None:
    credited = invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
    if total <= 0 or credited + total > invoice["total"]:
        raise Refused("The total must be positive and at most what is left of the invoice", param="amount")
    split = _split(params)
    if invoice["status"] == "paid" and split != total:
        raise Refused("The sum of credit_amount, refund_amount and out_of_band_amount must equal the total.")
    if invoice["status"] == "open" and (split or total > invoice["amount_remaining"]):
        raise Refused("A credit note of an open invoice is at most what is due and is not paid out", param="amount")


def _split(params: dict[str, Any]) -> int:
    refunds = sum(refund.get("amount_refunded", 0) for refund in params.get("refunds", []))
    return int(refunds + sum(params.get(name, 0) for name in ("credit_amount", "refund_amount", "out_of_band_amount")))


def _line(world: World, invoice: Object, params: dict[str, Any]) -> Object:
    if params["type"] == "invoice_line_item":
        return _of_line(world, invoice, params)
    quantity = params.get("quantity", 1)
    unit = params.get("unit_amount_decimal", params.get("unit_amount"))
    if unit is None:
        raise Refused("Missing required param: lines[unit_amount].", param="lines", code="parameter_missing")
    return _taxed(world, rounded(Decimal(unit) * quantity), params, quantity, None)


def _of_line(world: World, invoice: Object, params: dict[str, Any]) -> Object:
    line = world.get("line_item", params.get("invoice_line_item", ""), "lines", status=400)
    if line["invoice"] != invoice["id"]:
        raise Refused("The line belongs to another invoice", param="lines")
    amount = int(params["amount"] if "amount" in params else line["amount"])
    made = _taxed(world, amount, params, params.get("quantity"), line["id"])
    if "tax_amounts" not in params and "tax_rates" not in params:
        made["taxes"] = [_part(item, amount, line["amount"]) for item in line["taxes"]]
    return made


def _part(item: Object, amount: int, of: int) -> Object:
    share = Decimal(amount) / Decimal(of or 1)
    return item | {"amount": rounded(item["amount"] * share), "taxable_amount": rounded(item["taxable_amount"] * share)}


def _taxed(world: World, amount: int, params: dict[str, Any], quantity: int | None, of_line: str | None) -> Object:
    rates = [world.get("tax_rate", rate, "lines", status=400) for rate in params.get("tax_rates") or []]
    taxes = [by_rate(rate, amount) for rate in rates]
    for given in params.get("tax_amounts") or []:
        rate = world.get("tax_rate", given["tax_rate"], "lines", status=400)
        taxes.append(tax(rate, given["amount"], given["taxable_amount"], "not_available"))
    return {
        "id": world.identifier("cnli"), "object": "credit_note_line_item", "amount": amount,
        "description": params.get("description"), "discount_amount": 0, "discount_amounts": [],
        "invoice_line_item": of_line, "livemode": False, "metadata": merged({}, params.get("metadata", {})),
        "pretax_credit_amounts": [], "quantity": quantity, "tax_rates": [], "taxes": taxes,
        "type": "invoice_line_item" if of_line else "custom_line_item", "unit_amount": None,
        "unit_amount_decimal": None,
    }  # fmt: skip


def _whole(world: World, invoice: Object, amount: int) -> Object:
    """`amount` alone contains tax: its net and tax are the invoice's in proportion."""
    taxes = [_part(item, amount, invoice["total"]) for item in invoice["total_taxes"]]
    exclusive = sum(item["amount"] for item in taxes if item["tax_behavior"] == "exclusive")
    return _taxed(world, amount - exclusive, {}, 1, None) | {"taxes": taxes}


def _add(
    world: World, invoice: Object, params: dict[str, Any], *, lines: list[Object], taxes: list[Object], total: int
) -> Object:
    subtotal = sum(line["amount"] for line in lines)
    before = sum(1 for note in world.of("credit_note") if note["invoice"] == invoice["id"])
    after_payment = invoice["status"] == "paid"
    inclusive = sum(item["amount"] for item in taxes if item["tax_behavior"] == "inclusive")
    note = world.add(
        "cn", "credit_note", amount=total, amount_shipping=0, currency=invoice["currency"],
        customer=invoice["customer"], customer_account=None, customer_balance_transaction=None, discount_amount=0,
        discount_amounts=[], effective_at=params.get("effective_at", world.now), invoice=invoice["id"], lines={},
        memo=params.get("memo"), metadata=merged({}, params.get("metadata", {})),
        number=f"{invoice['number']}-CN-{before + 1:02d}", out_of_band_amount=params.get("out_of_band_amount"),
        pdf=f"{world.address}/pay/{invoice['id']}/pdf", post_payment_amount=total if after_payment else 0,
        pre_payment_amount=0 if after_payment else total, pretax_credit_amounts=[], reason=params.get("reason"),
        refunds=[], shipping_cost=None, status="issued", subtotal=subtotal, subtotal_excluding_tax=subtotal - inclusive,
        total=total, total_excluding_tax=subtotal - inclusive, total_taxes=taxes,
        type="post_payment" if after_payment else "pre_payment", voided_at=None,
    )  # fmt: skip
    url = f"/v1/credit_notes/{note['id']}/lines"
    note["lines"] = {"object": "list", "data": lines[:10], "has_more": len(lines) > 10, "url": url}
    note["_lines"] = lines
    return note


def _settle(world: World, invoice: Object, note: Object, params: dict[str, Any]) -> None:
    if note["type"] == "pre_payment":
        paying.lower(world, invoice, note["total"])
        return
    invoice["post_payment_credit_notes_amount"] += note["total"]
    world.things[invoice["customer"]]["balance"] -= params.get("credit_amount", 0)


def _refunds(world: World, invoice: Object, params: dict[str, Any]) -> list[Object]:
    """Refunds that exist already, and the one that is asked for."""
    named = params.get("refunds", [])
    made = [{"refund": item["refund"], "amount_refunded": item["amount_refunded"]} for item in named]
    if params.get("refund_amount"):
        charge = world.things.get(payment_of(world, invoice["id"])[1] or "")
        if charge is None:
            raise Refused("There is no charge to refund", param="refund_amount")
        refund = refund_charge(world, charge, params["refund_amount"], {})
        made.append({"refund": refund["id"], "amount_refunded": refund["amount"]})
    return [item | {"type": "refund", "payment_record_refund": None} for item in made]


def void(world: World, params: dict[str, Any], identifier: str) -> Object:
    note = world.get("credit_note", identifier, "id")
    invoice = world.things[note["invoice"]]
    if note["status"] == "void" or note["type"] == "post_payment" or invoice["status"] != "open":
        raise Refused("Only credit notes of open invoices can be voided.")
    note |= {"status": "void", "voided_at": world.now}
    paying.lower(world, invoice, -note["total"])
    world.tell("credit_note.voided", note)
    return note


def update(world: World, params: dict[str, Any], identifier: str) -> Object:
    note = world.get("credit_note", identifier, "id")
    note["memo"] = params.get("memo", note["memo"])
    note["metadata"] = merged(note["metadata"], params.get("metadata", {}))
    world.tell("credit_note.updated", note)
    return note


def list_lines(world: World, params: dict[str, Any], identifier: str) -> Object:
    note = world.get("credit_note", identifier, "credit_note")
    return cut(note["_lines"], params, f"/v1/credit_notes/{identifier}/lines", lambda line: line)
