"""Send issued documents the way their recipients chose: our mail, Stripe's, or nobody's (D-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

import config
from contracts.models import Client
from invoicing.handing_over import LEFT, PARKED, QUEUED, REFUSED, SENT_BEFORE, Asked, Delivery, Sending
from invoicing.mail.outbox import plan_mails, queue_mails
from invoicing.models import Invoice
from invoicing.stripe.outbox import queue_pushes
from invoicing.stripe.planning import plan_pushes
from invoicing.switches import ensure_enabled

__all__ = ["LEFT", "PARKED", "QUEUED", "REFUSED", "SENT_BEFORE", "Sending", "plan_sending", "send_at_issue",
           "send_invoices"]  # fmt: skip


def _nobody(documents: Sequence[Invoice], _asked: Asked) -> list[Sending]:
    return [
        Sending(one, REFUSED, f"documents of client {one.client.external_id} are not sent: its delivery is none")
        for one in documents
    ]


def _nothing(_sendings: Sequence[Sending], _asked: Asked) -> None:
    """Nothing to write."""


# Who delivers, by the client's choice.
DELIVERIES: Final[Mapping[str, Delivery]] = {
    Client.Delivery.EMAIL: Delivery(plan_mails, queue_mails),
    Client.Delivery.STRIPE: Delivery(plan_pushes, queue_pushes),
    Client.Delivery.NONE: Delivery(_nobody, _nothing),
}


def plan_sending(
    ids: Sequence[int], *, at: datetime, by: str, again: bool = False, lock: bool = False
) -> list[Sending]:
    """What sending these documents would do, in the order of their keys. Raises BillingDisabled."""
    ensure_enabled()
    asked = Asked(at, by, again)
    documents = Invoice.objects.filter(pk__in=list(ids)).select_related("client", "cancels").order_by("pk")
    if lock:  # who else sends one of them waits, and then finds it sent
        documents = documents.select_for_update(no_key=True, of=("self",))
    issued = [one for one in documents if one.number is not None]
    found = [
        Sending(one, REFUSED, "only issued documents are sent; this one has no number")
        for one in documents
        if one.number is None
    ]
    for delivery, way in DELIVERIES.items():
        if of_delivery := [one for one in issued if one.client.delivery == delivery]:
            found += way.plan(of_delivery, asked)
    return sorted(found, key=lambda sending: sending.document.pk)


@transaction.atomic
def send_invoices(ids: Sequence[int], *, at: datetime, by: str, again: bool = False) -> list[Sending]:
    """Send issued documents, each once; `again` sends one more time what was sent before. Raises BillingDisabled."""
    sendings = plan_sending(ids, at=at, by=by, again=again, lock=True)
    asked = Asked(at, by, again)
    for delivery, way in DELIVERIES.items():
        if chosen := [one for one in sendings if one.document.client.delivery == delivery]:
            way.apply(chosen, asked)
    return sendings


def send_at_issue(ids: Sequence[int], *, at: datetime, by: str) -> None:
    """Send what is being issued to clients on `auto`, where the installation sends by itself (T-16)."""
    settings = config.billing()
    if not settings.auto_send_invoice or not settings.ticket_billing_enabled:
        return
    automatic = Q(client__automation=Client.Automation.AUTO)
    if settings.enrolment_default == Client.Automation.AUTO:
        automatic |= Q(client__automation="")
    delivered = Invoice.objects.filter(automatic, pk__in=list(ids)).exclude(client__delivery=Client.Delivery.NONE)
    if chosen := list(delivered.values_list("pk", flat=True)):
        send_invoices(chosen, at=at, by=by)
