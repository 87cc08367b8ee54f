"""What billing would do, ready to be shown: before a person decides, and on the page of a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import config
from accounts.language import word
from invoicing.admin.lines import ShownLine, price_text, quantity_text
from invoicing.display import money
from invoicing.explaining import in_words
from rating.charge import Charge
from tickets.billing import plan_ticket
from tickets.models import Ticket, TimeEntry
from tickets.reasons import sentence
from tickets.run import TicketResult

log = structlog.get_logger("billing.tickets")


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """What billing the ticket by hand would do now, or the problem that keeps it from being planned."""

    outcome: str = ""
    reason: str = ""
    detail: str = ""
    strategy: str = ""
    subtotal: str = ""
    lines: tuple[ShownLine, ...] = ()
    problem: str = ""


def shown_plan(ticket: Ticket, *, at: datetime) -> ShownPlan:
    """The plan that billing by hand would apply. Terms that cannot be rated are shown as the problem they are."""
    try:
        plan = plan_ticket(ticket.pk, at=at)
    except (ValueError, LookupError) as problem:
        log.warning("ticket cannot be planned", ticket_id=ticket.pk, problem=str(problem))
        return ShownPlan(problem=str(problem))
    return shown_result(TicketResult.of(plan, ""))


def shown_result(result: TicketResult) -> ShownPlan:
    """A planned ticket with its lines, as the lines of a document are shown."""
    return ShownPlan(
        word(result.outcome),
        sentence(result.reason) if result.reason else "",
        result.detail,
        word(result.strategy),
        money(result.subtotal_cents, result.currency) if result.charges else "",
        tuple(_shown_charge(position, charge) for position, charge in enumerate(result.charges, 1)),
        result.error,
    )


def warnings_of(ticket: Ticket, entries: Sequence[TimeEntry] | None = None) -> list[str]:
    """What a person should know before the ticket is billed: work that stays off the bill, and enrolment."""
    time = list(ticket.time_entries.all()) if entries is None else entries
    return [*_left_out(time, forced=ticket.forced), *_enrolment(ticket)]


def _left_out(entries: Iterable[TimeEntry], *, forced: bool) -> Iterable[str]:
    """Each kind of time that is not billed, with how many entries are of it."""
    kinds = [_kind_left_out(entry, forced=forced) for entry in entries]
    for kind, words in (
        ("running", ngettext("%(n)s timer still runs.", "%(n)s timers still run.", kinds.count("running"))),
        ("draft", ngettext("%(n)s entry is a draft.", "%(n)s entries are drafts.", kinds.count("draft"))),
        ("rejected", ngettext("%(n)s entry is rejected.", "%(n)s entries are rejected.", kinds.count("rejected"))),
        ("free", ngettext("%(n)s entry is not billable.", "%(n)s entries are not billable.", kinds.count("free"))),
    ):
        if kind in kinds:
            yield words % {"n": kinds.count(kind)}


def _kind_left_out(entry: TimeEntry, *, forced: bool) -> str:
    if entry.seconds_worked is None:
        return "running"
    if entry.status in (TimeEntry.Status.DRAFT, TimeEntry.Status.REJECTED):
        return entry.status
    return "" if entry.billable or forced else "free"


def _enrolment(ticket: Ticket) -> Iterable[str]:
    if ticket.client is None:
        return
    automation = ticket.client.automation or config.billing().enrolment_default
    if automation == "off":
        yield _("Automation does not bill this client: only a person does.")
    elif automation == "shadow":
        yield _("The client is in shadow: automation only compares.")


def _shown_charge(position: int, charge: Charge) -> ShownLine:
    return ShownLine(
        position,
        word(charge.kind),
        charge.description,
        quantity_text(charge.quantity, charge.unit),
        price_text(charge.unit_price, charge.price_per, charge.currency),
        money(charge.amount_cents, charge.currency),
        "",
        in_words(charge.explanation.as_dict()),
    )
