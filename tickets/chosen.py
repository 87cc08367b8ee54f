"""Bill chosen time entries of one client onto one draft: the same plan, claims and audit as automation (T-21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from contracts.models.base import new_external_id
from invoicing import audit
from invoicing.models import Invoice
from invoicing.switches import ensure_enabled
from tickets.applying import apply_plans
from tickets.balances import Balances
from tickets.billing import planner_for
from tickets.facts import TicketFacts, read_tickets
from tickets.models import TimeEntry
from tickets.plan import CHARGE, COVERED, TicketPlan


class CannotBeBilled(Exception):  # noqa: N818 - a refusal in words
    """Some of the chosen entries cannot be billed; says which and why."""


def plan_time_entries(entry_ids: Sequence[int], *, at: datetime) -> list[TicketPlan]:
    """What billing these entries would charge. Writes nothing. Raises CannotBeBilled."""
    return _plan(entry_ids, at=at, lock=False)


@transaction.atomic
def bill_time_entries(entry_ids: Sequence[int], *, reason: str = "", by: str, at: datetime) -> Invoice | None:
    """Bill these entries onto one draft of their client; None where allowances cover all of them.

    The tickets' fees and expenses wait for their closing. The draft is a person's: the machine never adds to it.
    """
    plans = _plan(entry_ids, at=at, lock=True)
    # The name sets this draft apart while its lines are placed; then it becomes a person's draft.
    name = f"entries:{new_external_id()}"
    named = [
        replace(plan, collector=plan.collector._replace(collects=name)) if plan.collector else plan for plan in plans
    ]
    apply_plans(named, at=at, by=by)
    draft = Invoice.objects.filter(collects=name).first()
    if draft is not None:
        Invoice.objects.filter(pk=draft.pk).update(collects="", period_start=None, period_end=None)
        draft.refresh_from_db()
        audit.record("invoice.drafted", draft, by=by, at=at, reason=reason, data={"entries": len(entry_ids)})
    return draft


def _plan(entry_ids: Sequence[int], *, at: datetime, lock: bool) -> list[TicketPlan]:
    ensure_enabled()
    wanted = set(entry_ids)
    tickets = sorted(set(TimeEntry.objects.filter(pk__in=wanted).values_list("ticket", flat=True)))
    facts = read_tickets(tickets, lock="wait" if lock else "none")
    _refuse_strangers(facts, wanted)
    for ticket in facts:
        ticket.time = [entry for entry in ticket.time if entry.worked.id in wanted]
        ticket.expenses, ticket.only_time = [], True
    planner = planner_for(facts, at=at, by_hand=True, balances=Balances(), lock=lock)
    plans = planner.plan_all(facts)
    refused = [plan for plan in plans if plan.outcome not in (CHARGE, COVERED)]
    if refused:
        raise CannotBeBilled("; ".join(f"ticket {plan.ticket.number}: {plan.reason}" for plan in refused))
    return plans


def _refuse_strangers(facts: Sequence[TicketFacts], wanted: set[int]) -> None:
    """Every chosen entry must be there, unbilled, and of the same client."""
    clients = {ticket.client for ticket in facts}
    if len(clients) != 1:
        raise CannotBeBilled("choose entries of one client" if clients else "choose at least one entry")
    open_entries = {entry.worked.id for ticket in facts for entry in ticket.time}
    if missing := wanted - open_entries:
        names = TimeEntry.objects.filter(pk__in=missing).values_list("external_id", flat=True)
        raise CannotBeBilled(f"billed already, running or billed elsewhere: {', '.join(sorted(names)) or missing}")
