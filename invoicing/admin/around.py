"""What belongs to a document beside its lines: money, corrections both ways, mail, Stripe, and who did what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from invoicing.admin.history import history_of
from invoicing.admin.paying import figures
from invoicing.admin.stripe_call import PURPOSES
from invoicing.display import money
from invoicing.lifecycle.replacements import replacements_of
from invoicing.models import Anomaly, Dispute, Invoice, StripeInvoice
from invoicing.stripe.held_back import READY

MOST_SHOWN: Final = 50


def around(document: Invoice) -> dict[str, Any]:
    """The parts of the page below the lines; a fixed number of queries."""
    issued = document.number is not None
    return {
        "payments": _payments(document) if issued else [],
        "figures": figures(document) if issued and document.cancels_id is None else [],
        "corrections": list(document.cancelled_by.exclude(status="discarded").order_by("pk")[:MOST_SHOWN]),
        "replacements": _replacements(document) if issued else [],
        "mails": list(document.mails.order_by("-pk")[:MOST_SHOWN]),
        "stripe": _stripe(document) if issued else None,
        "history": history_of(document),
    }


def _payments(document: Invoice) -> list[dict[str, Any]]:
    return [
        {"payment": one, "amount": money(one.amount_cents, document.currency)}
        for one in document.payments.order_by("received_on", "pk")[:MOST_SHOWN]
    ]


def _replacements(document: Invoice) -> Sequence[Invoice]:
    """The documents that bill again what this one gave back."""
    again = replacements_of([document.pk]).get(document.pk, [])
    return list(Invoice.objects.filter(external_id__in=again).order_by("pk")[:MOST_SHOWN]) if again else []


def _stripe(document: Invoice) -> dict[str, Any] | None:
    """What Stripe knows of it, and what was said to and by Stripe, in order; None where it is none of Stripe's."""
    known = StripeInvoice.objects.filter(invoice=document).first()
    calls = list(document.stripe_calls.order_by("pk")[:MOST_SHOWN])
    # The bodies stay where they are: an event is read on its own page.
    events = list(document.stripe_events.defer("payload").order_by("created_at", "pk")[:MOST_SHOWN])
    if known is None and not calls and not events:
        return None
    total = paid = ""
    if known is not None:
        total = money(known.total_cents, document.currency) if known.total_cents is not None else ""
        paid = money(known.amount_paid_cents, document.currency) if known.amount_paid_cents is not None else ""
    return {
        "known": known,
        "total": total,
        "paid": paid,
        "differs": known is not None and known.total_cents not in (None, document.total_cents),
        "calls": [{"call": call, "step": PURPOSES.get(call.purpose, call.purpose)} for call in calls],
        "held": next((call for call in calls if (call.purpose, call.status) == (READY, "parked")), None),
        "events": events,
        "disputes": [
            {"dispute": one, "amount": money(one.amount_cents, one.currency)}
            for one in Dispute.objects.filter(invoice=document).order_by("pk")[:MOST_SHOWN]
        ],
        "anomalies": list(Anomaly.objects.filter(invoice=document, closed_at=None).order_by("pk")[:MOST_SHOWN]),
    }
