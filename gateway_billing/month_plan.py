"""What a partner's month comes to: per company its lines, the sums of the whole, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.models import Client
from gateway_billing.month_charge import MonthCharge
from invoicing.planned_lines import line_as_dict
from rating.period import BillingPeriod

INVOICE, EXISTS, NOTHING, FAILED = "invoice", "exists", "nothing", "failed"

# Why there is no invoice.
NO_USAGE, ZERO_AMOUNT, CLOSED, NOT_OVER = "nothing_to_bill", "zero_amount", "month_closed", "month_not_over"
# What is left to be done with an invoice that was made before.
IS_DRAFT = "a draft: issue_invoices issues it"


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of a document in minor units; None where something keeps it from having tax and total."""

    subtotal_cents: int
    tax_cents: int | None = None
    total_cents: int | None = None


@dataclass(frozen=True, slots=True)
class CompanyPart:
    """The lines of one company, as scripts read them, and their sum."""

    company: str
    name: str
    lines: tuple[Mapping[str, Any], ...]
    subtotal_cents: int

    def as_dict(self) -> dict[str, Any]:
        """The statement of the company."""
        return {
            "company": self.company,
            "name": self.name,
            "lines": list(self.lines),
            "subtotal_cents": self.subtotal_cents,
        }


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """A partner's month, planned or run. Computing it writes nothing.

    `outcome` is invoice, exists (it was run before), nothing, or failed; the last two have a reason, and an invoice has
    one where it could not be issued or sent as asked. `invoice` and `number` are those of the stored document.
    `unbilled` counts units that are not billed, by reason.
    """

    partner: Client
    period: BillingPeriod
    outcome: str
    reason: str = ""
    charges: tuple[MonthCharge, ...] = ()
    parts: tuple[CompanyPart, ...] = ()
    sums: Sums = Sums(0)
    unbilled: Mapping[str, int] = field(default_factory=dict)
    invoice: str = ""
    number: str = ""
    # Whether what was asked for beyond the draft (to issue or send it) was not done.
    unfinished: bool = False
    # Whether it failed only because others were at work; that is no failed attempt.
    busy: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The month as scripts read it."""
        return {
            "partner": self.partner.external_id,
            "outcome": self.outcome,
            "reason": self.reason,
            "invoice": self.invoice or None,
            "number": self.number or None,
            "companies": [part.as_dict() for part in self.parts],
            "subtotal_cents": self.sums.subtotal_cents,
            "tax_cents": self.sums.tax_cents,
            "total_cents": self.sums.total_cents,
            "currency": self.partner.currency,
            "unbilled": dict(sorted(self.unbilled.items())),
        }


def planned_line(planned: MonthCharge, company: str) -> dict[str, Any]:
    """A planned line as scripts read it; thousands of units by their number."""
    line = line_as_dict(planned.charge, company=company)
    if planned.mass is not None:
        mass = planned.mass
        line["units"] = {"type": mass.kind, "count": mass.units, "quantity": str(mass.quantity)}
    return line
