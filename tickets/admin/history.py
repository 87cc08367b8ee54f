"""The history of a ticket's billing in words: what was decided, claimed, issued and given back, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.language import active, within, word
from invoicing.display import money
from invoicing.models import AuditEntry, Claim, Invoice
from rating.numerals import number
from tickets.models import Ticket, TimeEntry
from tickets.reasons import short

MOST = 50
SENTENCES: Final[Mapping[str, str]] = MappingProxyType({
    "ticket.created": gettext_noop("Opened"),
    "ticket.closed": gettext_noop("Closed"),
    "ticket.resolved": gettext_noop("Resolved"),
    "ticket.reopened": gettext_noop("Reopened"),
    "ticket.billed": gettext_noop("Billed"),
    "ticket.covered": gettext_noop("Covered by the contract"),
    "ticket.not_billed": gettext_noop("Looked at; nothing was billed"),
    "ticket.approved": gettext_noop("So much time was approved"),
    "ticket.forced": gettext_noop("Forced"),
    "ticket.held": gettext_noop("Held back"),
    "ticket.waived": gettext_noop("Billing was waived"),
    "ticket.released": gettext_noop("Put back among what waits to be billed"),
    "ticket.put_back": gettext_noop("Waits to be billed again"),
    "ticket.parked": gettext_noop("Parked after failing several times"),
    "ticket.strategy": gettext_noop("The strategy was set"),
    "ticket.rate": gettext_noop("The rate was set"),
    "time_entry.entered": gettext_noop("Time was entered"),
    "time_entry.changed": gettext_noop("Time was changed"),
    "time_entry.approved": gettext_noop("Time was approved"),
    "time_entry.rejected": gettext_noop("Time was rejected"),
    "invoice.drafted": gettext_noop("Draft made"),
    "invoice.issued": gettext_noop("Issued"),
    "invoice.paid": gettext_noop("Paid"),
    "invoice.payment": gettext_noop("Payment recorded"),
    "invoice.refund": gettext_noop("Refund recorded"),
    "invoice.voided": gettext_noop("Document cancelled"),
    "invoice.credited": gettext_noop("Credited"),
    "invoice.discarded": gettext_noop("Draft discarded"),
    "invoice.uncollectible": gettext_noop("Written off as uncollectible"),
})  # fmt: skip
# What a document does for all of its tickets; the rest of its trail is on its own page.
OF_DOCUMENTS = tuple(name for name in SENTENCES if name.startswith("invoice."))
BILLED = "ticket.billed"
# The claims that an entry of the trail speaks of, and what of a ticket it changed.
OUTCOMES = {BILLED: "billed", "ticket.covered": "covered"}
CHANGES = {"ticket.strategy": "strategy_override", "ticket.rate": "hourly_rate_override"}
# Why a ticket was put back by itself.
PUT_BACK = "ticket.put_back"
BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "work": gettext_noop("its time or material changed"),
        "terms": gettext_noop("its client's terms changed"),
        "ticket": gettext_noop("the ticket itself changed"),
        "allowance": gettext_noop("an allowance was given back"),
        "second_look": gettext_noop("what decides about it changed while it was being billed"),
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `about` names the document, with its address."""

    at: datetime
    said: str
    by: str = ""
    reason: str = ""
    about: str = ""
    url: str = ""


def history(ticket: Ticket, entries: Sequence[TimeEntry], claims: Sequence[Claim]) -> list[Event]:
    """The latest events, the oldest of them first, in three queries. `claims` are the live ones of its units."""
    about = Q(subject_kind="ticket", subject_id=ticket.pk)
    about |= Q(subject_kind="timeentry", subject_id__in=[entry.pk for entry in entries])
    trail = list(AuditEntry.objects.filter(about).order_by("-pk")[:MOST])
    documents = _documents(trail, claims)
    of_documents = AuditEntry.objects.filter(
        subject_kind="invoice", subject_id__in=list(documents), action__in=OF_DOCUMENTS
    )
    settled = _settled(claims)
    # What happened at the same moment stays in the order of the trail.
    oldest_first = sorted((*trail, *of_documents.order_by("-pk")[:MOST]), key=lambda entry: entry.pk)
    told = [_told(entry, documents, settled) for entry in oldest_first]
    for (at, _outcome), units in settled.items():
        told.append(
            Event(at, f"{units[0].get_outcome_display().capitalize()}: {_units(units)}", "", units[0].reference)
        )
    return sorted(told, key=lambda event: event.at)[-MOST:]


def _documents(trail: Iterable[AuditEntry], claims: Iterable[Claim]) -> dict[int, Invoice]:
    """The documents that bill the ticket or once did."""
    known = {claim.line.invoice_id: claim.line.invoice for claim in claims if claim.line is not None}
    drafts = {entry.data.get("draft") for entry in trail if entry.action == BILLED} - {None, *known}
    return known | Invoice.objects.in_bulk(drafts)


def _settled(claims: Iterable[Claim]) -> dict[tuple[datetime, str], list[Claim]]:
    """Units that were settled together are one event."""
    found: dict[tuple[datetime, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.claimed_at, claim.outcome].append(claim)
    return found


def _told(
    entry: AuditEntry, documents: Mapping[int, Invoice], settled: dict[tuple[datetime, str], list[Claim]]
) -> Event:
    """An entry of the trail as an event; the units of which it speaks are told with it."""
    key = entry.subject_id if entry.subject_kind == "invoice" else entry.data.get("draft")
    document = documents.get(key or 0)
    details = [_detail(entry, document)]
    if entry.action in OUTCOMES:
        units = settled.pop((entry.at, OUTCOMES[entry.action]), [])
        details.append(_units(units))
    said = SENTENCES.get(entry.action)
    words = _(said) if said else entry.action.replace("_", " ").replace(".", ": ")
    more = "; ".join(filter(None, details))
    return Event(entry.at, f"{words}: {more}" if more else words, entry.by, entry.reason, *_named(document))


def _detail(entry: AuditEntry, document: Invoice | None) -> str:
    """What of an entry's data says more than its name."""
    data: Mapping[str, Any] = entry.data
    if entry.action in CHANGES:
        before, after = (
            _way(entry.action, data.get(when, {}).get(CHANGES[entry.action])) for when in ("before", "after")
        )
        return f"{before} → {after}"
    if entry.action == PUT_BACK and (why := BECAUSE.get(str(data.get("because")))):
        return _(why)
    if entry.action == BILLED and document is not None:
        return money(data["amount_cents"], document.currency)
    return short(str(data.get("reason", ""))) if entry.action in ("ticket.covered", "ticket.not_billed") else ""


def _way(action: str, value: str | None) -> str:
    """A strategy or a rate that the trail holds, as people read it."""
    if not value:
        return _("as agreed")
    return number(Decimal(value), active(), places=2) if action == "ticket.rate" else within(word(value))


def _units(claims: Iterable[Claim]) -> str:
    kinds = [claim.kind for claim in claims]
    words = (
        ("time_entry", ngettext("%(n)s time entry", "%(n)s time entries", kinds.count("time_entry"))),
        ("expense", ngettext("%(n)s expense", "%(n)s expenses", kinds.count("expense"))),
        ("ticket_fee", _("the fee")),
    )
    return ", ".join(text % {"n": kinds.count(kind)} for kind, text in words if kind in kinds)


def _named(document: Invoice | None) -> tuple[str, str]:
    if document is None:
        return "", ""
    return document.number or _("draft"), reverse("admin:invoicing_invoice_change", args=[document.pk])
