"""What a step to Stripe is made of, and how it can end other than by being made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from invoicing.models import Invoice, StripeCall, StripeInvoice

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: about which object of Stripe ("" for a new one), and with which parameters.

    `repeatable`: sending it with other parameters than before does no harm, because nothing is made by it.
    """

    target: str
    params: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = False

    def digest(self) -> str:
        """By which the same request is recognised."""
        return hashlib.sha256(json.dumps([self.target, self.params], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Already:
    """Nothing is to be sent: Stripe's object is as it would be afterwards."""

    answer: Object


class Skip(Exception):  # noqa: N818 - how a step ends
    """Nothing is to be done, for the reason that is the message."""


class Contradiction(Exception):  # noqa: N818 - a finding for a person
    """Stripe and we differ. `parks`: nothing more happens to the document before a person looked at it."""

    def __init__(self, kind: str, sentence: str, *, parks: bool = False) -> None:
        super().__init__(sentence)
        self.kind, self.parks = kind, parks


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of call. All but `note` may ask Stripe, and raise StripeProblem; no transaction is open meanwhile.

    `prepare` reads our rows, and Stripe's object where its state matters; raises Skip and Contradiction.
    `send` makes the call with its key. `find` looks for what an earlier try has left at Stripe; None where nothing.
    `note` writes down what came of it, in the transaction that ends the step.
    """

    purpose: str
    prepare: Callable[[StripeCall], Request | Already]
    send: Callable[[Request, str], Object]
    find: Callable[[StripeCall, Request], Object | None]
    note: Callable[[StripeCall, Object, datetime], None]


def first_of(call: StripeCall) -> Invoice:
    """The document that is at Stripe: the call's own, or the one that it takes back."""
    document = call.invoice
    if document is None:
        raise Contradiction("stripe_no_document", f"step {call} names no document", parks=True)
    return document.cancels or document


def stripe_id_of(document: Invoice) -> str:
    """Stripe's id of a document. Raises Contradiction where it has none."""
    known = StripeInvoice.objects.filter(invoice=document).values_list("stripe_id", flat=True).first()
    if known is None:
        raise Contradiction("stripe_unknown", f"document {document} is not known to be at Stripe", parks=True)
    return known
