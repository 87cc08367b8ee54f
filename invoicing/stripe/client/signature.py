"""Whether a delivery comes from Stripe: the signature over its body."""

from __future__ import annotations

import time
from collections.abc import Iterable

import stripe

from invoicing.stripe.problems import BadSignature


def verify_signature(payload: bytes, header: str, secrets: Iterable[str], tolerance_seconds: int) -> None:
    """Check the header over the raw body with each secret. Raises BadSignature with the reason.

    The time in it may lie that many seconds back or ahead.
    """
    reason = "no secret is set"
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(payload, header, secret, tolerance_seconds)
        except stripe.SignatureVerificationError as problem:
            reason = str(problem.user_message or "the signature does not fit")
        except (ValueError, TypeError) as problem:  # a body or header that is no text
            raise BadSignature("the body or its signature is no text") from problem
        else:
            _ensure_not_ahead(header, tolerance_seconds)
            return
    raise BadSignature(reason)


def _ensure_not_ahead(header: str, tolerance_seconds: int) -> None:
    """The library looks only at how old a signature is."""
    signed_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    if signed_at > time.time() + tolerance_seconds:
        raise BadSignature(f"Timestamp outside the tolerance zone ({signed_at})")
