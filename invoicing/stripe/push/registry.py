"""All steps by their purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from invoicing.stripe.push import (
    credit_note,
    customer,
    finalize,
    invoice,
    lines,
    paid_elsewhere,
    pay,
    send,
    uncollectible,
    void,
)
from invoicing.stripe.push.step import Step

STEPS: Final[Mapping[str, Step]] = {
    module.STEP.purpose: module.STEP
    for module in (
        customer,
        invoice,
        lines,
        finalize,
        pay,
        send,
        void,
        uncollectible,
        credit_note,
        paid_elsewhere,
    )
}
# The way of a document, in order; a saved payment method is tried before the document is mailed.
WAY: Final = ("invoice", "lines", "finalize", "pay", "send")
# By which Stripe follows what becomes of a document here.
FOLLOWING: Final = ("void", "uncollectible", "credit_note", "paid_elsewhere")
