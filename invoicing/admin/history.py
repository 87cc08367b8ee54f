"""Who did what to a document, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.refusals import told
from invoicing.admin.stripe_call import PURPOSES
from invoicing.display import money
from invoicing.models import AuditEntry, Invoice

MOST_SHOWN: Final = 50
# By action; what is in brackets comes from the entry.
SAID: Final = {
    "invoice.drafted": gettext_lazy("made the draft"),
    "invoice.issued": gettext_lazy("issued it as %(number)s over %(total)s"),
    "invoice.payment": gettext_lazy("recorded a payment of %(amount)s (%(reference)s)"),
    "invoice.refund": gettext_lazy("recorded a refund of %(amount)s (%(reference)s)"),
    "invoice.paid": gettext_lazy("it is paid"),
    "invoice.uncollectible": gettext_lazy("gave up the payment"),
    "invoice.voided": gettext_lazy("cancelled it by %(cancellation)s; the work: %(then)s"),
    "invoice.credited": gettext_lazy("credited %(total)s by %(credit_note)s; the work: %(then)s"),
    "invoice.discarded": gettext_lazy("discarded it; the work: %(then)s"),
    "invoice.lines_withdrawn": gettext_lazy("took lines off: %(before)s before, %(after)s after"),
    "invoice.line_added": gettext_lazy("added a line: %(line)s"),
    "invoice.line_changed": gettext_lazy("changed a line: %(was)s to %(line)s"),
    "invoice.discount_given": gettext_lazy("gave a discount of %(discount)s"),
    "invoice.discount_taken_back": gettext_lazy("took back a discount of %(discount)s"),
    "mail.sent": gettext_lazy("Mail sent"),
    "mail.parked": gettext_lazy("Mail could not be sent"),
    "mail.tried_again": gettext_lazy("Mail tried again"),
    "mail.dismissed": gettext_lazy("Mail dismissed"),
    "stripe.parked": gettext_lazy("Step to Stripe failed"),
    "stripe.held_back": gettext_lazy("Cannot be sent to Stripe"),
    "stripe.let_go": gettext_lazy("Can be sent to Stripe again"),
    "stripe.made_again": gettext_lazy("Made again at Stripe"),
    "stripe.tried_again": gettext_lazy("Step to Stripe tried again"),
    "stripe.dismissed": gettext_lazy("Step to Stripe dismissed"),
    "stripe.adopted": gettext_lazy("Found again at Stripe"),
}
THEN: Final = {
    "bill": gettext_lazy("billed again"),
    "hold": gettext_lazy("held"),
    "waive": gettext_lazy("waived"),
    None: gettext_lazy("stays billed"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the audit trail in words."""

    at: datetime
    by: str
    said: str
    reason: str


def history_of(document: Invoice) -> list[Told]:
    """The newest entries of the trail on this document, the newest first."""
    entries = AuditEntry.objects.filter(subject_kind="invoice", subject_id=document.pk).order_by("-pk")
    return [
        Told(entry.at, entry.by, _told(entry, document.currency), told(entry.reason)) for entry in entries[:MOST_SHOWN]
    ]


def _told(entry: AuditEntry, currency: str) -> str:
    phrase = SAID.get(entry.action)
    plain = entry.action.partition(".")[2].replace("_", " ").replace(".", " ")
    if phrase is None:
        step = PURPOSES.get(entry.action.removeprefix("stripe."))
        return _("Done at Stripe: %(step)s") % {"step": step} if step else plain
    try:
        return str(phrase) % _parts(entry.data, currency)
    except (KeyError, TypeError):  # an entry of an older version that lacks a part
        return plain


def _parts(data: Mapping[str, Any], currency: str) -> dict[str, object]:
    """The parts of the phrases: amounts with their currency, lines by what they bill."""
    parts = dict(data)
    for name in ("total", "amount"):
        if (cents := data.get(f"{name}_cents")) is not None:
            parts[name] = money(abs(cents), currency)
    for name in ("before", "after"):
        if isinstance(data.get(name), dict):
            parts[name] = money(data[name]["subtotal_cents"], currency)
    for name in ("line", "was"):
        if isinstance(data.get(name), dict):
            parts[name] = f"{data[name]['description']}, {money(data[name]['amount_cents'], currency)}"
    if "discount" in data:
        parts["discount"] = f"{data['percent']} %" if data.get("percent") else parts.get("amount", "")
    if "then" in data:
        parts["then"] = THEN.get(data["then"]) or _("unknown")
    return parts
