"""An invoice's way: draft -> open -> paid | void | uncollectible; wrong turns are refused without a code, as there."""

from __future__ import annotations

from typing import Any

from tests.stripe_simulator import paying
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.invoices import copy_customer
from tests.stripe_simulator.totals import recalculate
from tests.stripe_simulator.world import Object, World

_NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."


def finalize(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = world.get("invoice", identifier, "id")
    if invoice["status"] != "draft":
        raise Refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    world.get("customer", invoice["customer"], "customer", status=400)  # one that was deleted has no new invoices
    finish(world, invoice)
    invoice["auto_advance"] = params.get("auto_advance", invoice["auto_advance"])
    if invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically":
        try_to_collect(world, invoice)
    return invoice


def finish(world: World, invoice: Object) -> None:
    """Number it, settle the customer's balance, ask for the payment; nothing to pay is paid at once."""
    recalculate(world, invoice)
    copy_customer(world, invoice)
    customer = world.things[invoice["customer"]]
    if invoice["number"] is None:
        invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
        customer["next_invoice_sequence"] += 1
    _settle_balance(invoice, customer)
    page = f"{world.address}/pay/{invoice['id']}"
    invoice |= {
        "status": "open", "effective_at": invoice["effective_at"] or world.now, "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf", "automatically_finalizes_at": None, "next_payment_attempt": None,
    }  # fmt: skip
    invoice["status_transitions"]["finalized_at"] = world.now
    if invoice["amount_due"] > 0:
        paying.ask(world, invoice)
    world.tell("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        invoice["attempted"] = True
        paying.mark_paid(world, invoice)


def _settle_balance(invoice: Object, customer: Object) -> None:
    """A credit (negative balance) pays first; what is owed is added; a negative total becomes credit."""
    invoice["starting_balance"] = customer["balance"]
    left = invoice["total"] + customer["balance"]
    invoice["amount_due"] = invoice["amount_remaining"] = max(left, 0)
    invoice["ending_balance"] = customer["balance"] = min(left, 0)


def try_to_collect(world: World, invoice: Object) -> None:
    """Charge what is saved; a refusal is told by events alone, because nobody waits for the answer."""
    if invoice["status"] != "open":
        return
    try:
        paying.collect(world, invoice, None)
    except Refused as refusal:
        invoice["last_finalization_error"] = None if refusal.status == 402 else refusal.error


def send(world: World, params: dict[str, Any], identifier: str) -> Object:
    """A draft is finalised first."""
    invoice = world.get("invoice", identifier, "invoice")
    sendable = invoice["collection_method"] == "send_invoice" and invoice["status"] in ("draft", "open")
    if not sendable:
        raise Refused(
            "This invoice cannot be sent right now. Please contact us via "
            "https://support.stripe.com/contact with details, so we can help."
        )
    if not world.things[invoice["customer"]]["email"] and not invoice["customer_email"]:
        raise Refused("Missing email. In order to create invoices that are sent, the customer needs an email address.")
    if invoice["status"] == "draft":
        finish(world, invoice)
    world.tell("invoice.sent", invoice)
    return invoice


def void(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = world.get("invoice", identifier, "id")
    if invoice["status"] == "paid" or invoice["amount_paid"]:
        raise Refused("Invoices with `paid` payments cannot be voided.")
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refused(_NOT_OPEN)
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = world.now
    paying.give_up(world, invoice)
    world.tell("invoice.voided", invoice)
    return invoice


def mark_uncollectible(world: World, params: dict[str, Any], identifier: str) -> Object:
    invoice = world.get("invoice", identifier, "id")
    if invoice["status"] == "uncollectible":
        raise Refused("This invoice has already been marked uncollectible.")
    if invoice["status"] != "open":
        raise Refused(_NOT_OPEN)
    invoice["status"] = "uncollectible"
    invoice["status_transitions"]["marked_uncollectible_at"] = world.now
    world.tell("invoice.marked_uncollectible", invoice)
    return invoice


def pay(world: World, params: dict[str, Any], identifier: str) -> Object:
    """A draft is finalised first. 402 for a declined card, after the failed attempt is recorded."""
    invoice = world.get("invoice", identifier, "id")
    if invoice["status"] == "paid":
        raise Refused("Invoice is already paid")
    if invoice["status"] == "void":
        raise Refused(_NOT_OPEN)
    if invoice["status"] == "draft":
        finish(world, invoice)
        if invoice["status"] == "paid":
            return invoice
    if params.get("paid_out_of_band"):
        invoice["amount_paid_off_stripe"] = invoice["amount_remaining"]
        paying.give_up(world, invoice)
        paying.mark_paid(world, invoice)
        return invoice
    paying.collect(world, invoice, params.get("payment_method"))
    return invoice


def pass_time(world: World) -> None:
    """What the clock brings about: drafts that finalise themselves, dues that pass, bank debits that arrive."""
    for invoice in world.of("invoice"):
        at = invoice["automatically_finalizes_at"]
        if invoice["status"] == "draft" and at is not None and at <= world.now:
            finish(world, invoice)
            if invoice["collection_method"] == "charge_automatically":
                try_to_collect(world, invoice)
        overdue = invoice["due_date"] is not None and invoice["due_date"] <= world.now and invoice["status"] == "open"
        if overdue and not invoice.get("_overdue"):
            invoice["_overdue"] = True
            world.tell("invoice.overdue", invoice)
    paying.settle(world, until=world.now)
