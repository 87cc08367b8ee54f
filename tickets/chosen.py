"""Bill chosen time entries of one client onto one draft: the same plan, claims and audit as automation (T-21)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from contracts.models.base import new_external_id
from invoicing import audit
from invoicing.models import Invoice
from invoicing.switches import ensure_enabled
from invoicing.transitions import InvalidTransition
from tickets.applying import apply_plans
from tickets.approval import Approver, record_approvals
from tickets.balances import Balances
from tickets.billing import planner_for
from tickets.facts import LoggedTime, TicketFacts, read_tickets
from tickets.models import Ticket, TimeEntry
from tickets.parts import counted_time
from tickets.plan import ABOVE_APPROVAL_THRESHOLD, CHARGE, COVERED, HELD_BY_PERSON, TicketPlan


class CannotBeBilled(Exception):  # noqa: N818 - a refusal in words
    """Some of the chosen entries cannot be billed; says which and why."""


def plan_time_entries(entry_ids: Sequence[int], *, at: datetime, approver: Approver | None = None) -> list[TicketPlan]:
    """What billing these entries would charge, once the approver has approved them. Writes nothing.

    Raises what billing them would raise.
    """
    return _plan(entry_ids, at=at, lock=False, approver=approver)[0]


@transaction.atomic
def bill_time_entries(
    entry_ids: Sequence[int], *, reason: str = "", by: str, at: datetime, approver: Approver | None = None
) -> Invoice | None:
    """Bill these entries onto one draft of their client; None where allowances cover all of them.

    The tickets' fees, expenses and included tickets wait for their closing. The draft is a person's: the machine never
    adds to it. An `approver` approves what was chosen of tickets above the threshold, and nothing else of them (T-16).
    Raises CannotBeBilled; with an approver also OwnWork, and InvalidTransition where nothing waits for approval.
    """
    plans, approved = _plan(entry_ids, at=at, lock=True, approver=approver)
    if approver is not None:
        record_approvals(approved, approver=approver, reason=reason, at=at)
    # The name sets this draft apart while its lines are placed; then it becomes a person's draft.
    name = f"entries:{new_external_id()}"
    named = [
        replace(plan, collector=plan.collector._replace(collects=name)) if plan.collector else plan for plan in plans
    ]
    apply_plans(named, at=at, by=by, reason=reason.strip())
    _look_again(plan.ticket.id for plan in plans)
    draft = Invoice.objects.filter(collects=name).first()
    if draft is not None:
        Invoice.objects.filter(pk=draft.pk).update(collects="", period_start=None, period_end=None)
        draft.refresh_from_db()
        data = {"entries": len(set(entry_ids)), "amount_cents": draft.subtotal_cents}
        audit.record("invoice.drafted", draft, by=by, at=at, reason=reason.strip(), data=data)
    return draft


def _look_again(tickets: Iterable[int]) -> None:
    """What a ticket was set aside for may have been settled with these entries."""
    aside = Ticket.objects.filter(pk__in=list(tickets), billing_status__in=["held", "skipped"])
    aside.exclude(billing_reason=HELD_BY_PERSON).update(
        billing_status=Ticket.Billing.UNBILLED, billing_reason="", billing_detail="", billing_attempts=0, lost_workers=0
    )


def _plan(
    entry_ids: Sequence[int], *, at: datetime, lock: bool, approver: Approver | None
) -> tuple[list[TicketPlan], list[TicketFacts]]:
    """The plans, and the tickets that are approved with them."""
    ensure_enabled()
    facts = _read(set(entry_ids), lock=lock)
    plans = planner_for(facts, at=at, by_hand=True, balances=Balances(), lock=lock).plan_all(facts)
    approved = [plan.ticket for plan in plans if plan.reason == ABOVE_APPROVAL_THRESHOLD] if approver else []
    if approver is not None:
        _refuse_approval(approved, approver)
        for ticket in approved:
            ticket.approved_at = at
        plans = planner_for(facts, at=at, by_hand=True, balances=Balances(), lock=lock).plan_all(facts)
    refused = [plan for plan in plans if plan.outcome not in (CHARGE, COVERED)]
    if refused:
        raise CannotBeBilled("; ".join(f"ticket {plan.ticket.number}: {_why(plan)}" for plan in refused))
    return plans, approved


def _read(wanted: set[int], *, lock: bool) -> list[TicketFacts]:
    """The tickets of these entries, as if there were nothing else on them."""
    tickets = sorted(set(TimeEntry.objects.filter(pk__in=wanted).values_list("ticket", flat=True)))
    facts = read_tickets(tickets, lock="wait" if lock else "none")
    _refuse_strangers(facts, wanted)
    for ticket in facts:
        ticket.time = [entry for entry in ticket.time if entry.worked.id in wanted]
        ticket.expenses, ticket.only_time = [], True
    _refuse_uncounted(facts)
    return facts


def _refuse_approval(tickets: Sequence[TicketFacts], approver: Approver) -> None:
    """An approval is not given in advance, nor by who logged or entered time on one of the tickets."""
    if not tickets:
        raise InvalidTransition("none of these time entries waits for approval")
    of_these = TimeEntry.objects.filter(ticket__in=[ticket.id for ticket in tickets])
    work = list(of_these.values_list("ticket", "technician", "entered_by"))
    for ticket in tickets:
        own = ((technician, author) for pk, technician, author in work if pk == ticket.id)
        approver.refuse_own(own, f"ticket {ticket.number}")


def _refuse_strangers(facts: Sequence[TicketFacts], wanted: set[int]) -> None:
    """Every chosen entry must be there, unbilled, and of the same client."""
    if not wanted:
        raise CannotBeBilled("choose at least one entry")
    open_entries = {entry.worked.id for ticket in facts for entry in ticket.time}
    if missing := wanted - open_entries:
        names = TimeEntry.objects.filter(pk__in=missing).values_list("external_id", flat=True)
        raise CannotBeBilled(
            f"billed already, running or billed elsewhere: {', '.join(sorted(names))}"
            if names
            else "not every one of these time entries exists"
        )
    if len({ticket.client for ticket in facts}) != 1:
        raise CannotBeBilled("choose entries of one client")


def _refuse_uncounted(facts: Sequence[TicketFacts]) -> None:
    """None of the chosen entries is passed over in silence."""
    counted = {entry.worked.id for ticket in facts for entry in counted_time(ticket)}
    passed_over = [
        f"{entry.worked.reference} ({_state(entry)})"
        for ticket in facts
        for entry in ticket.time
        if entry.worked.id not in counted
    ]
    if passed_over:
        raise CannotBeBilled(f"not to be billed: {', '.join(passed_over)}")


def _state(entry: LoggedTime) -> str:
    return entry.status if entry.status in (TimeEntry.Status.DRAFT, TimeEntry.Status.REJECTED) else "not billable"


def _why(plan: TicketPlan) -> str:
    return f"{plan.reason} ({plan.detail})" if plan.detail else plan.reason
