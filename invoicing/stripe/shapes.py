"""What Stripe's objects say, whatever version of its API they come from; nothing else looks into them.

Until 2024 an invoice named its `charge` and `payment_intent`, since 2025 it has `payments`, which are left out unless
they are asked for. Amounts are in minor units of `currency`, a code in capitals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

Object = Mapping[str, Any]
PAID, OPEN, VOID, UNCOLLECTIBLE = "paid", "open", "void", "uncollectible"
# How far a document is at Stripe: what is told late never takes it back.
PROGRESS: Final = ("draft", OPEN, UNCOLLECTIBLE, VOID, PAID)
LONGEST_ID: Final = 100


class Misshapen(ValueError):  # noqa: N818 - says what is wrong, as a sentence
    """An object without what it must have."""


@dataclass(frozen=True, slots=True)
class StripePayment:
    """Money that Stripe took for an invoice; `id` is that of the payment intent, else of the charge, in every shape."""

    id: str
    amount_cents: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice. `payments` None: the object does not say."""

    id: str
    status: str
    currency: str
    total_cents: int
    amount_paid_cents: int
    hosted_url: str
    metadata: Mapping[str, str]
    payments: tuple[StripePayment, ...] | None
    failure: str = ""
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """A charge; `invoice_id` only where the object says it."""

    id: str
    intent_id: str
    invoice_id: str


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that goes back for a charge or intent, in minor units. A refund that failed stays so."""

    id: str
    amount_cents: int
    currency: str
    status: str
    made_at: datetime
    charge_id: str = ""
    intent_id: str = ""

    @property
    def failed(self) -> bool:
        """The money did not arrive, or was not sent: it is with us again."""
        return self.status in ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    id: str
    charge_id: str
    intent_id: str
    amount_cents: int
    currency: str
    reason: str
    status: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class CreditNoteFacts:
    id: str
    number: str
    invoice_id: str
    total_cents: int
    status: str
    metadata: Mapping[str, str]


def invoice_facts(thing: Object) -> InvoiceFacts:
    """Raises Misshapen."""
    failure, attempt = _failure(thing)
    return InvoiceFacts(
        id=_id(thing, "id"), status=_text(thing, "status"), currency=_text(thing, "currency").upper(),
        total_cents=_whole(thing, "total"), amount_paid_cents=_whole(thing, "amount_paid"),
        hosted_url=str(thing.get("hosted_invoice_url") or ""), metadata=_metadata(thing), payments=_payments(thing),
        failure=failure, attempt=attempt,
    )  # fmt: skip


def charge_facts(thing: Object) -> ChargeFacts:
    """Raises Misshapen."""
    return ChargeFacts(_id(thing, "id"), named(thing.get("payment_intent")), named(thing.get("invoice")))


def refund_facts(thing: Object) -> RefundFacts:
    """Raises Misshapen."""
    return RefundFacts(
        _id(thing, "id"), _whole(thing, "amount"), _text(thing, "currency").upper(), str(thing.get("status") or ""),
        _moment(thing, "created"), named(thing.get("charge")), named(thing.get("payment_intent")),
    )  # fmt: skip


def dispute_facts(thing: Object) -> DisputeFacts:
    """Raises Misshapen."""
    return DisputeFacts(
        id=_id(thing, "id"), charge_id=named(thing.get("charge")), intent_id=named(thing.get("payment_intent")),
        amount_cents=_whole(thing, "amount"), currency=_text(thing, "currency").upper(),
        reason=str(thing.get("reason") or ""), status=_text(thing, "status"), opened_at=_moment(thing, "created"),
    )  # fmt: skip


def credit_note_facts(thing: Object) -> CreditNoteFacts:
    """Raises Misshapen."""
    return CreditNoteFacts(
        id=_id(thing, "id"), number=str(thing.get("number") or ""), invoice_id=named(thing.get("invoice")),
        total_cents=_whole(thing, "total"), status=str(thing.get("status") or ""), metadata=_metadata(thing),
    )  # fmt: skip


def named(reference: object) -> str:
    """The id of another object, which is there whole where it was asked for; "" where there is none."""
    found = reference.get("id") if isinstance(reference, Mapping) else reference
    return found if isinstance(found, str) else ""


def _payments(thing: Object) -> tuple[StripePayment, ...] | None:
    listed = thing.get("payments")
    if isinstance(listed, Mapping):
        if listed.get("has_more"):
            raise Misshapen(f"invoice {thing.get('id')} has more payments than were read")
        found = [_of_payment(one) for one in _things(listed)]
        return tuple(payment for payment in found if payment is not None)
    if "charge" not in thing and "payment_intent" not in thing:
        return None if _whole(thing, "amount_paid") else ()
    paid_by = named(thing.get("payment_intent")) or named(thing.get("charge"))
    if not paid_by or thing.get("status") != PAID or thing.get("paid_out_of_band") or not _whole(thing, "amount_paid"):
        return ()
    moments = thing.get("status_transitions")
    if not isinstance(moments, Mapping):
        raise Misshapen("status_transitions is missing")
    return (StripePayment(paid_by, _whole(thing, "amount_paid"), _moment(moments, "paid_at")),)


def _of_payment(one: Object) -> StripePayment | None:
    """A payment of the list that Stripe itself took; None for one that is open, cancelled or was made elsewhere."""
    paid_by = one.get("payment")
    if one.get("status") != PAID or not isinstance(paid_by, Mapping):
        return None
    by = named(paid_by.get("payment_intent")) or named(paid_by.get("charge"))
    moments = one.get("status_transitions")
    if not by or not isinstance(moments, Mapping):
        return None
    return StripePayment(by, _whole(one, "amount_paid"), _moment(moments, "paid_at"))


def _failure(thing: Object) -> tuple[str, str]:
    """Why the last attempt to pay failed, in Stripe's words, and what tells this attempt from others."""
    for one in _things(thing.get("payments")):
        paid_by = one.get("payment")
        intent = paid_by.get("payment_intent") if isinstance(paid_by, Mapping) else None
        error = intent.get("last_payment_error") if isinstance(intent, Mapping) else None
        if isinstance(error, Mapping):
            return str(error.get("message") or error.get("code") or ""), named(error.get("charge"))
    return "", ""


def _things(listed: object) -> Sequence[Object]:
    found = listed.get("data") if isinstance(listed, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _metadata(thing: Object) -> Mapping[str, str]:
    found = thing.get("metadata")
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, Mapping) else {}


def _id(thing: Object, name: str) -> str:
    found = _text(thing, name)
    if len(found) > LONGEST_ID:
        raise Misshapen(f"{name} is longer than {LONGEST_ID} characters")
    return found


def _text(thing: Object, name: str) -> str:
    found = thing.get(name)
    if not isinstance(found, str) or not found or not found.isprintable():
        raise Misshapen(f"{name} is missing or no text")
    return found


def _whole(thing: Object, name: str) -> int:
    found = thing.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) >= 1 << 62:
        raise Misshapen(f"{name} is missing or no whole number")
    return found


def _moment(thing: Object, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(_whole(thing, name), UTC)
    except (OverflowError, OSError, ValueError) as problem:
        raise Misshapen(f"{name} is no moment") from problem
