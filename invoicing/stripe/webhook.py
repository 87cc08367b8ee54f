"""Where Stripe delivers its events: size, signature, one row, 200. All else is done later, from the row."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoicing.stripe.client.signature import verify_signature
from invoicing.stripe.problems import BadSignature
from invoicing.stripe.receiving import NotAnEvent, read, receive

log = structlog.get_logger("billing.stripe")

LARGEST_BYTES = 1 << 20
TOLERANCE_SECONDS = 300


class Refused(Exception):  # noqa: N818 - an answer
    """Not taken; Stripe delivers it again for three days."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@login_not_required
@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 for what is stored, also where it was before; 400 and 413 for what is refused; 503 without the database."""
    try:
        said = _taken(request)
    except Refused as refused:
        log.warning("stripe delivery refused", status=refused.status, reason=str(refused))
        return HttpResponse(f"{refused}\n", status=refused.status, content_type="text/plain")
    return HttpResponse(f"{said}\n", content_type="text/plain")


def _taken(request: HttpRequest) -> str:
    body = _signed_body(request)
    try:
        received = receive(read(body), body, at=timezone.now())
    except (NotAnEvent, DataError) as problem:
        raise Refused(400, str(problem)[:300]) from problem
    except (OperationalError, InterfaceError) as problem:
        raise Refused(503, "the database is away; deliver it again later") from problem
    return "received before" if received.is_duplicate else "received"


def _signed_body(request: HttpRequest) -> bytes:
    """The raw body, once it is known to be Stripe's: nothing else is read of what anybody may send."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BYTES:
        raise Refused(413, f"the body is larger than {LARGEST_BYTES} bytes")
    header = request.headers.get("Stripe-Signature", "")
    if not header:
        raise Refused(400, "the header Stripe-Signature is missing")
    try:
        body = request.body
    except UnreadablePostError as problem:
        raise Refused(400, "the body did not arrive") from problem
    try:
        verify_signature(body, header, settings.DEPLOYMENT.stripe_webhook_secrets, TOLERANCE_SECONDS)
    except BadSignature as problem:
        raise Refused(400, str(problem)[:300]) from problem
    return body
