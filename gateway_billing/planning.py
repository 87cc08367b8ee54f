"""Decides what a partner's month comes to: reads in sets, rates with pure code, writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from gateway_billing.charge_sources import CHARGE_SOURCES
from gateway_billing.month_charge import MonthCharge
from gateway_billing.month_plan import (
    INVOICE,
    NO_USAGE,
    NOTHING,
    ZERO_AMOUNT,
    CompanyPart,
    MonthPlan,
    Sums,
    planned_line,
)
from gateway_billing.partner_month import PartnerMonth
from gateway_billing.unbilled import count_unbilled
from invoicing.discounts import offered
from invoicing.lifecycle.totals import DraftFacts, ItemGroup, issue_day
from invoicing.models import Invoice

# A document that does not exist has no key.
NOBODY = 0

Planned = dict[str, list[MonthCharge]]


def plan_charges(month: PartnerMonth) -> Planned:
    """The charges of each source, by its name. The number of queries depends on neither companies nor units."""
    return {source.name: source.plan(month) for source in CHARGE_SOURCES}


def lay_out(month: PartnerMonth, planned: Planned) -> list[MonthCharge]:
    """The charges in the order of the lines: by company, and for each in the order of the sources (G-03)."""
    places = {key: place for place, key in enumerate(month.companies)}
    in_order = [charge for source in CHARGE_SOURCES for charge in planned[source.name]]
    return sorted(in_order, key=lambda one: places[one.company])


def plan_of(month: PartnerMonth, planned: Planned, *, at: datetime) -> MonthPlan:
    """The month as a plan: an invoice, or nothing where nothing costs anything."""
    charges = lay_out(month, planned)
    subtotal = sum(one.charge.amount_cents for one in charges)
    unbilled = count_unbilled(month)
    if not subtotal:
        reason = ZERO_AMOUNT if charges else NO_USAGE
        return MonthPlan(month.partner, month.period, NOTHING, reason, tuple(charges), unbilled=unbilled)
    lines = [one for one in charges if has_line(one)]
    sums, problem = _sums(month, lines, at=at)
    return MonthPlan(
        month.partner, month.period, INVOICE, problem, tuple(charges), _parts(month, lines), sums, unbilled,
    )  # fmt: skip


def has_line(planned: MonthCharge) -> bool:
    """Whether a charge has a line on an invoice: what costs nothing is settled without one, but for calls."""
    return planned.always or planned.charge.amount_cents != 0


def _parts(month: PartnerMonth, lines: Sequence[MonthCharge]) -> tuple[CompanyPart, ...]:
    of_company: dict[int, list[MonthCharge]] = defaultdict(list)
    for one in lines:
        of_company[one.company].append(one)
    return tuple(
        CompanyPart(
            month.companies[key].company.reference,
            month.companies[key].name,
            tuple(planned_line(one, month.companies[key].company.reference) for one in charges),
            sum(one.charge.amount_cents for one in charges),
        )
        for key, charges in of_company.items()
    )


def _sums(month: PartnerMonth, lines: Sequence[MonthCharge], *, at: datetime) -> tuple[Sums, str]:
    """The sums that issuing these lines would give, or the problem that keeps them from having any."""
    draft = Invoice(
        pk=NOBODY, kind=Invoice.Kind.AGGREGATE, client=month.partner, currency=month.partner.currency,
        period_start=month.period.first_day,
    )  # fmt: skip
    groups = [ItemGroup(one.charge.goods, one.charge.tax_rate, one.charge.amount_cents) for one in lines]
    found = DraftFacts({NOBODY: groups}, offered([draft], on=issue_day(at))).sums(draft)
    subtotal = sum(one.charge.amount_cents for one in lines)
    if found.totals is None:
        return Sums(subtotal), found.problem
    return Sums(subtotal, found.totals.tax, found.totals.total), ""
