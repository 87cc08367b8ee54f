"""Actions of the audit trail in words, and the subjects of entries by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from contracts.models import Client
from invoicing.admin.ledgers import page_of_subject
from invoicing.display import money
from invoicing.models import AuditEntry, Invoice
from rating.money import UnknownCurrency
from tickets.admin.history import SENTENCES as OF_TICKETS
from tickets.models import Ticket
from tickets.reasons import short

SENTENCES: Final[Mapping[str, str]] = MappingProxyType({
    **OF_TICKETS,
    "charge.billed": gettext_noop("Charge billed"),
    "month.run": gettext_noop("Partner's month run"),
    "client.enrolled": gettext_noop("Enrolment changed"),
    "client.terms_of_automation": gettext_noop("Own terms of automation changed"),
    "fair_use.decided": gettext_noop("Decided about fair use"),
    "service_case.waived": gettext_noop("Case waived"),
    "service_change.approved": gettext_noop("Service change approved"),
    "service_change.cancelled": gettext_noop("Service change cancelled"),
    "usage.released": gettext_noop("Held usage released"),
    "invoice.line_added": gettext_noop("Line added by hand"),
    "invoice.line_changed": gettext_noop("Line changed by hand"),
    "invoice.lines_withdrawn": gettext_noop("Lines taken off"),
    "invoice.discount_given": gettext_noop("Discount given"),
    "invoice.discount_taken_back": gettext_noop("Discount taken back"),
    "mail.sent": gettext_noop("Mail sent"),
    "mail.parked": gettext_noop("Mail could not be sent"),
    "mail.tried_again": gettext_noop("Mail tried again"),
    "mail.dismissed": gettext_noop("Mail dismissed"),
    "stripe.parked": gettext_noop("Step to Stripe failed"),
    "stripe.held_back": gettext_noop("Cannot be sent to Stripe"),
    "stripe.let_go": gettext_noop("Can be sent to Stripe again"),
    "stripe.made_again": gettext_noop("Made again at Stripe"),
    "stripe.tried_again": gettext_noop("Step to Stripe tried again"),
    "stripe.dismissed": gettext_noop("Step to Stripe dismissed"),
    "stripe_event.parked": gettext_noop("Event of Stripe given up"),
    "stripe_event.replayed": gettext_noop("Event of Stripe tried again"),
    "stripe_event.dismissed": gettext_noop("Event of Stripe dismissed"),
    "job.tried_again": gettext_noop("Job tried again"),
    "job.dismissed": gettext_noop("Job dismissed"),
    "anomaly.closed": gettext_noop("Anomaly closed"),
    "automation.stopped": gettext_noop("Automation stopped"),
    "automation.resumed": gettext_noop("Automation resumed"),
    "records.imported": gettext_noop("Records imported"),
    "series.opened": gettext_noop("Number series opened"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about: its name and page, and its client. `currency` is that of its amounts."""

    name: str
    url: str = ""
    client: str = ""
    client_url: str = ""
    currency: str = ""


def said(action: str) -> str:
    """The action in words; one that has none, by its name."""
    return _(SENTENCES[action]) if action in SENTENCES else action.replace(".", ": ").replace("_", " ")


def subjects_of(entries: Sequence[AuditEntry]) -> dict[int, Subject]:
    """The subject of each entry, by the entry's key; names are looked up in sets."""
    found: dict[tuple[str, int | None], Subject] = {}
    for ticket in Ticket.objects.filter(pk__in=_keys(entries, "ticket")).select_related("client"):
        told = _("Ticket %(number)s") % {"number": ticket.number}
        found["ticket", ticket.pk] = _subject(told, "ticket", ticket.pk, ticket.client)
    for invoice in Invoice.objects.filter(pk__in=_keys(entries, "invoice")).select_related("client"):
        found["invoice", invoice.pk] = _subject(str(invoice), "invoice", invoice.pk, invoice.client)
    for client in Client.objects.filter(pk__in=_keys(entries, "client")):
        found["client", client.pk] = _subject(client.name, "client", client.pk, client)
    return {
        entry.pk: found.get((entry.subject_kind, entry.subject_id)) or _unnamed(entry.subject_kind, entry.subject_id)
        for entry in entries
    }


def amount_of(entry: AuditEntry, subject: Subject) -> str:
    """The amount that the entry tells, where it tells one and its currency is known."""
    cents = next((entry.data[name] for name in ("amount_cents", "total_cents") if name in entry.data), None)
    if not isinstance(cents, int) or not subject.currency:
        return ""
    try:
        return money(cents, subject.currency)
    except UnknownCurrency:
        return ""


def reason_of(entry: AuditEntry) -> str:
    """Why: as the person or the product said it, else the reason of the outcome."""
    reason = entry.data.get("reason")
    return entry.reason or (short(reason) if isinstance(reason, str) and reason else "")


def _keys(entries: Iterable[AuditEntry], kind: str) -> set[int]:
    return {entry.subject_id for entry in entries if entry.subject_kind == kind and entry.subject_id is not None}


def _subject(name: str, kind: str, key: int, client: Client | None) -> Subject:
    whose: dict[str, Any] = {}
    if client is not None:
        whose = {"client": client.name, "client_url": page_of_subject("client", client.pk), "currency": client.currency}
    return Subject(name, page_of_subject(kind, key), **whose)


def _unnamed(kind: str, key: int | None) -> Subject:
    if key is None:
        return Subject(_("Installation"))
    return Subject(f"{kind} {key}", page_of_subject(kind, key))
