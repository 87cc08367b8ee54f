"""What people decide in the demo's month: approve, force, waive, take back, log work late. Each of them once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from invoicing.lifecycle.withdraw import withdraw_lines
from invoicing.models import AuditEntry, Claim, Invoice
from invoicing.transitions import InvalidTransition
from rating.hours import parse_hours
from tickets import approval, overrides
from tickets.chosen import CannotBeBilled, bill_time_entries
from tickets.lifecycle import close_ticket, reopen_ticket
from tickets.models import Ticket, TimeEntry

LATE_DAY = date(2026, 10, 30)  # a Friday: standard time, whenever the demo is run
Act = Callable[[Ticket, str, datetime], object]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person does about one ticket. `trace` is an entry that it leaves in the ticket's audit trail."""

    verb: str
    ticket: str
    trace: str
    act: Act

    def done(self, ticket: Ticket) -> bool:
        """Whether the audit trail has it, by whomever."""
        return AuditEntry.objects.filter(subject_kind="ticket", subject_id=ticket.pk, action=self.trace).exists()


def decide(*, at: datetime, by: str, dry_run: bool) -> Iterator[str]:
    """Make the decisions that nobody has made yet, in their order; a line of words for each."""
    found = Ticket.objects.in_bulk([one.ticket for one in DECISIONS], field_name="external_id")
    for one in DECISIONS:
        ticket = found.get(one.ticket)
        if ticket is not None and not one.done(ticket):
            yield _decide(one, ticket, at=at, by=by, dry_run=dry_run)


def _decide(one: Decision, ticket: Ticket, *, at: datetime, by: str, dry_run: bool) -> str:
    named = f"{ticket.number}  {ticket.subject}"
    if dry_run:
        return f"would have {one.verb} {named}"
    try:
        with transaction.atomic():
            one.act(ticket, by, at)
    except (InvalidTransition, CannotBeBilled) as refusal:  # somebody has tried the demo out meanwhile
        return f"left {named}: {refusal}"
    return f"{one.verb} {named}"


def _approve(ticket: Ticket, by: str, at: datetime) -> object:
    return approval.approve_ticket(ticket.pk, approver=approval.Approver(by), reason="as ordered", at=at)


def _approve_time(ticket: Ticket, by: str, at: datetime) -> object:
    waiting = list(ticket.time_entries.filter(status="submitted").values_list("pk", flat=True))
    approval.approve_entries(waiting, reason="agrees with the log", approver=approval.Approver(by), at=at)
    return overrides.bill_now(ticket.pk, reason="agrees with the log", by=by, at=at)


def _force(ticket: Ticket, by: str, at: datetime) -> object:
    return overrides.force_ticket(ticket.pk, reason="the warranty had ended", by=by, at=at)


def _waive(ticket: Ticket, by: str, at: datetime) -> object:
    return overrides.waive_ticket(ticket.pk, reason="goodwill after the long search", by=by, at=at)


def _hold(ticket: Ticket, by: str, at: datetime) -> object:
    return overrides.hold_ticket(ticket.pk, reason="waits for the client's order number", by=by, at=at)


def _set_rate(ticket: Ticket, by: str, at: datetime) -> object:
    return overrides.set_rate(ticket.pk, Decimal("79.00"), reason="agreed on the phone", by=by, at=at)


def _without_fee(ticket: Ticket, by: str, at: datetime) -> object:
    overrides.choose_strategy(ticket.pk, "time_based", reason="no fee for a fault of ours", by=by, at=at)
    return overrides.bill_now(ticket.pk, reason="no fee for a fault of ours", by=by, at=at)


def _first_entry(ticket: Ticket, by: str, at: datetime) -> object:
    first = ticket.time_entries.order_by("pk").values_list("pk", flat=True)[:1]
    return bill_time_entries(list(first), reason="the client wants a bill before the month ends", by=by, at=at)


def _take_back(ticket: Ticket, by: str, at: datetime) -> object:
    """The ticket's lines come off the client's draft, and the ticket waits for a person."""
    claims = Claim.objects.filter(kind="time_entry", source_id__in=ticket.time_entries.values("pk"))
    lines = set(claims.filter(released_at__isnull=True, line__isnull=False).values_list("line", flat=True))
    draft = Invoice.objects.filter(lines__in=lines).first()
    if draft is None:
        raise InvalidTransition("the ticket is on no document")
    return withdraw_lines(draft.pk, sorted(lines), then="hold", reason="the client asks for details", by=by, at=at)


def _reopen(ticket: Ticket, by: str, at: datetime, *, hours: str = "", note: str = "") -> object:
    """Reopened and closed again; with hours, something was done in between."""
    reopen_ticket(ticket.pk, at=at, by=by, reason="the user called again")
    if hours:
        TimeEntry.objects.create(
            external_id=f"{ticket.external_id}-late", ticket=ticket, technician="jonas", worked_on=LATE_DAY,
            seconds_worked=parse_hours(hours), status="submitted", description=note,
        )  # fmt: skip
    return close_ticket(ticket.pk, at=at, by=by)


DECISIONS = (
    Decision("approved", "t4052", "ticket.approved", _approve),
    Decision("approved the time of", "t4045", "ticket.billed", _approve_time),
    Decision("forced", "t4021", "ticket.forced", _force),
    Decision("waived", "t4089", "ticket.waived", _waive),
    Decision("held", "t4116", "ticket.held", _hold),
    Decision("priced", "t4040", "ticket.rate", _set_rate),
    Decision("billed without its fee", "t4003", "ticket.strategy", _without_fee),
    Decision("billed the first entry of", "t4105", "ticket.billed", _first_entry),
    Decision("taken back", "t4081", "ticket.released", _take_back),
    Decision("reopened", "t4057", "ticket.reopened", _reopen),
    Decision(
        "added work to", "t4041", "ticket.reopened", partial(_reopen, hours="0.40", note="Profile rebuilt once more")
    ),
    Decision("added work to", "t4131", "ticket.reopened", partial(_reopen, hours="0.60", note="Third phone set up")),
)
