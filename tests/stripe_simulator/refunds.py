"""Refunds and disputes of charges."""

from __future__ import annotations

from typing import Any

from tests.stripe_simulator.customers import merged
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.world import Object, World


def create(world: World, params: dict[str, Any]) -> Object:
    if "charge" in params:
        charge = world.get("charge", params["charge"], "charge", status=400)
    elif "payment_intent" in params:
        intent = world.get("payment_intent", params["payment_intent"], "payment_intent", status=400)
        charge = world.things.get(intent["latest_charge"] or "", {"status": "failed"})
    else:
        raise Refused("One of the following params should be provided for this request: payment_intent or charge.")
    return refund_charge(world, charge, params.get("amount"), params)


def refund_charge(world: World, charge: Object, amount: int | None, params: dict[str, Any]) -> Object:
    """Give back `amount` minor units, or all that is left."""
    if charge["status"] != "succeeded":
        raise Refused("This charge has not succeeded, so it cannot be refunded.", param="charge")
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise Refused(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    amount = left if amount is None else amount
    if not 0 < amount <= left:
        raise Refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    refund = world.add(
        "re", "refund", amount=amount, balance_transaction=None, charge=charge["id"], currency=charge["currency"],
        customer=charge["customer"], destination_details=None, metadata=merged({}, params.get("metadata", {})),
        payment_intent=charge["payment_intent"], reason=params.get("reason"), receipt_number=None, status="succeeded",
    )  # fmt: skip
    before = charge["amount_refunded"]
    charge |= {"amount_refunded": before + amount, "refunded": left == amount}
    world.tell("refund.created", refund)
    world.tell("charge.refunded", charge, amount_refunded=before)
    return refund


def fail_refund(world: World, refund: Object, reason: str = "expired_or_canceled_card") -> Object:
    """The bank sends the money back, days after the refund had succeeded."""
    charge, before = world.things[refund["charge"]], refund["status"]
    refund |= {"status": "failed", "failure_reason": reason}
    charge |= {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False}
    for kind in ("refund.updated", "charge.refund.updated", "refund.failed"):
        world.tell(kind, refund, status=before)
    return refund


def dispute_charge(world: World, charge: Object, amount: int | None, reason: str) -> Object:
    """The customer's bank takes the money back for now."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise Refused("This charge cannot be disputed")
    charge["disputed"] = True
    dispute = world.add(
        "du", "dispute", amount=charge["amount"] if amount is None else amount, balance_transactions=[],
        charge=charge["id"], currency=charge["currency"], enhanced_eligibility_types=[], evidence={},
        evidence_details={"due_by": world.now + 7 * 86400, "has_evidence": False, "past_due": False},
        is_charge_refundable=False, metadata={}, network_reason_code=None, payment_intent=charge["payment_intent"],
        reason=reason, status="needs_response",
    )  # fmt: skip
    world.tell("charge.dispute.created", dispute)
    world.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(world: World, params: dict[str, Any], identifier: str) -> Object:
    """Closing a dispute by the API accepts it: lost."""
    return end_dispute(world, world.get("dispute", identifier, "dispute"), "lost")


def end_dispute(world: World, dispute: Object, outcome: str) -> Object:
    """`outcome` won or lost; the money of a won one comes back."""
    if dispute["status"] in ("won", "lost"):
        raise Refused("This dispute is already closed.")
    dispute["status"] = outcome
    if outcome == "won":
        world.tell("charge.dispute.funds_reinstated", dispute)
    world.tell("charge.dispute.closed", dispute)
    return dispute
