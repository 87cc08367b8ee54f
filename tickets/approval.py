"""Approval of time entries, and of tickets above the threshold; never by who logged or entered it (T-03, T-16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

import config
from accounts.acting import act_as
from contracts.models import Client
from invoicing import audit
from invoicing.models import Claim
from invoicing.reasons import stated
from invoicing.switches import ensure_enabled
from invoicing.transitions import InvalidTransition, sources_of
from rating.sources import TIME_ENTRY
from tickets import billing
from tickets.balances import Balances
from tickets.facts import TicketFacts, read_tickets
from tickets.foreseen import foresee
from tickets.models import Ticket, TimeEntry
from tickets.parts import raw_seconds
from tickets.plan import ABOVE_APPROVAL_THRESHOLD, TicketPlan
from tickets.run import TicketResult

APPROVED, REJECTED = TimeEntry.Status.APPROVED, TimeEntry.Status.REJECTED


class OwnWork(Exception):  # noqa: N818 - a refusal in words
    """Somebody would approve time that they logged, entered or changed themselves."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approves: the name for the audit trail, and the technician id under which their own time is logged."""

    name: str
    technician: str = ""

    @property
    def own(self) -> Q:
        """The time entries about which the person does not decide."""
        return Q(technician__in=sorted({self.name, self.technician} - {""})) | Q(entered_by=self.name)

    def refuse_own(self, work: Iterable[tuple[str, str]], what: str) -> None:
        """Raise OwnWork when the person logged or entered time there. `work`: technician and author of each entry."""
        found = list(work)
        if {technician for technician, _ in found} & {self.name, self.technician} - {""}:
            raise OwnWork(f"{what}: {self.name} logged this time; somebody else must decide")
        if any(author == self.name for _, author in found):
            raise OwnWork(f"{what}: {self.name} entered or changed this time; somebody else must decide")


def approve_entries(entry_ids: Sequence[int], *, reason: str = "", approver: Approver, at: datetime) -> list[TimeEntry]:
    """Approve submitted or rejected entries; one that cannot be approved refuses all of them.

    Raises OwnWork, InvalidTransition, TimeEntry.DoesNotExist.
    """
    return _decide(entry_ids, APPROVED, "time_entry.approved", reason=reason, approver=approver, at=at)


def reject_entries(entry_ids: Sequence[int], *, reason: str, approver: Approver, at: datetime) -> list[TimeEntry]:
    """Reject submitted or approved entries that are not billed yet, with the reason; all of them or none."""
    reason = stated(reason)
    return _decide(entry_ids, REJECTED, "time_entry.rejected", reason=reason, approver=approver, at=at)


def approve_entry(entry_id: int, *, by: str, technician: str | None, at: datetime) -> TimeEntry:
    """Approve one entry."""
    return approve_entries([entry_id], approver=Approver(by, technician or ""), at=at)[0]


def reject_entry(entry_id: int, *, by: str, technician: str | None, at: datetime, reason: str) -> TimeEntry:
    """Reject one entry that is not billed yet."""
    return reject_entries([entry_id], reason=reason, approver=Approver(by, technician or ""), at=at)[0]


def check_entries(entry_ids: Sequence[int], state: str, approver: Approver) -> list[TimeEntry]:
    """The entries, as they are before the decision. Raises what the decision itself would raise; writes nothing."""
    wanted = set(entry_ids)
    entries = list(TimeEntry.objects.filter(pk__in=wanted).select_related("ticket").order_by("pk"))
    if len(entries) != len(wanted):
        raise TimeEntry.DoesNotExist("not every one of these time entries exists")
    for _, problem in _refusals(entries, state, approver):
        raise problem
    return entries


def decidable(entry_ids: Sequence[int], state: str, approver: Approver) -> tuple[list[int], list[str]]:
    """Which of these entries the person can move to `state`, and why not each of the others. Writes nothing."""
    entries = list(TimeEntry.objects.filter(pk__in=set(entry_ids)).order_by("pk"))
    refused = {entry.pk: str(problem) for entry, problem in _refusals(entries, state, approver)}
    return [entry.pk for entry in entries if entry.pk not in refused], list(refused.values())


def _refusals(
    entries: Sequence[TimeEntry], state: str, approver: Approver
) -> Iterator[tuple[TimeEntry, OwnWork | InvalidTransition]]:
    """The entries that cannot move to `state`, each with its reason."""
    may_move, settled = sources_of(TimeEntry, state), _whereabouts(entries)
    for entry in entries:
        named = f"time entry {entry.external_id}"
        try:
            approver.refuse_own([(entry.technician, entry.entered_by)], named)
        except OwnWork as own:
            yield entry, own
            continue
        if entry.pk in settled:
            yield entry, InvalidTransition(f"{named} is {settled[entry.pk]} and cannot become {state}")
        elif entry.status not in may_move:
            yield entry, InvalidTransition(f"{named} is {entry.status} and cannot become {state}")
        elif state == APPROVED and entry.seconds_worked is None:
            yield entry, InvalidTransition(f"{named} is still running: approve it when it has ended")


def _whereabouts(entries: Sequence[TimeEntry]) -> dict[int, str]:
    claims = Claim.objects.filter(
        kind=TIME_ENTRY, source_id__in=[entry.pk for entry in entries], released_at__isnull=True
    )
    return {
        claim.source_id: f"billed on {claim.line.invoice}" if claim.line else claim.get_outcome_display()
        for claim in claims.select_related("line__invoice")
    }


@transaction.atomic
def approve_ticket(ticket_id: int, *, approver: Approver, reason: str = "", at: datetime) -> TicketResult:
    """Approve a ticket that waits above the threshold, and bill it; of a client in shadow it is planned in shadow.

    The approval is for the work as it is now: work that is logged once it was billed needs another one.
    Raises OwnWork, InvalidTransition where nothing waits for approval, Ticket.DoesNotExist.
    """
    ensure_enabled()
    facts = read_tickets([ticket_id], lock="wait")
    ticket = check_ticket(ticket_id, facts, approver, at=at, lock=True)
    record_approvals(facts, approver=approver, reason=reason, at=at)
    by_hand = not _in_shadow(ticket.client)
    result = billing.bill_ticket(ticket_id, at=at, by=approver.name, by_hand=by_hand, reason=reason.strip())
    if result is None:
        raise InvalidTransition(f"ticket {ticket} was decided meanwhile")
    return result


def record_approvals(tickets: Sequence[TicketFacts], *, approver: Approver, reason: str, at: datetime) -> None:
    """Note on tickets above the threshold who approved the work that these facts have, and when."""
    act_as(approver.name)
    Ticket.objects.filter(pk__in=[ticket.id for ticket in tickets]).update(approved_by=approver.name, approved_at=at)
    actions = (
        audit.Action("ticket.approved", "ticket", one.id, reason.strip(), {"seconds_logged": raw_seconds(one)})
        for one in tickets
    )
    audit.record_all(actions, by=approver.name, at=at)


def check_ticket(
    ticket_id: int, facts: Sequence[TicketFacts], approver: Approver, *, at: datetime, lock: bool = False
) -> Ticket:
    """The ticket, if it waits for this person's approval. Raises what approving it would raise; writes nothing."""
    ticket: Ticket = Ticket.objects.select_related("client").get(pk=ticket_id)
    work = ticket.time_entries.values_list("technician", "entered_by")
    approver.refuse_own(work, f"ticket {ticket.number}")
    (plan,) = billing.planner_for(facts, at=at, by_hand=True, balances=Balances(), lock=lock).plan_all(facts)
    if plan.reason != ABOVE_APPROVAL_THRESHOLD:
        found = f"{plan.outcome} {plan.reason}".strip()
        raise InvalidTransition(f"ticket {ticket} does not wait for approval; billing it now: {found}")
    return ticket


def plan_approval(ticket_id: int, approver: Approver, *, at: datetime) -> TicketPlan:
    """What approving the ticket would bill. Raises what approving it would raise; writes nothing."""
    ticket = check_ticket(ticket_id, read_tickets([ticket_id]), approver, at=at)
    return foresee(ticket_id, at=at, approved_at=at, by_hand=not _in_shadow(ticket.client))


def _in_shadow(client: Client | None) -> bool:
    return client is not None and (client.automation or config.billing().enrolment_default) == "shadow"


@transaction.atomic
def _decide(
    entry_ids: Sequence[int], state: str, action: str, *, reason: str, approver: Approver, at: datetime
) -> list[TimeEntry]:
    seen = dict(TimeEntry.objects.filter(pk__in=set(entry_ids)).values_list("pk", "status"))
    # The tickets first, in the order of billing. Whoever changes an entry waits for its ticket.
    tickets = TimeEntry.objects.filter(pk__in=set(entry_ids)).values("ticket")
    list(Ticket.objects.filter(pk__in=tickets).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    entries = check_entries(entry_ids, state, approver)
    for entry in entries:
        if entry.status != seen[entry.pk]:  # nobody overrules what they could not see
            raise InvalidTransition(f"time entry {entry.external_id} was decided meanwhile: it is {entry.status}")
    decision = {
        "status": state, "decided_by": approver.name, "decided_at": at,
        "decision_reason": reason if state == REJECTED else "",
    }  # fmt: skip
    ids = [entry.pk for entry in entries]
    act_as(approver.name)
    moved = TimeEntry.objects.filter(pk__in=ids, status__in=sources_of(TimeEntry, state)).update(**decision)
    if moved != len(ids):
        raise InvalidTransition("some of these time entries were decided meanwhile")
    changes = [{"before": {"status": entry.status}, "after": {"status": state}} for entry in entries]
    actions = (
        audit.Action(action, "timeentry", entry.pk, reason.strip(), change)
        for entry, change in zip(entries, changes, strict=True)
    )
    audit.record_all(actions, by=approver.name, at=at)
    for entry in entries:
        for name, value in decision.items():
            setattr(entry, name, value)
    return entries
