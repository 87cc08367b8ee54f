"""Writes a planned month: the draft, its lines, the claims of all that was priced, and the run itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.db import connection
from django.db.models import Func

from gateway_billing.charge_sources import CHARGE_SOURCES
from gateway_billing.models import MonthAttempt, MonthRun
from gateway_billing.month_charge import MonthCharge, Placed, Settling
from gateway_billing.month_plan import INVOICE, MonthPlan
from gateway_billing.partner_month import PartnerMonth
from gateway_billing.planning import Planned, has_line
from invoicing import audit
from invoicing.lifecycle.drafts import PlacedLine, write_draft
from invoicing.models import Invoice

# What is claimed now is late no longer, whether it was billed, found free, or held before.
NO_LONGER_LATE = """
DELETE FROM gateway_billing_lateunit l WHERE l.partner_id = %s AND (
    SELECT c.id FROM invoicing_claim c WHERE c.kind = replace(l.kind, 'held:', '') AND c.source_id = l.source_id
        AND c.part = '' AND c.released_at IS NULL LIMIT 1) IS NOT NULL
"""
GIVEN_BACK_NO_LONGER = """
DELETE FROM gateway_billing_lateunit l USING invoicing_claim g
WHERE l.partner_id = %s AND l.kind IN ('claim', 'held:claim') AND g.id = l.source_id AND (
    SELECT c.id FROM invoicing_claim c WHERE c.kind = g.kind AND c.source_id = g.source_id AND c.part = g.part
        AND c.released_at IS NULL LIMIT 1) IS NOT NULL
"""


def apply_month(month: PartnerMonth, planned: Planned, plan: MonthPlan, *, at: datetime, by: str) -> MonthPlan:
    """Write the plan in the caller's transaction; answer it with its draft.

    Raises DoubleBilling or UnitsChanged where the units are not those that were planned: then nothing may be kept.
    """
    places = _write_lines(month, plan, at=at)
    draft = next(iter(places.values())).draft if places else None
    run = MonthRun.objects.create(
        partner=month.partner,
        period_start=month.period.first_day,
        period_end=month.period.end.astimezone(month.period.zone).date(),
        timezone=month.period.zone.key,
        closed_at=Func(function="clock_timestamp"),
        closed_by=by,
        outcome=plan.outcome,
        invoice_id=draft.id if draft else None,
    )
    _claim(month, planned, places, Settling(f"month-run:{run.pk}", at))
    MonthAttempt.objects.filter(partner=month.partner, period_start=month.period.first_day).delete()
    data = {"month": month.label, "outcome": plan.outcome, "units": sum(one.units for one in plan.charges)}
    data |= {"subtotal_cents": plan.sums.subtotal_cents, "invoice": draft.reference if draft else None}
    audit.record("month.run", run, by=by, at=at, data=data)
    return replace(plan, invoice=draft.reference if draft else "")


def _write_lines(month: PartnerMonth, plan: MonthPlan, *, at: datetime) -> dict[int, PlacedLine]:
    """Where each charge of the plan went, by the identity of the object; empty where there is no invoice."""
    if plan.outcome != INVOICE:
        return {}
    lines = [one for one in plan.charges if has_line(one)]
    placed = write_draft(
        Invoice.Kind.AGGREGATE,
        month.partner,
        [one.charge for one in lines],
        period_start=month.period.first_day,
        period_end=month.period.end.astimezone(month.period.zone).date(),
        at=at,
    )
    return {id(one): place for one, place in zip(lines, placed, strict=True)}


def _claim(month: PartnerMonth, planned: Planned, places: dict[int, PlacedLine], settling: Settling) -> None:
    for source in CHARGE_SOURCES:
        if charges := planned[source.name]:
            source.claim(month, list(_placed(charges, places)), settling)
    with connection.cursor() as cursor:
        cursor.execute(NO_LONGER_LATE, [month.partner.pk])
        cursor.execute(GIVEN_BACK_NO_LONGER, [month.partner.pk])


def _placed(charges: list[MonthCharge], places: dict[int, PlacedLine]) -> Iterator[Placed]:
    for one in charges:
        place = places.get(id(one))
        yield Placed(one, place.line if place else None)
