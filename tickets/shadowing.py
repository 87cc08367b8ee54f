"""Shadow: what automation would have billed, kept to compare with what was billed by hand (T-18)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from invoicing.bulk import copy_rows, reserve_ids
from invoicing.planned_lines import line_as_dict
from rating.sources import EXPENSE, TICKET_FEE, TIME_ENTRY
from tickets.facts import TicketFacts
from tickets.models import ShadowBill, ShadowUse
from tickets.plan import CHARGE, COVERED, TicketPlan

COLUMNS = ("id", "ticket_id", "planned_at", "outcome", "reason", "strategy", "amount_cents", "currency", "lines")
Line = Mapping[str, Any]


def record_shadows(plans: Sequence[TicketPlan], *, at: datetime) -> None:
    """Keep the plans of tickets whose clients are in shadow; the latest plan of a ticket counts.

    Work that a person billed in this product meanwhile keeps the lines that shadow had for it.
    """
    if not any(plan.shadow for plan in plans):
        return
    ids = [plan.ticket.id for plan in plans if plan.shadow]
    known = {bill.ticket_id: bill for bill in ShadowBill.objects.filter(ticket__in=ids)}
    # What a person bills says nothing about what automation would have billed, except where nothing did before.
    shadows = [plan.shadow for plan in plans if plan.shadow and not (_is_billed(plan) and plan.ticket.id in known)]
    ShadowBill.objects.filter(ticket__in=[shadow.ticket.id for shadow in shadows]).delete()
    _store(shadows, known, at=at)


def _store(shadows: Sequence[TicketPlan], known: Mapping[int, ShadowBill], *, at: datetime) -> None:
    ids = reserve_ids(ShadowBill, len(shadows))
    copy_rows(
        ShadowBill, COLUMNS, (_row(pk, shadow, known, at) for pk, shadow in zip(ids, shadows, strict=True))
    )  # fmt: skip
    copy_rows(
        ShadowUse,
        ("bill_id", "contract_id", "month", "tickets", "seconds"),
        (
            (pk, use.contract, use.month, use.tickets, use.seconds)
            for pk, shadow in zip(ids, shadows, strict=True)
            for use in shadow.allocations
        ),
    )


def _row(pk: int, shadow: TicketPlan, known: Mapping[int, ShadowBill], at: datetime) -> tuple[object, ...]:
    ticket, before = shadow.ticket, known.get(shadow.ticket.id)
    lines: list[Line] = _settled_lines(before.lines, ticket) if before else []
    currency = shadow.currency or (before.currency if before and lines else "")
    lines += [line_as_dict(charge) for charge in shadow.charges]
    cents = sum(line["amount_cents"] for line in lines)
    return pk, ticket.id, at, shadow.outcome, shadow.reason, shadow.strategy, cents, currency, json.dumps(lines)


def _is_billed(plan: TicketPlan) -> bool:
    """Whether the plan itself is applied: by a person."""
    return plan.outcome in (CHARGE, COVERED)


def _settled_lines(lines: Iterable[Line], ticket: TicketFacts) -> list[Line]:
    """The earlier lines whose work is settled by now; the rest is planned anew."""
    if not ticket.settled.units:
        return []
    waiting = {(TIME_ENTRY, entry.worked.reference) for entry in ticket.time}
    waiting |= {(EXPENSE, expense.reference) for expense in ticket.expenses}
    if not ticket.settled.fee:
        waiting.add((TICKET_FEE, ticket.reference))
    return [line for line in lines if not any((one["type"], one["id"]) in waiting for one in line["sources"])]
