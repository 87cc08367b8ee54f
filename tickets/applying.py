"""Writing plans in sets: lines, allowances used, claims, the tickets' states, the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from contracts.models import Allocation
from invoicing import audit
from invoicing.bulk import copy_rows, reserve_ids
from invoicing.claims import NewClaim, claim
from invoicing.lifecycle.drafts import PlacedLine, add_to_drafts
from invoicing.transitions import InvalidTransition
from rating.sources import TICKET_FEE, TIME_ENTRY
from tickets.fair_use import flag
from tickets.plan import ALREADY_BILLED, CHARGE, COVERED, HOLD, SKIP, TicketPlan, settled_without_line
from tickets.shadowing import record_shadows
from tickets.usage import record_uses

STATE = {CHARGE: "billed", COVERED: "covered", HOLD: "held", SKIP: "skipped"}


def apply_plans(plans: Sequence[TicketPlan], *, at: datetime, by: str, reason: str = "") -> dict[int, str]:
    """Write the plans; answer the draft of each ticket that was charged, by the ticket's primary key.

    Each move of a ticket has its entry in the audit trail. `reason` is why a person bills; then each ticket has one.
    All of it in the caller's transaction. Raises DoubleBilling, InvalidTransition: then nothing may be kept.
    """
    charged = [(plan, charge) for plan in plans for charge in plan.charges]
    lines = add_to_drafts([(plan.collector, charge) for plan, charge in charged if plan.collector], at=at)
    used = _allocate(plans, at=at)
    claim(_claims(plans, lines, used), at=at)
    record_shadows(plans, at=at)
    record_uses([plan.use for plan in plans if plan.use is not None], at=at)
    flag([finding for plan in plans for finding in plan.findings], at=at)
    _decide(plans, at=at)
    drafts = {plan.ticket.id: line.draft for (plan, _), line in zip(charged, lines, strict=True)}
    ids = {ticket: draft.id for ticket, draft in drafts.items()}
    audit.record_all(_actions(plans, ids, reason), by=by, at=at)
    return {ticket: draft.reference for ticket, draft in drafts.items()}


def _allocate(plans: Iterable[TicketPlan], *, at: datetime) -> dict[tuple[str, int], int]:
    """Record what plans take from allowances; answer the row by its source."""
    uses = [use for plan in plans for use in plan.allocations]
    if not uses:
        return {}
    ids = reserve_ids(Allocation, len(uses))
    copy_rows(
        Allocation,
        ("id", "contract_id", "month", "kind", "source_id", "tickets", "seconds", "created_at"),
        (
            (pk, use.contract, use.month, use.kind, use.source_id, use.tickets, use.seconds, at)
            for pk, use in zip(ids, uses, strict=True)
        ),
    )
    return {(use.kind, use.source_id): pk for pk, use in zip(ids, uses, strict=True)}


def _claims(
    plans: Iterable[TicketPlan], lines: Iterable[PlacedLine], used: dict[tuple[str, int], int]
) -> Iterable[NewClaim]:
    """One claim per unit: on its line, and on the allowance that paid for it or for a part of it."""
    placed = iter(lines)
    for plan in plans:
        ticket_use = used.get(("ticket", plan.ticket.id))
        for charge in plan.charges:
            line = next(placed).line
            for source in charge.sources:
                allocation = used.get(("time_entry", source.id)) if source.kind == TIME_ENTRY else None
                yield NewClaim(source, "billed", line, allocation)
        for outcome, source in settled_without_line(plan):
            allocation = None
            if outcome == "covered":
                own_use = used.get(("time_entry", source.id)) if source.kind == TIME_ENTRY else None
                allocation = own_use or (ticket_use if source.kind in (TIME_ENTRY, TICKET_FEE) else None)
            yield NewClaim(source, outcome, None, allocation)


DECIDE = """
UPDATE tickets_ticket t SET billing_status = u.state, billing_reason = u.reason, billing_detail = u.detail,
    billing_decided_at = %s, billing_attempts = 0, lost_workers = 0,
    first_billed_at = CASE WHEN u.state IN ('billed', 'covered') THEN coalesce(t.first_billed_at, %s)
                           ELSE t.first_billed_at END
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) u(id, state, reason, detail)
WHERE t.id = u.id AND t.billing_status IN ('unbilled', 'held', 'skipped')
"""


def _decide(plans: Sequence[TicketPlan], *, at: datetime) -> None:
    """Move every ticket to the state its plan leads to, in one guarded UPDATE."""
    moves = [(plan.ticket.id, _state(plan), plan.reason, plan.detail[:500]) for plan in plans if _moves(plan)]
    if not moves:
        return
    with connection.cursor() as cursor:
        cursor.execute(DECIDE, [at, at, *(list(column) for column in zip(*moves, strict=True))])
        if cursor.rowcount != len(moves):
            raise InvalidTransition(f"{len(moves) - cursor.rowcount} of {len(moves)} tickets were decided meanwhile")


def decided(plan: TicketPlan) -> tuple[str, str]:
    """The state and the reason that the ticket has once the plan is applied."""
    if _moves(plan):
        return _state(plan), plan.reason
    return plan.ticket.billing_status, plan.ticket.billing_reason


def _state(plan: TicketPlan) -> str:
    if plan.reason == ALREADY_BILLED:
        return "billed" if plan.ticket.settled.billed else "covered"
    return STATE[plan.outcome]


def _moves(plan: TicketPlan) -> bool:
    """Whether the plan decides anything new: not for tickets settled before, nor for the same hold or skip again."""
    ticket = plan.ticket
    if ticket.only_time:
        return False  # the ticket itself is decided when it is closed
    if ticket.billing_status in ("billed", "covered", "waived"):
        return False
    return ticket.billing_status == "unbilled" or (ticket.billing_status, ticket.billing_reason) != (
        _state(plan),
        plan.reason,
    )


def _actions(plans: Iterable[TicketPlan], drafts: dict[int, int], reason: str) -> Iterable[audit.Action]:
    for plan in plans:
        change = _change(plan) if reason else {}
        if plan.outcome == CHARGE:
            data = {"draft": drafts[plan.ticket.id], "amount_cents": plan.subtotal_cents, "strategy": plan.strategy}
            yield audit.Action("ticket.billed", "ticket", plan.ticket.id, reason, {**data, **change})
        elif plan.outcome == COVERED:
            yield audit.Action("ticket.covered", "ticket", plan.ticket.id, reason, {"reason": plan.reason, **change})
        elif reason or _moves(plan):
            data = {"outcome": plan.outcome, "reason": plan.reason}
            yield audit.Action("ticket.not_billed", "ticket", plan.ticket.id, reason, {**data, **change})


def _change(plan: TicketPlan) -> dict[str, object]:
    """The state of the ticket before and after, as every override records it (T-21)."""
    status, reason = decided(plan)
    before = {"status": plan.ticket.billing_status, "reason": plan.ticket.billing_reason}
    return {"before": before, "after": {"status": status, "reason": reason}}
