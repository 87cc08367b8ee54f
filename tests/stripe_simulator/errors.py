"""Refusals as the API sends them: a status, a type, mostly no code, often the parameter."""

from __future__ import annotations

from typing import Any

CARD_MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
_OWN_CODES = ("expired_card", "incorrect_cvc", "processing_error", "authentication_required")


class Refused(Exception):  # noqa: N818 -- an answer like others, not a fault of the simulator
    """An answer that is no object. `extra` are further fields of the error (decline_code, payment_intent …)."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", code: str | None = None,
        param: str | None = None, **extra: Any,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message} | extra
        if code is not None:
            self.error["code"] = code
        if param is not None:
            self.error["param"] = param


def missing(what: str, identifier: str, param: str, *, status: int = 404) -> Refused:
    """No object of that id: 404 for one that the path names, 400 for one that a parameter names."""
    message = f"No such {what}: '{identifier}'"
    return Refused(message, status=status, code="resource_missing", param=param)


def card_code(decline: str) -> str:
    """The error code that goes with a decline code: its own for a few, card_declined for the others."""
    return decline if decline in _OWN_CODES else "card_declined"


def card_message(decline: str) -> str:
    return CARD_MESSAGES.get(decline, CARD_MESSAGES["generic_decline"])


def declined(decline: str, **extra: Any) -> Refused:
    """402 as for a declined card."""
    return Refused(
        card_message(decline), status=402, kind="card_error", code=card_code(decline), decline_code=decline, **extra
    )
