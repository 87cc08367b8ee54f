"""Writes plans of charges in sets: lines on drafts, claims, the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from invoicing import audit
from invoicing.charges.plan import CHARGE, FREE, ChargePlan
from invoicing.claims import NewClaim, claim
from invoicing.lifecycle.drafts import PlacedLine, add_to_drafts
from rating import recurring, single_charge

# The kinds of the audit trail are models.
SUBJECTS = {recurring.KIND: "recurringcharge", single_charge.KIND: "clientcharge"}


def apply_plans(plans: Sequence[ChargePlan], *, at: datetime, by: str) -> list[ChargePlan]:
    """Write the plans; answer them in order, those that are charged with their draft.

    All of it in the caller's transaction. Raises DoubleBilling: then nothing may be kept.
    """
    charged = [(plan.collector, plan.line) for plan in plans if plan.outcome == CHARGE and plan.collector and plan.line]
    places = iter(add_to_drafts(charged, at=at))
    done = [(plan, next(places) if plan.outcome == CHARGE else None) for plan in plans]
    claim((new for plan, place in done for new in _claims(plan, place)), at=at)
    audit.record_all((_action(plan, place) for plan, place in done if place), by=by, at=at)
    return [replace(plan, invoice=place.draft.reference) if place else plan for plan, place in done]


def _claims(plan: ChargePlan, place: PlacedLine | None) -> list[NewClaim]:
    """The unit's claim on its line; one that costs nothing is settled without a line."""
    if plan.line is None or plan.outcome not in (CHARGE, FREE):
        return []
    outcome, line = ("billed", place.line) if place else ("free", None)
    return [NewClaim(source, outcome, line) for source in plan.line.sources]


def _action(plan: ChargePlan, place: PlacedLine) -> audit.Action:
    data = {"draft": place.draft.id, "amount_cents": plan.amount_cents, "period": plan.period}
    return audit.Action("charge.billed", SUBJECTS[plan.kind], plan.id, data=data)
