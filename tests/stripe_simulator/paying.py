"""Payments of invoices: intents, charges, declines, debits that take days."""

from __future__ import annotations

from tests.stripe_simulator.errors import Refused, card_code, card_message, declined
from tests.stripe_simulator.methods import usable
from tests.stripe_simulator.world import Object, World

DEBIT_SECONDS = 3 * 86400


def ask(world: World, invoice: Object) -> Object:
    """The default payment of a finalised invoice, open, with its intent."""
    intent = world.add(
        "pi", "payment_intent", amount=invoice["amount_due"], amount_received=0, currency=invoice["currency"],
        capture_method="automatic", customer=invoice["customer"], description=f"Payment for {invoice['number']}",
        last_payment_error=None, latest_charge=None, metadata={}, next_action=None, payment_method=None,
        payment_method_types=["card", "sepa_debit"], status="requires_payment_method",
    )  # fmt: skip
    payment = world.add(
        "inpay", "invoice_payment", amount_paid=None, amount_requested=invoice["amount_due"],
        currency=invoice["currency"], invoice=invoice["id"], is_default=True, status="open",
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status_transitions={"canceled_at": None, "paid_at": None},
    )  # fmt: skip
    world.tell("payment_intent.created", intent)
    return payment


def payment_for(world: World, invoice: Object) -> tuple[Object, Object]:
    """The open default payment of an invoice and its intent."""
    for payment in world.of("invoice_payment"):
        if payment["invoice"] == invoice["id"] and payment["is_default"]:
            return payment, world.things[payment["payment"]["payment_intent"]]
    raise Refused("This invoice has no payment")


def method_for(world: World, invoice: Object, chosen: str | None) -> Object:
    """The method named in the call, else the invoice's, else the customer's."""
    settings = world.things[invoice["customer"]]["invoice_settings"]
    name = chosen or invoice["default_payment_method"] or settings["default_payment_method"]
    if name is None:
        raise Refused(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method.", code="resource_missing",
        )  # fmt: skip
    return usable(world, name, invoice["customer"])


def collect(world: World, invoice: Object, chosen: str | None) -> None:
    """One attempt. Refused (402) where the card is declined; a debit stays open until it is settled."""
    method = method_for(world, invoice, chosen)
    payment, intent = payment_for(world, invoice)
    if intent["status"] == "processing":
        raise Refused("This invoice has a payment that is being processed")
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if method["type"] == "sepa_debit":
        charge = _charge(world, intent, method, "pending")
        intent |= {"status": "processing", "payment_method": method["id"], "latest_charge": charge["id"]}
        intent["_arrives_at"] = world.now + DEBIT_SECONDS
        world.tell("charge.pending", charge)
        world.tell("payment_intent.processing", intent)
        return
    if method["_declines"] is not None:
        fail(world, invoice, intent, method)
        raise declined(method["_declines"], payment_intent=world.show(intent), charge=intent["latest_charge"])
    succeed(world, invoice, payment, intent, _charge(world, intent, method, "succeeded"))


def _charge(world: World, intent: Object, method: Object, status: str) -> Object:
    reason = method["_declines"] if status == "failed" else None
    paid = status == "succeeded"
    return world.add(
        "ch" if method["type"] == "card" else "py", "charge", amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0, amount_refunded=0, balance_transaction=None,
        billing_details=method["billing_details"], captured=paid, currency=intent["currency"],
        customer=intent["customer"], description=intent["description"], disputed=False,
        failure_code=card_code(reason) if reason else None, failure_message=card_message(reason) if reason else None,
        metadata={}, outcome={"type": "issuer_declined" if reason else "authorized", "reason": reason}, paid=paid,
        payment_intent=intent["id"], payment_method=method["id"], receipt_url=None, refunded=False, status=status,
        payment_method_details={"type": method["type"], method["type"]: method[method["type"]]},
    )  # fmt: skip


def succeed(world: World, invoice: Object, payment: Object, intent: Object, charge: Object) -> None:
    """The money is there."""
    charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"]}
    intent |= {
        "status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"],
        "payment_method": charge["payment_method"], "last_payment_error": None,
    }  # fmt: skip
    payment |= {"status": "paid", "amount_paid": intent["amount"]}
    payment["status_transitions"] = payment["status_transitions"] | {"paid_at": world.now}
    world.tell("charge.succeeded", charge)
    world.tell("payment_intent.succeeded", intent)
    mark_paid(world, invoice)
    world.tell("invoice_payment.paid", payment)


def mark_paid(world: World, invoice: Object) -> None:
    """By money, by other means or because nothing is due."""
    invoice |= {
        "status": "paid", "amount_paid": invoice["amount_due"] - invoice["pre_payment_credit_notes_amount"],
        "amount_remaining": 0, "next_payment_attempt": None,
    }  # fmt: skip
    invoice["status_transitions"]["paid_at"] = world.now
    world.tell("invoice.updated", invoice)
    world.tell("invoice.paid", invoice)
    world.tell("invoice.payment_succeeded", invoice)


def fail(world: World, invoice: Object, intent: Object, method: Object) -> None:
    """A declined attempt: the reason is on charge and intent, not on the invoice."""
    charge = _charge(world, intent, method, "failed")
    reason = str(method["_declines"])
    error = {
        "type": "card_error", "code": card_code(reason), "decline_code": reason, "message": card_message(reason),
        "charge": charge["id"], "payment_method": world.show(method),
    }  # fmt: skip
    needs_action = reason == "authentication_required"
    intent |= {
        "status": "requires_action" if needs_action else "requires_payment_method", "latest_charge": charge["id"],
        "last_payment_error": error,
    }  # fmt: skip
    world.tell("charge.failed", charge)
    world.tell("payment_intent.payment_failed", intent)
    if needs_action:
        world.tell("invoice.payment_action_required", invoice)
    world.tell("invoice.payment_failed", invoice)


def settle(world: World, *, until: int) -> None:
    """Debits that arrive by then: paid, or returned by the bank."""
    for intent in world.of("payment_intent"):
        if intent["status"] != "processing" or intent["_arrives_at"] > until:
            continue
        payment = next(item for item in world.of("invoice_payment") if _pays(item, intent))
        invoice, charge = world.things[payment["invoice"]], world.things[intent["latest_charge"]]
        method = world.things[intent["payment_method"]]
        if method["_declines"] is None:
            succeed(world, invoice, payment, intent, charge)
        else:
            fail(world, invoice, intent, method)


def _pays(payment: Object, intent: Object) -> bool:
    return bool(payment["payment"]["payment_intent"] == intent["id"])


def give_up(world: World, invoice: Object) -> None:
    """Cancel what is still open of an invoice's payments."""
    for payment in world.of("invoice_payment"):
        if payment["invoice"] == invoice["id"] and payment["status"] == "open":
            intent = world.things[payment["payment"]["payment_intent"]]
            payment["status"] = intent["status"] = "canceled"
            payment["status_transitions"] = payment["status_transitions"] | {"canceled_at": world.now}
            world.tell("payment_intent.canceled", intent)


def lower(world: World, invoice: Object, by: int) -> None:
    """A credit note before payment asks for less; when nothing is left, the invoice is paid."""
    invoice["pre_payment_credit_notes_amount"] += by
    invoice["amount_remaining"] -= by
    if invoice["amount_remaining"] == 0:
        give_up(world, invoice)
        mark_paid(world, invoice)
        return
    payment, intent = payment_for(world, invoice)
    intent["amount"] = payment["amount_requested"] = invoice["amount_remaining"]
    world.tell("invoice.updated", invoice)
