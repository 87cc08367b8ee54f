"""What does not fit together: written down once, for a person to look at and to close."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from invoicing import audit
from invoicing.models import Anomaly, Invoice, StripeEvent
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition

log = structlog.get_logger("billing.stripe")

BY_ITSELF = "system"  # closed what was gone
LONGEST_TEXT = 500
LONGEST_KEY = 270  # with room for what tells its returns apart


def note(
    kind: str,
    text: str,
    *,
    at: datetime,
    invoice: Invoice | None = None,
    event: StripeEvent | None = None,
    key: str = "",
) -> bool:
    """Write a finding down, in the caller's transaction; answer whether it is new.

    A finding is the same where `kind`, document and `key` are: it is written once, and once a person closed it, it
    stays closed. One that was closed because it was gone is written anew when it comes back.
    """
    before = last(kind, invoice, key)
    if before is not None and before.closed_by != BY_ITSELF:
        return False
    whole = key_of(kind, invoice, key) + (f"#{before.pk}" if before else "")
    told = {"kind": kind, "text": text[:LONGEST_TEXT], "invoice": invoice, "event": event, "found_at": at}
    anomaly, new = Anomaly.objects.get_or_create(key=whole, defaults=told)
    if new:
        log.warning("anomaly", anomaly=anomaly.pk, kind=kind, key=whole)
    return new


def key_of(kind: str, invoice: Invoice | None, key: str) -> str:
    """By which a finding is known again."""
    return ":".join([kind, str(invoice.pk) if invoice else "-", key])[:LONGEST_KEY]


def last(kind: str, invoice: Invoice | None, key: str) -> Anomaly | None:
    """The finding as it was written down last; None where it never was."""
    whole = key_of(kind, invoice, key)
    return Anomaly.objects.filter(Q(key=whole) | Q(key__startswith=f"{whole}#")).order_by("pk").last()


@transaction.atomic
def close_anomaly(pk: int, *, reason: str, by: str, at: datetime) -> Anomaly:
    """Say that a finding was dealt with, and how. Raises InvalidTransition if it is closed, ValueError with no why."""
    why = stated(reason)
    open_one = Anomaly.objects.filter(pk=pk, closed_at__isnull=True)
    if not open_one.update(closed_at=at, closed_by=by, closing_reason=why):
        raise InvalidTransition(f"anomaly {pk} was closed before")
    anomaly = Anomaly.objects.select_related("invoice").get(pk=pk)
    audit.record("anomaly.closed", anomaly, by=by, at=at, reason=why, data={"kind": anomaly.kind, "text": anomaly.text})
    return anomaly
