"""What the page of a ticket shows: the work on it, what settled it, and what billing would do now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.desk.hours import hours_text
from invoicing.admin.lines import ShownLine, shown_lines
from invoicing.display import figure
from invoicing.explaining import price
from invoicing.models import Claim, Invoice
from tickets.admin.balance import shown_contract
from tickets.admin.history import history
from tickets.admin.plans import shown_plan, warnings_of
from tickets.models import Expense, Ticket, TimeEntry
from tickets.overrides import OPEN
from tickets.reasons import sentence


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A time entry, an expense or the ticket's fee, and what became of it. `counts`: it is work to be paid for."""

    what: str
    name: str
    url: str
    day: str
    quantity: str
    status: str
    settled: str
    settled_url: str
    counts: bool


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document and those of its lines that bill this ticket."""

    name: str
    url: str
    lines: list[ShownLine]


def shown_ticket(ticket: Ticket, *, at: datetime) -> dict[str, Any]:
    """The context of a ticket's page, in a number of queries that does not depend on its work."""
    entries, expenses = list(ticket.time_entries.all()), list(ticket.expenses.all())
    claims = {(claim.kind, claim.source_id): claim for claim in _claims(ticket, entries, expenses)}
    is_open = ticket.billing_status in OPEN
    return {
        "ticket": ticket,
        "why": sentence(ticket.billing_reason) if ticket.billing_reason else "",
        "work": list(_work(ticket, entries, expenses, claims)),
        "documents": _documents(claims.values()),
        "plan": shown_plan(ticket, at=at) if is_open else None,
        "warnings": warnings_of(ticket, entries) if is_open else [],
        "bound": shown_contract(ticket, at=at),
        "history": history(ticket, entries, list(claims.values())),
    }


def _claims(ticket: Ticket, entries: Iterable[TimeEntry], expenses: Iterable[Expense]) -> Iterable[Claim]:
    of_ticket = Q(kind="ticket_fee", source_id=ticket.pk)
    of_ticket |= Q(kind="time_entry", source_id__in=[entry.pk for entry in entries])
    of_ticket |= Q(kind="expense", source_id__in=[expense.pk for expense in expenses])
    live = Claim.objects.filter(of_ticket, released_at=None)
    return live.select_related("line__invoice", "allocation__contract").order_by("pk")


def _work(
    ticket: Ticket, entries: Iterable[TimeEntry], expenses: Iterable[Expense], claims: dict[tuple[str, int], Claim]
) -> Iterable[ShownWork]:
    for entry in entries:
        worked = _("running") if entry.seconds_worked is None else hours_text(entry.seconds_worked)
        status = entry.get_status_display() if entry.billable else _("not billable")
        yield ShownWork(
            _("Time"), f"{entry.technician}: {entry.description}" if entry.description else entry.technician,
            reverse("admin:tickets_timeentry_change", args=[entry.pk]), f"{entry.worked_on}", worked, status,
            *_settled(claims.get(("time_entry", entry.pk)), entry.billed_elsewhere),
            entry.billable and entry.status in (entry.Status.SUBMITTED, entry.Status.APPROVED),
        )  # fmt: skip
    for expense in expenses:
        currency = ticket.client.currency if ticket.client else ""
        each = price(expense.unit_price, currency) if currency else figure(expense.unit_price)
        yield ShownWork(
            _("Expense"), expense.description, reverse("admin:tickets_expense_change", args=[expense.pk]),
            f"{expense.incurred_on}", f"{figure(expense.quantity)} × {each}", "",
            *_settled(claims.get(("expense", expense.pk)), expense.billed_elsewhere), True,
        )  # fmt: skip
    if fee := claims.get(("ticket_fee", ticket.pk)):
        yield ShownWork(_("Fee"), _("fee per ticket"), "", "", "1", "", *_settled(fee, ""), True)


def _settled(claim: Claim | None, elsewhere: str) -> tuple[str, str]:
    """What became of a unit, and the address of the document that bills it."""
    if claim is None:
        return (_("billed elsewhere: %(where)s") % {"where": elsewhere} if elsewhere else "", "")
    parts = []
    url = ""
    if claim.line is not None:
        place = {"document": claim.line.invoice.number or _("draft"), "line": claim.line.position}
        parts.append(_("%(document)s, line %(line)s") % place)
        url = reverse("admin:invoicing_invoice_change", args=[claim.line.invoice_id])
    if claim.allocation is not None:
        amount = hours_text(claim.allocation.seconds) if claim.allocation.seconds else _("the ticket")
        use = {"contract": claim.allocation.contract.external_id, "amount": amount}
        parts.append(_("allowance of %(contract)s: %(amount)s") % use)
    return ("; ".join(parts) or f"{claim.get_outcome_display()} {claim.reference}".strip(), url)


def _documents(claims: Iterable[Claim]) -> list[ShownDocument]:
    """The documents with lines of this ticket, each line once."""
    lines = {claim.line.pk: claim.line for claim in claims if claim.line is not None}
    by_document: dict[int, tuple[Invoice, list[Any]]] = {}
    for line in lines.values():
        by_document.setdefault(line.invoice_id, (line.invoice, []))[1].append(line)
    return [
        ShownDocument(
            invoice.number or _("draft"),
            reverse("admin:invoicing_invoice_change", args=[invoice.pk]),
            shown_lines(sorted(of_ticket, key=lambda line: int(line.position)), invoice.currency),
        )
        for invoice, of_ticket in by_document.values()
    ]
